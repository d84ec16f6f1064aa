// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a kernel thread dies and the machine hangs, or goes on as if nothing had been. */
final class PanicTest {
  private final TestMachine machine = new TestMachine();
  private final Scheduler scheduler = machine.scheduler;
  private final Object channel = new Object();

  @AfterEach
  void everyThreadCanStillBeUnwound() {
    scheduler.stop();
    assertThat(scheduler.threads()).isEmpty();
  }

  @Test
  @DisplayName(
      "an exception of the body surfaces from execute, with the thread's name and the cause")
  void bodyDies() {
    IllegalStateException cause = new IllegalStateException("broken");

    assertThatThrownBy(
            () ->
                machine.run(
                    () -> {
                      throw cause;
                    }))
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("main#1")
        .hasMessageContaining("broken")
        .hasCause(cause);
  }

  @Test
  @DisplayName("so does an error of a daemon, while the body of execute sleeps")
  void daemonDies() {
    assertThatThrownBy(
            () ->
                machine.run(
                    () -> {
                      scheduler.spawn(
                          "daemon",
                          () -> {
                            throw new AssertionError("list is a ring");
                          });
                      machine.sleep(channel);
                    }))
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("daemon#2")
        .hasMessageContaining("list is a ring");
  }

  @Test
  @DisplayName("a panic that the kernel raised is handed out as it is")
  void kernelPanic() {
    KernelPanic raised = new KernelPanic("freeing free block");

    Throwable thrown =
        catchThrowable(
            () ->
                machine.run(
                    () -> {
                      throw raised;
                    }));

    assertThat(thrown).isSameAs(raised);
  }

  @Test
  @DisplayName("an exception of a device event while all sleep is a panic")
  void eventDies() {
    machine.event(
        5,
        () -> {
          throw new IllegalArgumentException("bad descriptor");
        });

    assertThatThrownBy(() -> machine.run(() -> machine.sleep(channel)))
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("bad descriptor");
  }

  @Test
  @DisplayName("an exception of a device event while the last runnable thread exits is a panic")
  void eventDiesAtExit() {
    machine.event(
        5,
        () -> {
          throw new IllegalArgumentException("bad descriptor");
        });

    assertThatThrownBy(
            () ->
                machine.run(
                    () -> {
                      scheduler.spawn("short", () -> {});
                      machine.sleep(channel);
                    }))
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("bad descriptor");
  }

  @Test
  @DisplayName("an event that tries to sleep is a panic: the thread it borrows sleeps already")
  void eventSleeps() {
    machine.event(5, () -> machine.sleep(new Object()));

    assertThatThrownBy(() -> machine.run(() -> machine.sleep(channel)))
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("not an event: main#1 SLEEPING");
  }

  @Test
  @DisplayName("after a panic nothing runs any more: execute throws it again")
  void noLifeAfterPanic() {
    scheduler.spawn("waiting", () -> machine.log.add("ran"));
    Throwable first =
        catchThrowable(
            () ->
                machine.run(
                    () -> {
                      throw new IllegalStateException("broken");
                    }));

    Throwable second = catchThrowable(() -> machine.run(machine::settle));

    assertThat(second).isSameAs(first);
    assertThat(machine.log).isEmpty();
  }

  @Test
  @DisplayName("when every thread sleeps for ever, the panic names them")
  void deadlock() {
    assertThatThrownBy(
            () ->
                machine.run(
                    () -> {
                      machine.sleeper("pageout", channel);
                      machine.sleeper("init", channel, true, Scheduler.NO_DEADLINE);
                      machine.sleep(channel);
                    }))
        .isInstanceOf(KernelPanic.class)
        .hasMessage(
            "every thread sleeps and nothing can wake one: "
                + "[main#1 SLEEPING, pageout#2 SLEEPING, init#3 SLEEPING_INTERRUPTIBLY]");
  }

  @Test
  @DisplayName("a deadlock is found when the last thread that could run exits")
  void deadlockAtExit() {
    assertThatThrownBy(
            () ->
                machine.run(
                    () -> {
                      scheduler.spawn("short", () -> {});
                      machine.sleep(channel);
                    }))
        .isInstanceOf(KernelPanic.class)
        .hasMessageEndingWith("[main#1 SLEEPING]");
  }

  @Test
  @DisplayName("what is thrown or slept while a deadlock unwinds does not hide it")
  void deadlockIsNotHidden() {
    assertThatThrownBy(
            () ->
                machine.run(
                    () -> {
                      machine.sleeper("other", channel);
                      machine.settle();
                      try {
                        machine.sleep(channel);
                      } catch (KernelPanic swallowed) {
                        machine.sleep(channel);
                      }
                    }))
        .hasMessageStartingWith("every thread sleeps");
  }
}
