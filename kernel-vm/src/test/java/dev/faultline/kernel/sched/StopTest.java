// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a machine that has ended and leaves threads behind, or runs them once more. */
final class StopTest {
  private final TestMachine machine = new TestMachine();
  private final Scheduler scheduler = machine.scheduler;
  private final Object channel = new Object();

  @Test
  @DisplayName("every sleeper is unwound, in order of creation, with the token in its hands")
  void sleepersAreUnwound() {
    machine.run(
        () -> {
          for (int i = 0; i < 3; i++) {
            String name = "t" + i;
            scheduler.spawn(
                name,
                () -> {
                  try {
                    scheduler.sleep(channel, true, name.equals("t1") ? 10 : Scheduler.NO_DEADLINE);
                    machine.log.add("woken");
                  } finally {
                    machine.log.add(name + " unwound as " + scheduler.current().name());
                  }
                });
          }
          scheduler.yieldNow();
        });

    scheduler.stop();

    assertThat(machine.log)
        .containsExactly("t0 unwound as t0", "t1 unwound as t1", "t2 unwound as t2");
    assertThat(scheduler.threads()).isEmpty();
    assertThat(scheduler.sleeping()).isZero();
  }

  @Test
  @DisplayName("a thread that waits for its turn is unwound; one that never ran does not start")
  void runnableThreads() {
    machine.run(
        () -> {
          scheduler.spawn(
              "yields",
              () -> {
                try {
                  scheduler.yieldNow();
                  machine.log.add("went on");
                } finally {
                  machine.log.add("unwound");
                }
              });
          scheduler.yieldNow();
          scheduler.spawn("new", () -> machine.log.add("started"));
        });

    scheduler.stop();

    assertThat(machine.log).containsExactly("unwound");
  }

  @Test
  @DisplayName(
      "on the way out, a sleep, a yield or a spawn only unwinds further; a wakeup is harmless")
  void cleaningUp() {
    machine.run(
        () -> {
          KernelThread[] last = new KernelThread[1];
          unwinding("wakes", () -> scheduler.wakeup(channel));
          unwinding("interrupts", () -> scheduler.interrupt(last[0]));
          unwinding("sleeps", () -> machine.sleep(channel));
          unwinding("yields", scheduler::yieldNow);
          unwinding("spawns", () -> scheduler.spawn("child", () -> machine.log.add("child")));
          last[0] = machine.sleeper("last", channel, true, Scheduler.NO_DEADLINE);
          scheduler.yieldNow();
        });

    scheduler.stop();

    assertThat(machine.log)
        .containsExactly("wakes did", "interrupts did", "sleeps", "yields", "spawns");
  }

  private void unwinding(String name, Runnable cleanUp) {
    scheduler.spawn(
        name,
        () -> {
          String how = name;
          try {
            machine.sleep(channel);
          } finally {
            try {
              cleanUp.run();
              how = name + " did";
            } finally {
              machine.log.add(how);
            }
          }
        });
  }

  @Test
  @DisplayName("a thread that swallows its end and returns hands the token to nobody")
  void swallowed() {
    machine.run(
        () -> {
          scheduler.spawn(
              "stubborn",
              () -> {
                try {
                  machine.sleep(channel);
                } catch (MachineStopped e) {
                  machine.log.add("swallowed");
                }
              });
          scheduler.yieldNow();
          scheduler.spawn("new", () -> machine.log.add("started"));
        });

    scheduler.stop();

    assertThat(machine.log).containsExactly("swallowed");
  }

  @Test
  @DisplayName("an exception while unwinding surfaces from stop, after all others are unwound")
  void exceptionWhileUnwinding() {
    machine.run(
        () -> {
          unwinding(
              "bad",
              () -> {
                throw new IllegalStateException("not my lock");
              });
          unwinding("good", () -> {});
          scheduler.yieldNow();
        });

    assertThatThrownBy(scheduler::stop)
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("bad#2")
        .hasMessageContaining("not my lock");

    assertThat(machine.log).containsExactly("bad", "good did");
  }

  @Test
  @DisplayName("an interrupted host still unwinds one thread at a time")
  void interruptedHost() {
    machine.run(
        () -> {
          for (int i = 0; i < 100; i++) {
            unwinding("t" + i, () -> {});
          }
          scheduler.yieldNow();
        });
    Thread.currentThread().interrupt();

    scheduler.stop();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(machine.log).hasSize(100).startsWith("t0 did", "t1 did").endsWith("t99 did");
  }

  @Test
  @DisplayName("a stopped machine is not executed again; a running one is not stopped")
  void order() {
    machine.run(() -> assertThatIllegalStateException().isThrownBy(scheduler::stop));
    scheduler.stop();
    scheduler.stop();

    assertThatIllegalStateException()
        .isThrownBy(() -> machine.run(() -> {}))
        .withMessage("the machine has stopped");
  }
}
