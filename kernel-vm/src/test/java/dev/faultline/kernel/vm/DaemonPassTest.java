// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.MemoryPressure.inactive;
import static dev.faultline.kernel.vm.MemoryPressure.leave;
import static dev.faultline.kernel.vm.MemoryPressure.unused;
import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When the page daemon scans, how much it writes, and what becomes of what it wrote (D1–D15). */
final class DaemonPassTest {
  private static final long SECOND = 1_000_000_000L;

  private final TestMachine m = TestMachine.small();

  private void sleep(long nanoseconds) {
    m.scheduler.sleep(this, false, m.now + nanoseconds);
  }

  @Test
  @DisplayName("D2 D4 a lasting shortage: two scans at once, then one every half second")
  void lastingShortage() {
    m.withDaemon();
    m.run(
        () -> {
          sleep(1);
          leave(m, 40);
          sleep(1);
          assertThat(m.count(Counter.V_PDWAKEUPS)).isEqualTo(2);
          sleep(SECOND / 2);
          assertThat(m.count(Counter.V_PDWAKEUPS)).isEqualTo(3);
          sleep(2 * SECOND);
          assertThat(m.count(Counter.V_PDWAKEUPS)).isEqualTo(7);
        });
  }

  @Test
  @DisplayName("D1 D4 D15 five idle seconds age part of a large active queue; that is no wakeup")
  void idleStatistics() {
    m.withDaemon();
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 900);
          for (int i = 0; i < 900; i++) {
            m.store(s, va + i * PAGE, 1);
            unused(m, m.page(s, va + i * PAGE));
          }
          long scans = m.count(Counter.V_PDWAKEUPS);
          sleep(6 * SECOND);
          assertThat(m.count(Counter.V_PDWAKEUPS)).isEqualTo(scans);
          int aged = 0;
          for (int i = 0; i < 900; i++) {
            int activity = m.page(s, va + i * PAGE).activity;
            assertThat(activity).isBetween(4, 5);
            aged += activity == 4 ? 1 : 0;
          }
          assertThat(aged).isEqualTo(225);
          m.vm.daemon.request();
          sleep(1);
          assertThat(m.count(Counter.V_PDWAKEUPS)).isEqualTo(scans + 1);
        });
  }

  @Test
  @DisplayName("D3 the first pass starts at most 32 writes, a later one as many as are needed")
  void launderLimit() {
    m.run(
        () -> {
          m.swap(1000);
          VmSpace s = m.space();
          int va = m.anon(s, 400);
          for (int i = 0; i < 400; i += 2) {
            m.store(s, va + i * PAGE, 1);
            inactive(m, s, va + i * PAGE).set(VmPage.WINATCFLS);
          }
          leave(m, 60);
          int shortage = m.vm.allocator.pagingTarget();
          assertThat(shortage).isGreaterThan(64);
          m.vm.daemon.scan(0);
          assertThat(m.count(Counter.V_SWAPOUT)).isEqualTo(32);
          // The 32 are clean now and become the first 32 of the shortage.
          m.vm.daemon.scan(1);
          assertThat(m.count(Counter.V_SWAPOUT)).isEqualTo(shortage);
        });
  }

  @Test
  @DisplayName("D3 allocations that failed are made up for by the next scan")
  void deficit() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(40);
          int va = f.map(s, 0, 40, TestMachine.R, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          for (int i = 0; i < 40; i++) {
            m.load(s, va + i * PAGE);
            inactive(m, s, va + i * PAGE);
          }
          leave(m, m.vm.allocator.reserves().target());
          VmObject o = m.vm.kernelObject();
          m.vm.allocator.takeDeficit();
          for (int i = 0; i < 7; i++) {
            m.vm.allocator.failAfter(0);
            assertThat(m.vm.allocator.allocate(o, 100_000, AllocationClass.NORMAL)).isNull();
          }
          m.vm.daemon.scan(0);
          assertThat(m.vm.state().cached()).isEqualTo(7);
        });
  }

  /** Writes one dirty page of a file with that result; the page afterwards. */
  private VmPage written(PagerResult result, int expected) {
    VmSpace s = m.space();
    TestMachine.TestFile f = m.file(1);
    int va = f.map(s, 0, 1, RW, true);
    m.store(s, va, 1);
    VmPage p = inactive(m, s, va);
    f.pager.nextWrite = result;
    assertThat(m.vm.pageOut.cleanCluster(p)).isEqualTo(expected);
    assertThat(s.pmap().isWritable(va)).isFalse();
    if (result == PagerResult.PEND) {
      assertThat(p.softBusy()).isEqualTo(1);
      assertThat(f.object.paging()).isEqualTo(1);
      assertThat(m.vm.writesInFlight).isEqualTo(1);
      p.cleaned();
      f.object.endPaging();
      p.endIo();
    }
    assertThat(p.softBusy()).isZero();
    assertThat(f.object.paging()).isZero();
    assertThat(m.vm.writesInFlight).isZero();
    return p;
  }

  @Test
  @DisplayName("D14 PI6 each result leaves its page as it should, all counts undone")
  void results() {
    m.run(
        () -> {
          assertThat(written(PagerResult.OK, 1).dirty()).isZero();
          assertThat(written(PagerResult.PEND, 1).dirty()).isZero();
          assertThat(written(PagerResult.BAD, 0).dirty()).isZero();
          for (PagerResult failed : new PagerResult[] {PagerResult.ERROR, PagerResult.FAIL}) {
            VmPage p = written(failed, 0);
            assertThat(p.dirty()).isEqualTo(0xFF);
            assertThat(p.queueName()).isEqualTo("active");
          }
          VmPage later = written(PagerResult.AGAIN, 0);
          assertThat(later.dirty()).isEqualTo(0xFF);
          assertThat(later.queueName()).isEqualTo("inactive");
        });
  }

  @Test
  @DisplayName("D14 in severe shortage what was written is cached at once, what was not is not")
  void severe() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(3);
          int va = f.map(s, 0, 3, RW, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          VmPage[] pages = new VmPage[3];
          for (int i = 0; i < 3; i++) {
            m.store(s, va + i * PAGE, 1);
            pages[i] = m.page(s, va + i * PAGE);
          }
          inactive(m, s, va);
          m.vm.pageOut.cleanCluster(pages[0]);
          assertThat(pages[0].queueName()).isEqualTo("inactive");
          leave(m, m.vm.allocator.reserves().severe() - 1);
          inactive(m, s, va + PAGE);
          m.vm.pageOut.cleanCluster(pages[1]);
          assertThat(pages[1].queueName()).isEqualTo("cache");
          leave(m, m.vm.allocator.reserves().severe() - 1);
          inactive(m, s, va + 2 * PAGE);
          f.pager.nextWrite = PagerResult.AGAIN;
          m.vm.pageOut.cleanCluster(pages[2]);
          assertThat(pages[2].queueName()).isEqualTo("inactive");
          assertThat(pages[2].dirty()).isEqualTo(0xFF);
        });
  }
}
