// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: more threads than the machine has room for, or room that is not given back. */
final class SpawnLimitTest {
  private final TestMachine machine = new TestMachine(3);
  private final Scheduler scheduler = machine.scheduler;

  @Test
  @DisplayName("at the limit spawn says so, and an exit makes room")
  void limit() {
    machine.run(
        () -> {
          scheduler.spawn("a", () -> {});
          assertThat(scheduler.canSpawn()).isTrue();
          scheduler.spawn("b", () -> {});
          assertThat(scheduler.canSpawn()).isFalse();
          assertThatThrownBy(() -> scheduler.spawn("c", () -> {}))
              .isInstanceOf(KernelPanic.class)
              .hasMessage("more than 3 kernel threads");

          machine.settle();

          assertThat(scheduler.canSpawn()).isTrue();
          KernelThread last = scheduler.spawn("d", () -> {});
          assertThat(last.id()).isEqualTo(4);
          assertThat(scheduler.threads())
              .extracting(KernelThread::name)
              .containsExactly("main", "d");
        });
  }

  @Test
  @DisplayName("a thread may be the child of one that has ended by the time it runs")
  void orphans() {
    machine.run(
        () -> {
          scheduler.spawn(
              "parent", () -> scheduler.spawn("child", () -> machine.log.add("child ran")));
          machine.settle();
        });

    assertThat(machine.log).containsExactly("child ran");
  }
}
