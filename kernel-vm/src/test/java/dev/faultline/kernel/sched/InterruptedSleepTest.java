// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a signal that breaks a sleep it must not, or one that a sleeper never hears. */
final class InterruptedSleepTest {
  private final TestMachine machine = new TestMachine();
  private final Scheduler scheduler = machine.scheduler;
  private final Object channel = new Object();

  @Test
  @DisplayName("a signal ends an interruptible sleep and no other")
  void onlyInterruptibleSleeps() {
    machine.run(
        () -> {
          KernelThread light = machine.sleeper("light", channel, true, 50);
          KernelThread deep = machine.sleeper("deep", channel, false, Scheduler.NO_DEADLINE);
          machine.settle();

          scheduler.interrupt(deep);
          scheduler.interrupt(light);
          machine.settle();
          assertThat(machine.log).containsExactly("light INTERRUPTED");
          assertThat(deep.interruptPending()).isTrue();
          assertThat(scheduler.nextDeadline()).isEqualTo(Scheduler.NO_DEADLINE);

          scheduler.wakeup(channel);
          machine.settle();
        });

    assertThat(machine.log).containsExactly("light INTERRUPTED", "deep WOKEN");
  }

  @Test
  @DisplayName("with a signal pending, an interruptible sleep is refused, until it is taken")
  void pendingSignalRefusesSleep() {
    machine.run(
        () -> {
          KernelThread self = scheduler.current();
          scheduler.interrupt(self);
          long switches = scheduler.switches();

          assertThat(scheduler.sleep(channel, true, 10)).isEqualTo(WakeReason.INTERRUPTED);
          assertThat(scheduler.sleep(channel, true, 10)).isEqualTo(WakeReason.INTERRUPTED);
          assertThat(scheduler.switches()).isEqualTo(switches);
          assertThat(scheduler.sleep(channel, false, 10)).isEqualTo(WakeReason.TIMED_OUT);

          self.setInterruptPending(false);
          assertThat(scheduler.sleep(channel, true, 20)).isEqualTo(WakeReason.TIMED_OUT);
        });
  }

  @Test
  @DisplayName("a signal to a thread that is runnable already changes its wake reason no more")
  void wokenFirst() {
    machine.run(
        () -> {
          KernelThread t = machine.sleeper("t", channel, true, Scheduler.NO_DEADLINE);
          machine.settle();
          scheduler.wakeup(channel);

          scheduler.interrupt(t);
          machine.settle();

          assertThat(t.interruptPending()).isTrue();
        });

    assertThat(machine.log).containsExactly("t WOKEN");
  }

  @Test
  @DisplayName(
      "D21: a killed thread cannot lie down interruptibly again, whatever signal was taken")
  void killedThread() {
    machine.run(
        () -> {
          KernelThread self = scheduler.current();
          self.setKillPending();
          self.setInterruptPending(false);

          assertThat(scheduler.sleep(channel, true, 10)).isEqualTo(WakeReason.INTERRUPTED);
          assertThat(self.killPending()).isTrue();
        });
  }
}
