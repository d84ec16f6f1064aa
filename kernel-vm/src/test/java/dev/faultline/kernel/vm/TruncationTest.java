// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.Scheduler;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a mapping still shows what was cut off its file, or loses what was not (V28, F32). */
final class TruncationTest {
  private final TestMachine m = TestMachine.small();

  private void setSize(TestMachine.TestFile f, long bytes) {
    f.vnode.lockExclusive(Scheduler.NO_DEADLINE);
    f.object.setSize(bytes);
    f.vnode.unlockExclusive();
  }

  private void assertBeyond(VmSpace s, int va) {
    assertThat(m.tryLoad(s, va)).isNegative();
    assertThat(m.lastRefusal).isEqualTo(FaultResult.BEYOND_OBJECT);
    assertThat(m.tryStore(s, va, 1)).isFalse();
    assertThat(m.lastRefusal).isEqualTo(FaultResult.BEYOND_OBJECT);
  }

  @Test
  @DisplayName("V28 F32 private copies beyond the new end go; those before it stay")
  void privateCopiesGo() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(8);
          int va = f.map(s, 2, 6, RW, false);
          for (int i = 0; i < 6; i++) {
            m.store(s, va + i * PAGE, 0x90 + i);
          }
          int free = m.vm.state().free();
          setSize(f, 5 * PAGE);
          assertThat(m.load(s, va + 2 * PAGE)).isEqualTo(0x92);
          assertBeyond(s, va + 3 * PAGE);
          assertBeyond(s, va + 5 * PAGE);
          assertThat(m.object(s, va).residentPages()).isEqualTo(3);
          assertThat(m.vm.state().free()).isGreaterThanOrEqualTo(free + 3);
          // What the file holds when it grows again is what the mapping shows.
          setSize(f, 8 * PAGE);
          assertThat(m.load(s, va + 3 * PAGE)).isEqualTo(0x45);
          m.store(s, va + 3 * PAGE, 0x55);
          assertThat(m.load(s, va + 3 * PAGE)).isEqualTo(0x55);
        });
  }

  @Test
  @DisplayName("V28 F32 they go from every generation of a forked mapping, each at its own offset")
  void generations() {
    m.run(
        () -> {
          VmSpace a = m.space();
          TestMachine.TestFile f = m.file(8);
          int va = f.map(a, 0, 8, RW, false);
          m.store(a, va + 6 * PAGE, 1);
          m.store(a, va + PAGE, 1);
          VmSpace b = m.fork(a);
          m.store(b, va + 5 * PAGE, 2);
          m.store(a, va + 7 * PAGE, 3);
          // The upper half alone: its next shadow begins at page 4.
          a.unmap(va, 4 * PAGE);
          VmSpace c = m.fork(a);
          m.store(c, va + 4 * PAGE, 4);
          m.store(c, va + 7 * PAGE, 5);
          TestMachine.TestFile other = m.file(8);
          int vo = other.map(a, 0, 8, RW, false);
          m.store(a, vo + 6 * PAGE, 6);
          setSize(f, 5 * PAGE);
          for (int i = 5; i < 8; i++) {
            assertBeyond(a, va + i * PAGE);
            assertBeyond(b, va + i * PAGE);
            assertBeyond(c, va + i * PAGE);
          }
          assertThat(m.load(b, va + PAGE)).isEqualTo(1);
          assertThat(m.load(c, va + 4 * PAGE)).isEqualTo(4);
          assertThat(m.load(a, va + 4 * PAGE)).isEqualTo(0x44);
          assertThat(m.load(a, vo + 6 * PAGE)).isEqualTo(6);
        });
  }

  @Test
  @DisplayName("V28 S6 copies on swap go too, and their blocks")
  void swappedCopies() {
    m.run(
        () -> {
          TestSwap swap = m.swap(10);
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, false);
          m.store(s, va, 1);
          m.store(s, va + 3 * PAGE, 2);
          m.swapOut(s, va);
          m.swapOut(s, va + 3 * PAGE);
          assertThat(swap.used()).isEqualTo(2);
          setSize(f, 2 * PAGE);
          assertThat(swap.used()).isEqualTo(1);
          assertBeyond(s, va + 3 * PAGE);
          assertThat(m.load(s, va)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("V28 O17 a copy that is being written out is waited for")
  void busyCopy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, false);
          m.store(s, va + 3 * PAGE, 2);
          VmPage p = m.page(s, va + 3 * PAGE);
          p.beginIo();
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                setSize(f, PAGE);
                done[0] = true;
              });
          m.settle();
          assertThat(done[0]).isFalse();
          p.endIo();
          m.settle();
          assertThat(done[0]).isTrue();
          assertBeyond(s, va + 3 * PAGE);
        });
  }

  @Test
  @DisplayName("O17 F114 wired pages lose their content and mapping; unwiring still finds them")
  void wired() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int own = f.map(s, 0, 4, RW, false);
          int text = f.map(s, 0, 4, R, true);
          int wired = m.vm.state().wired();
          assertThat(s.wire(own, 4 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.wire(text, 4 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          setSize(f, PAGE);
          assertBeyond(s, own + 3 * PAGE);
          assertThat(m.tryLoad(s, text + 3 * PAGE)).isNegative();
          assertThat(s.unwire(own, 4 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.unwire(text, 4 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          // No more than the page tables that were needed.
          assertThat(m.vm.state().wired()).isLessThanOrEqualTo(wired + 1);
        });
  }

  @Test
  @DisplayName(
      "F121 F122 a wired page that truncation empties while fork waits for memory is no panic")
  void forkMeetsTruncation() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, R, false);
          assertThat(s.wire(va, 2 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          VmSpace[] child = new VmSpace[1];
          // The directory of the child comes first, then the first copy.
          m.vm.allocator.failAfter(1);
          m.thread(s, () -> child[0] = m.fork(s));
          m.settle();
          assertThat(m.someoneWaitsFor("vmwait")).isTrue();
          setSize(f, 0);
          m.vm.allocator.wakeWaiters();
          m.settle();
          assertThat(child[0]).isNotNull();
          s.release();
          child[0].release();
        });
  }
}
