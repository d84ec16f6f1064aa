// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a fault that waits for a page or for memory keeps something from others (F23–F38). */
final class FaultWaitTest {
  private final TestMachine m = TestMachine.small();

  private static VmPage grab(VmObject o, int index) {
    VmPage p = o.grabPage(index);
    if (p == null) {
      throw new AssertionError("no page");
    }
    return p;
  }

  /** What a waiting fault may hold: one reference on its first object. */
  private static void assertNothingHeld(VmSpace s, TestMachine.TestFile f) {
    assertThat(s.map().lock.isFree()).isTrue();
    assertThat(f.vnode.isUnlocked()).isTrue();
    assertThat(f.object.paging()).isZero();
  }

  @Test
  @DisplayName("F24 H6 who waits for a page below holds but a reference, and trusts no old page")
  void waitsForPageBelow() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          VmPage below = grab(f.object, 0);
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                m.store(s, va, 1);
                done[0] = true;
              });
          m.settle();
          VmObject first = m.object(s, va);
          assertThat(first).isNotSameAs(f.object);
          assertThat(first.residentPages()).as("placeholder").isZero();
          assertThat(first.paging()).isZero();
          assertThat(first.references()).isEqualTo(2);
          assertNothingHeld(s, f);
          // The frame goes to somebody else, who keeps it busy: none of the waiter's business.
          below.free();
          VmObject other = VmObject.anonymous(m.vm, 1);
          VmPage reused = grab(other, 0);
          assertThat(reused).isSameAs(below);
          m.settle();
          assertThat(done[0]).isTrue();
          assertThat(m.load(s, va)).isEqualTo(1);
          assertThat(m.load(s, va + 1)).isEqualTo(0x40);
          assertThat(first.references()).isEqualTo(1);
          assertThat(m.count(Counter.V_INTRANS)).isEqualTo(1);
          reused.free();
          other.deallocate();
        });
  }

  @Test
  @DisplayName("F25 a page in a fault's hands is on no queue")
  void unqueued() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          VmPage p = grab(f.object, 0);
          p.setMasks(0x0F, 0);
          p.deactivate();
          p.wakeup();
          assertThat(p.queueName()).isEqualTo("inactive");
          f.pager.gateClosed = true;
          m.thread(s, () -> m.load(s, va));
          m.settle();
          assertThat(f.pager.atGate).isEqualTo(1);
          assertThat(p.queueName()).isEqualTo("none");
          assertThat(p.isBusy()).isTrue();
          assertThat(m.vm.daemon.requested()).isFalse();
          f.pager.open();
          m.settle();
          assertThat(p.queueName()).isEqualTo("active");
        });
  }

  @Test
  @DisplayName("F26 in severe shortage a cached page is saved, and its fault waits for memory")
  void cachedPageInShortage() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          m.load(s, va);
          VmPage p = m.page(s, va);
          p.cache();
          VmSpace hog = m.hogMemory();
          assertThat(p.queueName()).isEqualTo("cache");
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                m.load(s, va);
                done[0] = true;
              });
          m.settle();
          assertThat(done[0]).isFalse();
          assertThat(p.queueName()).isEqualTo("active");
          assertThat(p.isBusy()).isFalse();
          assertThat(m.someoneWaitsFor("pfault")).isTrue();
          assertNothingHeld(s, f);
          assertThat(f.object.references()).isEqualTo(2);
          hog.release();
          m.settle();
          assertThat(done[0]).isTrue();
          assertThat(f.pager.reads).hasSize(1);
        });
  }

  @Test
  @DisplayName("F37 F38 an allocation that fails without severe shortage waits and tries again")
  void allocationFails() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.vm.allocator.failAfter(0);
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                m.store(s, va, 1);
                done[0] = true;
              });
          m.settle();
          assertThat(m.vm.allocator.severe()).isFalse();
          assertThat(done[0]).isFalse();
          assertThat(m.someoneWaitsFor("pfault")).isTrue();
          assertThat(m.vm.daemon.requested()).isTrue();
          assertThat(m.object(s, va).references()).isEqualTo(1);
          m.vm.allocator.wakeWaiters();
          m.settle();
          assertThat(done[0]).isTrue();
          assertThat(m.count(Counter.V_VM_FAULTS)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F4 F37 a shortage below the first object gives the placeholder back and waits")
  void allocationFailsBelow() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, false);
          int references = f.object.references();
          m.vm.allocator.failAfter(1);
          m.thread(s, () -> m.store(s, va, 1));
          m.settle();
          assertThat(m.someoneWaitsFor("pfault")).isTrue();
          VmObject first = m.object(s, va);
          assertThat(first.backing()).isSameAs(f.object);
          assertThat(first.residentPages()).isZero();
          assertThat(first.paging()).isZero();
          assertThat(first.references()).isEqualTo(1);
          assertThat(f.object.references()).isEqualTo(references);
          assertNothingHeld(s, f);
          m.vm.allocator.wakeWaiters();
          m.settle();
          assertThat(m.load(s, va)).isEqualTo(1);
          assertThat(m.load(s, va + 1)).isEqualTo(0x40);
        });
  }

  @Test
  @DisplayName(
      "PM29 F85 no frame for the page table: the filled page stays, and is filled but once")
  void noTableFrame() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.vm.allocator.failAfter(1);
          m.thread(s, () -> m.store(s, va, 1));
          m.settle();
          assertThat(m.someoneWaitsFor("pfault")).isTrue();
          VmPage p = m.object(s, va).lookup(0);
          assertThat(p).isNotNull();
          assertThat(p != null && p.fullyValid() && !p.isBusy()).isTrue();
          assertThat(p == null ? "" : p.queueName()).isEqualTo("inactive");
          assertThat(s.map().lock.isFree()).isTrue();
          m.vm.allocator.wakeWaiters();
          m.settle();
          assertThat(m.page(s, va)).isSameAs(p);
          assertThat(m.load(s, va)).isEqualTo(1);
          assertThat(m.count(Counter.V_ZFOD)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F36 F4 a fault killed in its wait for memory leaves nothing behind")
  void killed() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          int references = f.object.references();
          int uses = f.vnode.uses;
          VmSpace hog = m.hogMemory();
          FaultResult[] result = new FaultResult[1];
          m.thread(s, () -> result[0] = m.writeFault(s, va));
          m.settle();
          TestMachine.processOf(s).kill();
          m.vm.allocator.wakeWaiters();
          m.settle();
          assertThat(result[0]).isEqualTo(FaultResult.KILLED);
          assertThat(result[0].code()).isEqualTo(KernReturn.ABORTED);
          assertThat(f.object.references()).isEqualTo(references);
          assertThat(f.vnode.uses).isEqualTo(uses);
          assertThat(m.object(s, va).residentPages()).isZero();
          assertNothingHeld(s, f);
          assertThat(TestMachine.processOf(s).minorFaults).isZero();
          hog.release();
        });
  }
}
