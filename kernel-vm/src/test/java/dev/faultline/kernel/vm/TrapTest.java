// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageFaultError;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The trap side of a fault: error codes, address ranges, the kernel's own accesses (F130, F133).
 */
final class TrapTest {
  private static final int KERNEL = Pmap.KERNEL_PAGE << Page.SHIFT;

  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("F130 F92 the error code's write bit makes a write that dirties; else it is a read")
  void errorCode() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          int user = PageFaultError.USER;
          assertThat(s.fault(va, user, true)).isEqualTo(FaultResult.RESOLVED);
          assertThat(m.page(s, va).dirty()).isZero();
          assertThat(s.fault(va + PAGE, user | PageFaultError.WRITE, true))
              .isEqualTo(FaultResult.RESOLVED);
          assertThat(m.page(s, va + PAGE).dirty()).isEqualTo(0xFF);
          s.protect(va, PAGE, R);
          assertThat(s.fault(va, user, true)).isEqualTo(FaultResult.RESOLVED);
          assertThat(s.fault(va, user | PageFaultError.WRITE, true))
              .isEqualTo(FaultResult.PROTECTION);
        });
  }

  @Test
  @DisplayName("F130 the address chooses the map; a user at a kernel address is refused unasked")
  void kernelAddresses() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmMap k = m.vm.kernelMap();
          k.lock();
          int at = k.findSpace(k.min, 1);
          k.insert(null, 0, at, at + 1, RW, RWX, Inheritance.NONE, 0);
          VmMapEntry e = k.entryAt(at);
          assertThat(e).isNotNull();
          if (e != null) {
            e.object = VmObject.anonymous(m.vm, 1);
          }
          k.unlock();
          int va = at << Page.SHIFT;
          assertThat(va).isGreaterThanOrEqualTo(KERNEL);
          long calls =
              m.moved(
                  Counter.V_VM_FAULTS,
                  () -> {
                    for (int code = 0; code < 8; code++) {
                      assertThat(s.fault(va, code, true)).isEqualTo(FaultResult.NO_ENTRY);
                      assertThat(s.fault(-1, code, true)).isEqualTo(FaultResult.NO_ENTRY);
                    }
                  });
          assertThat(calls).isZero();
          assertThat(s.fault(va, PageFaultError.WRITE, false)).isEqualTo(FaultResult.RESOLVED);
          assertThat(k.pmap.isMapped(va)).isTrue();
          assertThat(s.map().count()).isZero();
          k.lock();
          k.remove(at, at + 1);
          k.unlock();
        });
  }

  private UserMemory userMemory(VmSpace s) {
    assertThat(m.tryLoad(s, 0)).as("makes the space current").isNegative();
    return new UserMemory(m.mmu);
  }

  @Test
  @DisplayName("F133 copyout to read-only memory is refused, and copies what came before")
  void copyOut() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          s.protect(va + PAGE, PAGE, R);
          UserMemory u = userMemory(s);
          byte[] bytes = "x".repeat(2 * PAGE).getBytes(java.nio.charset.StandardCharsets.UTF_8);
          assertThat(u.copyOut(bytes, 0, va + PAGE, 10)).isZero();
          assertThat(m.lastRefusal).isEqualTo(FaultResult.PROTECTION);
          assertThat(u.copyOut(bytes, 0, va + 100, 2 * PAGE)).isEqualTo(PAGE - 100);
          assertThat(m.load(s, va + PAGE - 1)).isEqualTo('x');
          assertThat(u.store32(va + PAGE - 2, -1)).isFalse();
          assertThat(m.load(s, va + PAGE - 1)).isEqualTo('x');
          assertThat(u.store64(va + PAGE - 4, -1)).isFalse();
          assertThat(m.load(s, va + PAGE - 1)).isEqualTo('x');
        });
  }

  @Test
  @DisplayName("F133 copyin from a hole, beyond a file, from the kernel: refused, never a panic")
  void copyIn() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 2, R, true);
          UserMemory u = userMemory(s);
          byte[] to = new byte[2 * PAGE];
          assertThat(u.copyIn(va, to, 0, 2 * PAGE)).isEqualTo(PAGE);
          assertThat(m.lastRefusal).isEqualTo(FaultResult.BEYOND_OBJECT);
          assertThat(to[PAGE - 1]).isEqualTo((byte) 0x40);
          assertThat(u.copyIn(0x7000_0000, to, 0, 1)).isZero();
          assertThat(u.copyIn(KERNEL, to, 0, 1)).isZero();
          assertThat(u.copyIn(KERNEL - 1, to, 0, 2)).isZero();
          assertThat(u.fetch32(va + PAGE - 2)).isEqualTo(-1);
          assertThat(u.fetch8(va + PAGE)).isEqualTo(-1);
          assertThat(u.copyInString(va + PAGE - 4, new byte[10])).isEqualTo(-1);
        });
  }

  @Test
  @DisplayName("F133 copyout does what a store would: zero fill, copy on write, stack growth")
  void copyOutFaults() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int own = f.map(s, 0, 1, RW, false);
          int fresh = m.anon(s, 1);
          int top = 0xBFFF_F000;
          assertThat(s.mapStack(top, 1 << 20, RW)).isEqualTo(KernReturn.SUCCESS);
          UserMemory u = userMemory(s);
          byte[] bytes = {1, 2, 3};
          assertThat(u.copyOut(bytes, 0, own, 3)).isEqualTo(3);
          assertThat(m.load(s, own + 3)).isEqualTo(0x40);
          assertThat(f.pager.page(0)[0]).isEqualTo((byte) 0x40);
          assertThat(u.copyOut(bytes, 0, fresh, 3)).isEqualTo(3);
          assertThat(m.load(s, fresh + 3)).isZero();
          int pages = s.stackPages();
          assertThat(u.copyOut(bytes, 0, top - (pages + 1) * PAGE, 3)).isEqualTo(3);
          assertThat(s.stackPages()).isGreaterThan(pages);
        });
  }

  @Test
  @DisplayName("F36 F133 D21 a killed thread's copy ends short instead of waiting for memory")
  void killedInCopy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          VmSpace hog = m.hogMemory();
          int[] copied = {-1};
          m.thread(s, () -> copied[0] = userMemory(s).copyOut(new byte[8], 0, va, 8));
          m.settle();
          assertThat(m.someoneWaitsFor("pfault")).isTrue();
          TestMachine.processOf(s).kill();
          m.vm.allocator.wakeWaiters();
          m.settle();
          assertThat(copied[0]).isZero();
          assertThat(m.lastRefusal).isEqualTo(FaultResult.KILLED);
          hog.release();
        });
  }
}
