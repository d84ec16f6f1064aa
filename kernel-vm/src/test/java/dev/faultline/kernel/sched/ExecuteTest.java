// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the border between the host's thread and the machine's. */
final class ExecuteTest {
  private final TestMachine machine = new TestMachine();
  private final Scheduler scheduler = machine.scheduler;
  private final Object channel = new Object();

  @Test
  @DisplayName("between two executes everything stands still; the next one goes on where it was")
  void again() {
    machine.run(() -> scheduler.spawn("ready", () -> machine.log.add("ready ran")));
    assertThat(machine.log).isEmpty();
    assertThat(scheduler.runnable()).isEqualTo(1);

    machine.run(() -> machine.sleeper("sleeper", channel));
    machine.run(machine::settle);
    assertThat(machine.log).containsExactly("ready ran");

    scheduler.wakeup(channel); // from the host
    machine.run(machine::settle);

    assertThat(machine.log).containsExactly("ready ran", "sleeper WOKEN");
    assertThat(scheduler.threads()).isEmpty();
  }

  @Test
  @DisplayName("threads spawned by the host run in the next execute")
  void spawnFromTheHost() {
    scheduler.spawn("daemon", () -> machine.log.add("daemon " + scheduler.current().name()));

    machine.run(machine::settle);

    assertThat(machine.log).containsExactly("daemon daemon");
  }

  @Test
  @DisplayName("execute returns when its own body does, whoever else could run")
  void returnsWithItsBody() {
    machine.run(
        () -> {
          scheduler.spawn(
              "busy",
              () -> {
                while (true) {
                  scheduler.yieldNow();
                }
              });
          scheduler.yieldNow();
        });

    assertThat(scheduler.runnable()).isEqualTo(1);
    scheduler.stop();
  }

  @Test
  @DisplayName("a machine that runs is not executed a second time")
  void nested() {
    machine.run(
        () ->
            assertThatIllegalStateException()
                .isThrownBy(() -> machine.run(() -> {}))
                .withMessageContaining("main#1 RUNNING"));
  }

  @Test
  @DisplayName("no thread runs before, after, or for a caller from outside")
  void current() {
    assertThatIllegalStateException().isThrownBy(scheduler::current);

    machine.run(() -> assertThat(scheduler.current().name()).isEqualTo("main"));

    assertThatIllegalStateException().isThrownBy(scheduler::current);
    assertThatIllegalStateException().isThrownBy(scheduler::yieldNow);
  }

  @Test
  @DisplayName("an interrupted host waits for its body all the same, and stays interrupted")
  void interruptedHost() {
    Thread.currentThread().interrupt();

    machine.run(() -> machine.log.add("ran"));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(machine.log).containsExactly("ran");
  }

  @Test
  @DisplayName("the switch listener is told of each thread before it runs")
  void switchListener() {
    scheduler.setSwitchListener(to -> machine.log.add("to " + to.name()));
    machine.run(
        () -> {
          scheduler.spawn("a", () -> machine.log.add("a runs"));
          scheduler.spawn("b", () -> machine.log.add("b runs"));
          machine.settle();
          machine.log.add("main runs");
        });

    assertThat(machine.log)
        .containsExactly("to main", "to a", "a runs", "to b", "b runs", "to main", "main runs");
    assertThat(scheduler.switches()).isEqualTo(4);
  }
}
