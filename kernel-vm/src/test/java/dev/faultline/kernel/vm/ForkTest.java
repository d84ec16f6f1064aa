// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.mmu.Page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Address spaces of children, and their end (M60–M68, PM25, PM33). */
final class ForkTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("M60 the child's timestamp starts at 1; the parent is not in fork any more")
  void timestamps() {
    m.run(
        () -> {
          VmSpace s = m.space();
          m.anon(s, 1);
          VmSpace child = m.fork(s);
          assertThat(child.map().timestamp()).isEqualTo(1);
          assertThat(s.map().inFork).isFalse();
        });
  }

  @Test
  @DisplayName("M62 shared memory is the same memory, both ways")
  void shared() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = TestMachine.ok(s.mapAnonymous(0x1000_0000, PAGE, RW, RWX, true, false));
          VmSpace child = m.fork(s);
          m.store(child, va, 5);
          assertThat(m.load(s, va)).isEqualTo(5);
          m.store(s, va, 6);
          assertThat(m.load(child, va)).isEqualTo(6);
        });
  }

  @Test
  @DisplayName("M63 after fork: parent read-only, both marked, two references, nothing copied")
  void copyIsLazy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 4);
          m.store(s, va, 1);
          int free = m.vm.state().free();
          VmSpace child = m.fork(s);
          assertThat(s.pmap().isWritable(va)).isFalse();
          assertThat(m.entry(s, va).has(VmMapEntry.NEEDS_COPY)).isTrue();
          assertThat(m.entry(child, va).has(VmMapEntry.COW)).isTrue();
          assertThat(m.object(s, va).references()).isEqualTo(2);
          // The child's directory and one page table.
          assertThat(free - m.vm.state().free()).isEqualTo(2);
          assertThat(m.page(s, va).dirty()).isEqualTo(0xFF);
        });
  }

  @Test
  @DisplayName("M64 untouched memory is forked without an object")
  void untouched() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          VmSpace child = m.fork(s);
          assertThat(m.entry(child, va).object).isNull();
          assertThat(m.entry(s, va).flags).isZero();
        });
  }

  @Test
  @DisplayName("M65 an object that several entries share is split")
  void split() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 4);
          for (int i = 0; i < 4; i++) {
            m.store(s, va + i * PAGE, i + 1);
          }
          s.protect(va + 2 * PAGE, 2 * PAGE, R);
          VmSpace child = m.fork(s);
          assertThat(m.object(s, va)).isNotSameAs(m.object(s, va + 2 * PAGE));
          assertThat(m.object(s, va).size()).isEqualTo(2);
          for (int i = 0; i < 4; i++) {
            assertThat(m.load(s, va + i * PAGE)).isEqualTo(i + 1);
            assertThat(m.load(child, va + i * PAGE)).isEqualTo(i + 1);
          }
        });
  }

  @Test
  @DisplayName("M67 X7 private inheritance of a shared file leaves the parent's mapping shared")
  void sharedFileInheritedPrivately() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          VmMap map = s.map();
          map.lock();
          map.inherit(Page.number(va), Page.number(va) + 1, Inheritance.COPY);
          map.unlock();
          m.load(s, va);
          VmSpace child = m.fork(s);
          m.store(child, va, 9);
          m.store(s, va, 7);
          assertThat(m.load(child, va)).isEqualTo(9);
          VmPage p = f.object.lookup(0);
          assertThat(p).isNotNull();
          assertThat(p == null ? -1 : m.memory.read8(p.address())).isEqualTo(7);
        });
  }

  @Test
  @DisplayName("PM25 Y11 resident pages need no fault to be read by the child")
  void childReadsWithoutFault() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 4);
          m.store(s, va, 1);
          VmSpace child = m.fork(s);
          assertThat(m.moved(Counter.V_VM_FAULTS, () -> m.load(child, va))).isZero();
          assertThat(m.moved(Counter.V_COW_FAULTS, () -> m.store(child, va, 2))).isEqualTo(1);
          assertThat(m.load(s, va)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("PM33 O8 P11 after exit every frame is free again, page tables as zero frames")
  void exit() {
    m.run(
        () -> {
          int free = m.vm.state().free();
          int zero = m.vm.allocator.zeroFrames();
          int wired = m.vm.state().wired();
          VmSpace s = m.space();
          int va = m.anon(s, 50);
          for (int i = 0; i < 50; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          VmSpace child = m.fork(s);
          m.store(child, va, 2);
          child.release();
          s.release();
          assertThat(m.vm.state().free()).isEqualTo(free);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          assertThat(m.vm.allocator.zeroFrames()).isEqualTo(zero - 51);
          for (VmPage p = m.vm.queues.free.head; p != null; p = p.queueNext) {
            for (int i = 0; p.has(VmPage.ZERO) && i < PAGE; i += 8) {
              assertThat(m.memory.read64(p.address() + i)).isZero();
            }
          }
        });
  }

  @Test
  @DisplayName("vfork shares one space until the last user lets go")
  void sharedSpace() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          s.share();
          s.release();
          m.store(s, va, 1);
          assertThat(m.load(s, va)).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName("M61 X6 the child's size counts what the child has")
  void sizeOfChild() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 7);
          s.inherit(va + PAGE, 2 * PAGE, Inheritance.NONE);
          VmSpace child = m.fork(s);
          assertThat(s.map().pages()).isEqualTo(7);
          assertThat(child.map().pages()).isEqualTo(5);
          assertThat(child.map().entryAt(Page.number(va) + 1)).isNull();
          assertThat(child.map().entryAt(Page.number(va) + 3)).isNotNull();
        });
  }

  @Test
  @DisplayName("M61 what is to be kept from children, and again not, keeps its inheritance")
  void keptFromChildren() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          m.store(s, va + PAGE, 1);
          s.inherit(va, PAGE, Inheritance.SHARE);
          assertThat(s.advise(va, 2 * PAGE, Advice.NOFORK)).isEqualTo(KernReturn.SUCCESS);
          VmSpace child = m.fork(s);
          assertThat(child.map().pages()).isEqualTo(1);
          assertThat(m.tryLoad(child, va + PAGE)).isNegative();
          assertThat(m.load(s, va + PAGE)).isEqualTo(1);
          assertThat(m.entry(s, va + PAGE).has(VmMapEntry.NEEDS_COPY)).isFalse();
          assertThat(s.advise(va, 3 * PAGE, Advice.FORK)).isEqualTo(KernReturn.SUCCESS);
          VmSpace second = m.fork(s);
          m.store(second, va, 8);
          m.store(second, va + PAGE, 9);
          assertThat(m.load(s, va)).isEqualTo(8);
          assertThat(m.load(s, va + PAGE)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("M62 private memory becomes shared by inheritance alone, also after a fork before")
  void sharedByInheritance() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          VmSpace other = m.fork(s);
          s.inherit(va, 2 * PAGE, Inheritance.SHARE);
          VmSpace child = m.fork(s);
          assertThat(m.entry(s, va).has(VmMapEntry.NEEDS_COPY)).isFalse();
          assertThat(m.object(child, va)).isSameAs(m.object(s, va));
          assertThat(m.object(s, va).has(VmObject.ONEMAPPING)).isFalse();
          m.store(child, va, 5);
          m.store(s, va + PAGE, 6);
          assertThat(m.load(s, va)).isEqualTo(5);
          assertThat(m.load(child, va + PAGE)).isEqualTo(6);
          assertThat(m.load(other, va)).isEqualTo(1);
          assertThat(m.load(other, va + PAGE)).isZero();
        });
  }

  @Test
  @DisplayName("M62 M65 what is shared by inheritance leaves the rest of its object private")
  void sharedInPart() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 4);
          for (int i = 0; i < 4; i++) {
            m.store(s, va + i * PAGE, 1 + i);
          }
          s.inherit(va + PAGE, PAGE, Inheritance.SHARE);
          VmSpace child = m.fork(s);

          assertThat(m.object(s, va + PAGE)).isNotSameAs(m.object(s, va + 2 * PAGE));
          assertThat(m.object(child, va + PAGE)).isSameAs(m.object(s, va + PAGE));
          assertThat(m.entry(s, va + 2 * PAGE).shared()).isFalse();
          s.discard(va + 2 * PAGE, PAGE);
          assertThat(m.load(s, va + 2 * PAGE)).isZero();
          assertThat(m.load(child, va + 2 * PAGE)).isEqualTo(3);
          m.store(child, va + PAGE, 9);
          assertThat(m.load(s, va + PAGE)).isEqualTo(9);
          assertThat(m.load(s, va)).isEqualTo(1);
          assertThat(m.load(s, va + 3 * PAGE)).isEqualTo(4);
        });
  }

  @Test
  @DisplayName("M67 X7 a copy of memory shared with another process leaves the sharing alone")
  void sharedMemoryInheritedPrivately() {
    m.run(
        () -> {
          TestSwap swap = m.swap(100);
          VmSpace s = m.space();
          int va = TestMachine.ok(s.mapAnonymous(0x1000_0000, 4 * PAGE, RW, RWX, true, false));
          m.store(s, va, 1);
          m.store(s, va + PAGE, 2);
          VmSpace sharer = m.fork(s);
          VmPage out = m.page(s, va + PAGE);
          out.deactivate();
          assertThat(m.vm.pageOut.cleanCluster(out)).isEqualTo(1);
          out.cache();
          out.setBusy();
          out.free();
          s.inherit(va, 4 * PAGE, Inheritance.COPY);
          VmSpace child = m.fork(s);
          m.store(s, va, 11);
          m.store(sharer, va + PAGE, 12);
          m.store(child, va + 2 * PAGE, 13);
          assertThat(m.load(sharer, va)).isEqualTo(11);
          assertThat(m.load(s, va + PAGE)).isEqualTo(12);
          assertThat(m.load(child, va)).isEqualTo(1);
          assertThat(m.load(child, va + PAGE)).isEqualTo(2);
          assertThat(m.load(s, va + 2 * PAGE)).isZero();
          assertThat(m.object(child, va).backing()).isNull();
          assertThat(m.entry(s, va).has(VmMapEntry.COW)).isFalse();
          int vb = TestMachine.ok(s.mapAnonymous(0x2000_0000, PAGE, RW, RWX, true, false));
          m.store(s, vb, 1);
          s.inherit(vb, PAGE, Inheritance.COPY);
          VmSpace second = m.fork(s);
          assertThat(m.entry(s, vb).has(VmMapEntry.COW)).isFalse();
          m.store(s, vb, 2);
          assertThat(m.load(second, vb)).isEqualTo(1);
          assertThat(swap).isNotNull();
        });
  }

  @Test
  @DisplayName("M67 a killed thread gets no copy of shared memory, and nothing is left over")
  void copyIsAbandoned() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = TestMachine.ok(s.mapAnonymous(0x1000_0000, 4 * PAGE, RW, RWX, true, false));
          m.store(s, va, 1);
          VmSpace sharer = m.fork(s);
          s.inherit(va, 4 * PAGE, Inheritance.COPY);
          int references = m.object(s, va).references();
          boolean[] refused = new boolean[1];
          KernelThread t =
              m.thread(
                  s,
                  () -> {
                    // The directory is had at once, the first copied page is not.
                    m.vm.allocator.failAfter(1);
                    refused[0] = s.fork(m.process()) == null;
                  });
          t.setKillPending();
          m.scheduler.yieldNow();
          assertThat(refused[0]).isTrue();
          assertThat(m.object(s, va).references()).isEqualTo(references);
          assertThat(s.map().inFork).isFalse();
          assertThat(m.load(sharer, va)).isEqualTo(1);
        });
  }
}
