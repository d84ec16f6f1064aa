// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.sched.KernelPanic;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The way down the shadow chain: resident pages, placeholders, zero fill (F18–F38, F67–F72). */
final class FaultWalkTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("F19 F20 the file's vnode is locked and used while its page is read")
  void vnodeLocked() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          f.pager.gateClosed = true;
          int uses = f.vnode.uses;
          m.thread(s, () -> assertThat(m.load(s, va)).isEqualTo(0x40));
          m.scheduler.yieldNow();
          assertThat(f.vnode.shared).isEqualTo(1);
          assertThat(f.vnode.uses).isEqualTo(uses + 1);
          assertThat(f.object.paging()).isEqualTo(1);
          f.pager.open();
          m.scheduler.yieldNow();
          assertThat(f.vnode.uses).isEqualTo(uses);
        });
  }

  @Test
  @DisplayName("F22 F4 a dead object refuses, the first one too, and nothing stays held")
  void deadObject() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          m.fork(s);
          VmObject behind = m.object(s, va);
          m.store(s, va, 2);
          s.pmap().remove(va >>> 12, (va >>> 12) + 1);
          VmPage own = m.object(s, va).lookup(0);
          assertThat(own).isNotNull();
          if (own != null) {
            own.setBusy();
            own.free();
          }
          VmObject first = m.object(s, va);
          int references = behind.references();
          for (VmObject dead : new VmObject[] {behind, first}) {
            dead.set(VmObject.DEAD);
            assertThat(m.readFault(s, va)).isEqualTo(FaultResult.DEAD_OBJECT);
            assertThat(FaultResult.DEAD_OBJECT.code()).isEqualTo(KernReturn.PROTECTION_FAILURE);
            dead.clear(VmObject.DEAD);
            assertThat(first.references()).isEqualTo(1);
            assertThat(behind.references()).isEqualTo(references);
            assertThat(first.paging() + behind.paging()).isZero();
            assertThat(first.residentPages()).isZero();
            assertThat(s.map().lock.isFree()).isTrue();
          }
        });
  }

  @Test
  @DisplayName(
      "F2 F23 F35 a second faulter waits for the first one's busy page and counts one call")
  void waitsForBusyPage() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          f.pager.gateClosed = true;
          m.thread(s, () -> assertThat(m.load(s, va)).isEqualTo(0x40));
          m.thread(s, () -> assertThat(m.load(s, va)).isEqualTo(0x40));
          m.scheduler.yieldNow();
          assertThat(f.object.residentPages()).isEqualTo(1);
          f.pager.open();
          m.scheduler.yieldNow();
          m.scheduler.yieldNow();
          assertThat(m.count(Counter.V_INTRANS)).isEqualTo(1);
          assertThat(m.count(Counter.V_VM_FAULTS)).isEqualTo(2);
          assertThat(f.pager.reads).hasSize(1);
          assertThat(TestMachine.processOf(s).majorFaults).isEqualTo(1);
          assertThat(TestMachine.processOf(s).minorFaults).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F23 a soft-busy page makes even a read wait")
  void waitsForSoftBusy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 3);
          VmPage p = m.page(s, va);
          p.unmap();
          p.beginIo();
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                assertThat(m.load(s, va)).isEqualTo(3);
                done[0] = true;
              });
          m.scheduler.yieldNow();
          assertThat(done[0]).isFalse();
          p.endIo();
          m.scheduler.yieldNow();
          assertThat(done[0]).isTrue();
          assertThat(m.count(Counter.V_INTRANS)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F27 a cached page is taken back by a minor fault that counts no reactivation")
  void takesFromCache() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          m.load(s, va);
          m.page(s, va).cache();
          int minor = TestMachine.processOf(s).minorFaults;
          assertThat(m.vm.state().cached()).isEqualTo(1);
          assertThat(m.load(s, va)).isEqualTo(0x40);
          assertThat(m.vm.state().cached()).isZero();
          assertThat(m.count(Counter.V_REACTIVATED)).isZero();
          assertThat(TestMachine.processOf(s).minorFaults).isEqualTo(minor + 1);
        });
  }

  @Test
  @DisplayName("F28 another process's resident file page costs no I/O")
  void residentIsMinor() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(1);
          VmSpace a = m.space();
          int va = f.map(a, 0, 1, R, true);
          m.load(a, va);
          VmSpace b = m.space();
          f.object.reference();
          int vb =
              TestMachine.ok(b.mapObject(0x3000_0000, PAGE, R, R, true, f.object, 0, false, 0));
          b.pmap().remove(vb >>> 12, (vb >>> 12) + 1);
          assertThat(m.load(b, vb)).isEqualTo(0x40);
          assertThat(f.pager.reads).hasSize(1);
          assertThat(TestMachine.processOf(b).minorFaults).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F29 a partly valid page is completed in the same frame")
  void partlyValidGoesToPager() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          VmPage p = f.object.grabPage(0);
          assertThat(p).isNotNull();
          if (p == null) {
            return;
          }
          p.setMasks(0x0F, 0);
          p.wakeup();
          assertThat(m.load(s, va)).isEqualTo(0x40);
          assertThat(m.page(s, va)).isSameAs(p);
          assertThat(f.pager.reads).containsExactly("0-0");
        });
  }

  @Test
  @DisplayName("F31 only the first object gets a placeholder on the way down")
  void onePlaceholder() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          VmSpace c1 = m.fork(s);
          m.store(c1, va + PAGE, 2);
          VmSpace c2 = m.fork(c1);
          m.store(c2, va + PAGE, 3);
          int free = m.vm.state().free();
          m.store(c2, va, 9);
          assertThat(free - m.vm.state().free()).isEqualTo(1);
          assertThat(m.load(s, va)).isEqualTo(1);
          assertThat(m.load(c1, va)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F32 beyond the object is refused, even in a mapping")
  void beyondObject() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 4, R, true);
          assertThat(m.load(s, va)).isEqualTo(0x40);
          FaultResult r = m.readFault(s, va + 2 * PAGE);
          assertThat(r).isEqualTo(FaultResult.BEYOND_OBJECT);
          assertThat(r.code()).isEqualTo(KernReturn.PROTECTION_FAILURE);
        });
  }

  @Test
  @DisplayName("F34 F71 zero fill prefers a frame that is zero, and leaves the page clean")
  void zeroFill() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.readFault(s, va);
          assertThat(m.count(Counter.V_ZFOD)).isEqualTo(1);
          assertThat(m.count(Counter.V_OZFOD)).isEqualTo(1);
          assertThat(m.page(s, va).dirty()).isZero();
          assertThat(m.page(s, va).fullyValid()).isTrue();
          m.store(s, va + PAGE, 5);
          assertThat(m.page(s, va + PAGE).dirty()).isEqualTo(0xFF);
        });
  }

  @Test
  @DisplayName("F71 PI4 a frame that was used before is zeroed by hand")
  void zeroFillOfUsedFrame() {
    m.run(
        () -> {
          VmSpace before = m.space();
          int used = m.anon(before, 4);
          for (int i = 0; i < 4; i++) {
            m.store(before, used + i * PAGE + 100, 0xEE);
          }
          before.release();
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          f.pager.pages.clear();
          int va = f.map(s, 0, 1, R, true);
          long ready = m.count(Counter.V_OZFOD);
          assertThat(m.load(s, va + 100)).isZero();
          assertThat(m.count(Counter.V_OZFOD)).isEqualTo(ready);
        });
  }

  @Test
  @DisplayName("F67 descent adds the offset of the object left behind")
  void offsetsAdd() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(8);
          int va = f.map(s, 3, 4, RW, false);
          m.store(s, va, 1);
          s.pmap().remove(va >>> 12, (va >>> 12) + 4);
          assertThat(m.object(s, va).backingOffset()).isEqualTo(3);
          assertThat(m.load(s, va + 2 * PAGE)).isEqualTo(0x45);
        });
  }

  @Test
  @DisplayName("F69 an object behind itself is a panic")
  void selfBacked() {
    assertThatThrownBy(
            () ->
                m.run(
                    () -> {
                      VmSpace s = m.space();
                      int va = m.anon(s, 1);
                      m.load(s, va);
                      VmObject o = m.object(s, va);
                      m.page(s, va).setBusy();
                      m.page(s, va).free();
                      o.attach(o, 0);
                      m.readFault(s, va);
                    }))
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("behind itself");
  }

  @Test
  @DisplayName("F70 a chain without data ends in the first object")
  void zeroFillThroughChain() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          m.store(s, va, 1);
          VmSpace child = m.fork(s);
          m.store(child, va, 2);
          VmObject top = m.object(child, va);
          m.store(child, va + 2 * PAGE, 3);
          assertThat(top.lookup(2)).isNotNull();
          assertThat(TestMachine.chainLength(top)).isEqualTo(2);
        });
  }

  @Test
  @DisplayName("F72 H8 valid chunks of a page in a hole survive")
  void partlyValidInHole() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          f.pager.pages.clear();
          int va = f.map(s, 0, 1, R, true);
          VmPage p = f.object.grabPage(0);
          assertThat(p).isNotNull();
          if (p == null) {
            return;
          }
          m.memory.fillFrame(p.frame(), 0x77);
          p.clear(VmPage.ZERO);
          p.setMasks(0x01, 0x01);
          f.object.mightBeDirty();
          p.wakeup();
          assertThat(m.load(s, va + 100)).isEqualTo(0x77);
          assertThat(m.load(s, va + 600)).isZero();
        });
  }

  @Test
  @DisplayName("F33 F36 F38 D20 a fault waits for memory instead of failing")
  void waitsForMemory() {
    m.run(
        () -> {
          VmSpace hog = m.space();
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          int hogged = m.anon(hog, 2000);
          int taken = 0;
          while (!m.vm.allocator.severe()) {
            m.store(hog, hogged + taken++ * PAGE, 1);
          }
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                m.store(s, va, 1);
                done[0] = true;
              });
          m.scheduler.yieldNow();
          assertThat(done[0]).isFalse();
          assertThat(m.scheduler.threads())
              .anyMatch(t -> String.valueOf(t.channel()).equals("pfault"));
          assertThat(hog.unmap(hogged, 100 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          m.scheduler.yieldNow();
          assertThat(done[0]).isTrue();
        });
  }

  @Test
  @DisplayName("F36 D21 a killed thread does not wait for memory")
  void killedDoesNotWait() {
    m.run(
        () -> {
          VmSpace hog = m.space();
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          int hogged = m.anon(hog, 2000);
          int taken = 0;
          while (!m.vm.allocator.severe()) {
            m.store(hog, hogged + taken++ * PAGE, 1);
          }
          FaultResult[] result = new FaultResult[1];
          m.thread(s, () -> result[0] = m.writeFault(s, va));
          m.scheduler.yieldNow();
          TestMachine.processOf(s).kill();
          m.vm.allocator.wakeWaiters();
          m.scheduler.yieldNow();
          assertThat(result[0]).isEqualTo(FaultResult.KILLED);
          assertThat(FaultResult.KILLED.code().code()).isEqualTo(14);
        });
  }
}
