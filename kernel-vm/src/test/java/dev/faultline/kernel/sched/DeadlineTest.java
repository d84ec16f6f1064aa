// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: timeouts out of order, twice, or on a thread that sleeps on something else by then. */
final class DeadlineTest {
  private final TestMachine machine = new TestMachine();
  private final Scheduler scheduler = machine.scheduler;
  private final Object channel = new Object();

  @Test
  @DisplayName("sleepers time out by deadline; those with the same one as they lay down")
  void order() {
    machine.run(
        () -> {
          machine.sleeper("a30", channel, false, 30);
          machine.sleeper("b10", new Object(), false, 10);
          machine.sleeper("c20", channel, false, 20);
          machine.sleeper("d10", channel, false, 10);
          machine.sleeper("e10", new Object(), true, 10);
          scheduler.sleep(new Object(), false, 100);
        });

    assertThat(machine.log)
        .containsExactly(
            "b10 TIMED_OUT", "d10 TIMED_OUT", "e10 TIMED_OUT", "c20 TIMED_OUT", "a30 TIMED_OUT");
    assertThat(machine.now()).isEqualTo(100);
  }

  @Test
  @DisplayName("a hundred sleepers with one deadline wake as they lay down")
  void ties() {
    List<String> expected = new ArrayList<>();
    machine.run(
        () -> {
          for (int i = 0; i < 100; i++) {
            machine.sleeper("t" + i, new Object(), false, 10);
            machine.sleeper("early" + i, channel, false, 5);
            expected.add("t" + i + " TIMED_OUT");
          }
          machine.settle();
          scheduler.wakeup(channel);
          scheduler.sleep(channel, false, 11);
        });

    assertThat(machine.log.subList(100, 200)).isEqualTo(expected);
  }

  @Test
  @DisplayName("all that are due at once wake in that order, when a running thread moves the clock")
  void dueAtOnce() {
    machine.run(
        () -> {
          machine.sleeper("late", channel, false, 30);
          machine.sleeper("early", channel, false, 10);
          machine.sleeper("later", channel, false, 31);
          machine.settle();

          machine.advance(30);
          machine.settle();
        });

    assertThat(machine.log).containsExactly("early TIMED_OUT", "late TIMED_OUT");
    assertThat(scheduler.nextDeadline()).isEqualTo(31);
  }

  @Test
  @DisplayName("a deadline that has come is no sleep: no switch happens")
  void past() {
    machine.run(
        () -> {
          machine.advance(10);
          machine.sleeper("other", channel);
          long switches = scheduler.switches();

          assertThat(scheduler.sleep(channel, false, 10)).isEqualTo(WakeReason.TIMED_OUT);

          assertThat(scheduler.switches()).isEqualTo(switches);
        });
  }

  @Test
  @DisplayName("who is woken first does not time out later, in his next sleep either")
  void wokenBeforeDeadline() {
    machine.run(
        () -> {
          scheduler.spawn(
              "t",
              () -> {
                machine.log.add("" + scheduler.sleep(channel, false, 10));
                machine.log.add("" + scheduler.sleep(channel, false, Scheduler.NO_DEADLINE));
              });
          machine.settle();
          scheduler.wakeup(channel);
          machine.settle();
          assertThat(scheduler.nextDeadline()).isEqualTo(Scheduler.NO_DEADLINE);

          machine.advance(20);
          machine.settle();
        });

    assertThat(machine.log).containsExactly("WOKEN");
    assertThat(scheduler.sleeping()).isEqualTo(1);
  }

  @Test
  @DisplayName("a timed-out thread is off its channel: a wakeup goes to the next")
  void timedOutIsOffItsChannel() {
    machine.run(
        () -> {
          machine.sleeper("timed", channel, false, 10);
          machine.sleeper("patient", channel);
          machine.settle();
          machine.advance(10);

          scheduler.wakeupOne(channel);
          machine.settle();
        });

    assertThat(machine.log).containsExactly("timed TIMED_OUT", "patient WOKEN");
  }

  @Test
  @DisplayName("idle time jumps to the next deadline or event, whichever is first")
  void idleJumps() {
    machine.event(40, () -> machine.log.add("event at " + machine.now()));
    machine.run(
        () -> {
          scheduler.sleep(channel, false, 30);
          machine.log.add("main at " + machine.now());
          scheduler.sleep(channel, false, 70);
          machine.log.add("main at " + machine.now());
        });

    assertThat(machine.log).containsExactly("main at 30", "event at 40", "main at 70");
  }
}
