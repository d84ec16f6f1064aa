// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.MemoryPressure.leave;
import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the wrong process dies for want of memory, or one dies too many (D21). */
final class VictimTest {
  private final TestMachine m = TestMachine.small();
  private final OutOfMemory judge = new OutOfMemory(m.vm);

  private TestProcess process(int pid, int pages) {
    TestProcess p = new TestProcess(pid);
    VmSpace s = m.space(p);
    int va = m.anon(s, pages);
    for (int i = 0; i < pages; i++) {
      m.store(s, va + i * PAGE, 1);
    }
    return p;
  }

  @Test
  @DisplayName("D21 the largest dies; pid 1 and the system's own are spared")
  void largest() {
    m.run(
        () -> {
          TestProcess init = process(1, 60);
          TestProcess server = process(200, 50);
          server.system = true;
          TestProcess large = process(300, 40);
          TestProcess small = process(400, 10);
          leave(m, 40);
          judge.judge(2, 0, 0);
          assertThat(large.killed).isTrue();
          assertThat(init.killed || server.killed || small.killed).isFalse();
          judge.judge(3, 0, 0);
          assertThat(small.killed).as("one is dying").isFalse();
          judge.judge(10, 0, 0);
          assertThat(small.killed).as("and takes too long").isTrue();
        });
  }

  @Test
  @DisplayName("D21 nobody dies in an early pass, after progress, or while a page is written")
  void notYet() {
    m.run(
        () -> {
          TestProcess p = process(300, 40);
          leave(m, 40);
          judge.judge(1, 0, 0);
          judge.judge(2, 1, 0);
          judge.judge(2, 0, 1);
          m.vm.writesInFlight = 1;
          judge.judge(2, 0, 0);
          m.vm.writesInFlight = 0;
          assertThat(p.killed).isFalse();
          judge.judge(2, 0, 0);
          assertThat(p.killed).isTrue();
        });
  }

  @Test
  @DisplayName("D21 with swap the early processes are spared as long as there is another")
  void earlyProcesses() {
    m.run(
        () -> {
          TestSwap swap = m.swap(100);
          TestProcess early = process(2, 60);
          TestProcess late = process(48, 10);
          leave(m, 40);
          judge.judge(2, 0, 0);
          assertThat(early.killed || late.killed).as("100 pages of swap are free").isFalse();
          swap.full = true;
          judge.judge(2, 0, 0);
          assertThat(late.killed).isTrue();
          assertThat(early.killed).isFalse();
          late.alive = false;
          judge.judge(2, 0, 0);
          assertThat(early.killed).as("the dead one still has its memory").isFalse();
          judge.judge(10, 0, 0);
          assertThat(early.killed).isTrue();
        });
  }

  @Test
  @DisplayName("D21 a program that runs alone as pid 1 with swap is killed: nothing else can be")
  void aloneWithSwap() {
    m.run(
        () -> {
          TestSwap swap = m.swap(100);
          TestProcess alone = process(1, 60);
          leave(m, 40);
          swap.full = true;
          judge.judge(2, 0, 0);
          assertThat(alone.killed).isTrue();
        });
  }

  @Test
  @DisplayName("D21 D22 what lies on swap counts as size")
  void swapCounts() {
    m.run(
        () -> {
          TestSwap swap = m.swap(40);
          TestProcess resident = process(300, 30);
          TestProcess swapped = new TestProcess(301);
          VmSpace s = m.space(swapped);
          int va = m.anon(s, 40);
          for (int i = 0; i < 40; i++) {
            m.store(s, va + i * PAGE, 1);
            VmPage p = MemoryPressure.inactive(m, s, va + i * PAGE);
            m.vm.pageOut.cleanCluster(p);
          }
          s.pmap().remove(va >>> 12, (va >>> 12) + 40);
          assertThat(swap.freePages()).isZero();
          assertThat(s.residentPages()).isZero();
          leave(m, 40);
          judge.judge(2, 0, 0);
          assertThat(swapped.killed).isTrue();
          assertThat(resident.killed).isFalse();
        });
  }
}
