// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.MemoryPressure.giveBack;
import static dev.faultline.kernel.vm.MemoryPressure.leave;
import static dev.faultline.kernel.vm.MemoryPressure.unused;
import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Processes that leave memory as a whole, or are held to a limit (D19, D23, F132). */
final class SwapOutTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int PAGES = 50;

  private final TestMachine m = TestMachine.small();

  private int fill(VmSpace s) {
    int va = m.anon(s, PAGES);
    for (int i = 0; i < PAGES; i++) {
      m.store(s, va + i * PAGE, i + 1);
    }
    return va;
  }

  private void intact(VmSpace s, int va) {
    for (int i = 0; i < PAGES; i++) {
      assertThat(m.load(s, va + i * PAGE)).isEqualTo(i + 1);
    }
  }

  @Test
  @DisplayName("D19 in shortage a process that sleeps leaves memory, and comes back whole")
  void idleProcess() {
    m.run(
        () -> {
          m.swap(1000);
          VmSpace idle = m.space();
          int va = fill(idle);
          VmSpace busy = m.space();
          fill(busy);
          TestMachine.processOf(idle).sleepingSince = 0;
          m.now = 3 * SECOND;
          leave(m, 60);
          VmPage p = m.page(idle, va);
          m.vm.daemon.scan(0);
          assertThat(idle.residentPages()).isZero();
          assertThat(p.queueName()).isEqualTo("inactive");
          assertThat(TestMachine.processOf(idle).swaps).isEqualTo(1);
          assertThat(TestMachine.processOf(busy).swaps).isZero();
          assertThat(busy.swappedOut()).isFalse();
          intact(idle, va);
          assertThat(idle.swappedOut()).isFalse();
        });
  }

  @Test
  @DisplayName("D19 with pages enough nobody leaves; nor who slept briefly, nor the system's own")
  void whoStays() {
    m.run(
        () -> {
          VmSpace brief = m.space();
          VmSpace system = m.space();
          fill(brief);
          fill(system);
          m.now = 10 * SECOND;
          TestMachine.processOf(brief).sleepingSince = m.now - SECOND;
          TestMachine.processOf(system).sleepingSince = 0;
          TestMachine.processOf(system).system = true;
          m.vm.daemon.scan(0);
          leave(m, 60);
          m.vm.daemon.scan(0);
          assertThat(brief.residentPages()).isEqualTo(PAGES);
          assertThat(system.residentPages()).isEqualTo(PAGES);
          m.now += 2 * SECOND;
          m.vm.daemon.scan(0);
          assertThat(brief.residentPages()).isZero();
          assertThat(system.residentPages()).isEqualTo(PAGES);
        });
  }

  @Test
  @DisplayName("F132 D19 a process whose fault is under way stays until that is over")
  void faultUnderWay() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          int other = fill(s);
          f.pager.gateClosed = true;
          m.thread(s, () -> m.load(s, va));
          m.scheduler.yieldNow();
          assertThat(f.pager.atGate).isEqualTo(1);
          TestMachine.processOf(s).sleepingSince = 0;
          m.now = 10 * SECOND;
          leave(m, 60);
          m.vm.daemon.scan(0);
          assertThat(s.swappedOut()).isFalse();
          assertThat(s.residentPages()).isEqualTo(PAGES);
          f.pager.open();
          m.scheduler.yieldNow();
          m.now += 2 * SECOND;
          m.vm.daemon.scan(0);
          assertThat(s.swappedOut()).isTrue();
          assertThat(s.residentPages()).isZero();
          intact(s, other);
        });
  }

  @Test
  @DisplayName("D19 D20 a process that is out comes in when there is memory, not before")
  void comesInWithMemory() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = fill(s);
          TestMachine.processOf(s).sleepingSince = 0;
          m.now = 3 * SECOND;
          leave(m, 60);
          m.vm.daemon.scan(0);
          assertThat(s.swappedOut()).isTrue();
          leave(m, 40);
          boolean[] in = new boolean[1];
          m.thread(
              s,
              () -> {
                m.load(s, va);
                in[0] = true;
              });
          m.scheduler.yieldNow();
          assertThat(in[0]).isFalse();
          giveBack(m, 20);
          m.scheduler.yieldNow();
          assertThat(in[0]).isTrue();
          intact(s, va);
        });
  }

  @Test
  @DisplayName("D23 above its limit a process loses mappings, the unused first; its data stays")
  void residentLimit() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = fill(s);
          for (int i = 0; i < PAGES; i++) {
            unused(m, m.page(s, va + i * PAGE));
          }
          for (int i = 20; i < 25; i++) {
            m.load(s, va + i * PAGE);
          }
          TestMachine.processOf(s).residentLimit = 10 * PAGE;
          VmPage first = m.page(s, va);
          assertThat(new SwapOut(m.vm).run()).isEqualTo(PAGES - 10);
          assertThat(s.residentPages()).isEqualTo(10);
          assertThat(first.queueName()).isEqualTo("inactive");
          assertThat(first.valid()).isEqualTo(0xFF);
          for (int i = 20; i < 25; i++) {
            assertThat(s.pmap().isMapped(va + i * PAGE)).isTrue();
          }
          long zeroFills = m.count(Counter.V_ZFOD);
          intact(s, va);
          assertThat(m.count(Counter.V_ZFOD)).isEqualTo(zeroFills);
        });
  }

  @Test
  @DisplayName("D23 wired and held pages stay, and shared ones stay where others map them")
  void whatStays() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = fill(s);
          s.wire(va, 2 * PAGE);
          VmPage[] held = new VmPage[1];
          HeldPages.hold(s, va + 2 * PAGE, PAGE, false, held);
          VmSpace child = m.fork(s);
          VmPage shared = m.page(s, va + 3 * PAGE);
          assertThat(child.pmap().isMapped(va + 3 * PAGE)).isTrue();
          TestMachine.processOf(s).residentLimit = 0;
          new SwapOut(m.vm).run();
          assertThat(s.residentPages()).isEqualTo(3);
          assertThat(s.pmap().isMapped(va + 3 * PAGE)).isFalse();
          assertThat(child.pmap().isMapped(va + 3 * PAGE)).isTrue();
          assertThat(shared.queueName()).isEqualTo("active");
          HeldPages.unhold(held, 1, false);
          s.unwire(va, 2 * PAGE);
          intact(s, va);
          intact(child, va);
        });
  }
}
