// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a wakeup that is lost, goes to the wrong thread, or comes in another order. */
final class SleepWakeupTest {
  private final TestMachine machine = new TestMachine();
  private final Scheduler scheduler = machine.scheduler;
  private final Object channel = new Object();

  @Test
  @DisplayName("wakeup makes all sleepers of the channel runnable, in the order they lay down")
  void wakeupIsFifo() {
    machine.run(
        () -> {
          for (int i = 0; i < 5; i++) {
            machine.sleeper("t" + i, channel);
          }
          machine.settle();
          assertThat(scheduler.sleeping()).isEqualTo(5);

          scheduler.wakeup(channel);
          assertThat(scheduler.runnable()).isEqualTo(5);
          machine.settle();
        });

    assertThat(machine.log)
        .containsExactly("t0 WOKEN", "t1 WOKEN", "t2 WOKEN", "t3 WOKEN", "t4 WOKEN");
  }

  @Test
  @DisplayName("wakeupOne wakes the longest sleeper only, and says if there was none")
  void wakeupOne() {
    machine.run(
        () -> {
          machine.sleeper("first", channel);
          machine.sleeper("second", channel);
          machine.settle();

          assertThat(scheduler.wakeupOne(channel)).isTrue();
          machine.settle();
          assertThat(machine.log).containsExactly("first WOKEN");

          assertThat(scheduler.wakeupOne(channel)).isTrue();
          assertThat(scheduler.wakeupOne(channel)).isFalse();
          machine.settle();
        });

    assertThat(machine.log).containsExactly("first WOKEN", "second WOKEN");
  }

  @Test
  @DisplayName("a wakeup is not kept: who sleeps after it sleeps")
  void wakeupBeforeSleep() {
    machine.run(
        () -> {
          scheduler.wakeup(channel);
          machine.sleeper("late", channel);
          machine.settle();

          assertThat(scheduler.sleeping()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("channels are identities: equal objects are two channels")
  void channelsAreIdentities() {
    Object[] channels = {new ArrayList<>(), new ArrayList<>()};
    machine.run(
        () -> {
          machine.sleeper("a", channels[0]);
          machine.sleeper("b", channels[1]);
          machine.settle();

          scheduler.wakeup(channels[1]);
          machine.settle();
        });

    assertThat(machine.log).containsExactly("b WOKEN");
  }

  @Test
  @DisplayName("thousands of channels in few buckets do not disturb each other's order")
  void manyChannels() {
    TestMachine many = new TestMachine(5_000);
    Object[] channels = new Object[1_000];
    many.run(
        () -> {
          for (int i = 0; i < channels.length; i++) {
            channels[i] = new Object();
          }
          for (int i = 0; i < 4_000; i++) {
            many.sleeper("t" + i, channels[i % 1_000]);
          }
          many.settle();
          for (int i = 999; i >= 0; i--) {
            many.log.clear();
            many.scheduler.wakeup(channels[i]);
            many.settle();
            assertThat(many.log)
                .containsExactly(
                    "t" + i + " WOKEN",
                    "t" + (i + 1_000) + " WOKEN",
                    "t" + (i + 2_000) + " WOKEN",
                    "t" + (i + 3_000) + " WOKEN");
          }
        });

    assertThat(many.scheduler.sleeping()).isZero();
  }

  @Test
  @DisplayName("who lies down again while the others of the same wakeup run is not woken twice")
  void sleepAgain() {
    machine.run(
        () -> {
          scheduler.spawn(
              "twice",
              () -> {
                machine.sleep(channel);
                machine.log.add("once");
                machine.sleep(channel);
                machine.log.add("twice");
              });
          machine.sleeper("other", channel);
          machine.settle();

          scheduler.wakeup(channel);
          machine.settle();
        });

    assertThat(machine.log).containsExactly("once", "other WOKEN");
  }

  @Test
  @DisplayName("the only thread, woken by an event while it idles, goes on itself")
  void wokenByEvent() {
    machine.event(50, () -> scheduler.wakeup(channel));
    machine.run(() -> machine.log.add("" + scheduler.sleep(channel, false, 100)));

    assertThat(machine.log).containsExactly("WOKEN");
    assertThat(machine.now()).isEqualTo(50);
    assertThat(scheduler.switches()).isEqualTo(1);
  }

  @Test
  @DisplayName("a thread in its sleep can be seen: state and channel; and not after it")
  void visibleState() {
    machine.run(
        () -> {
          KernelThread t = machine.sleeper("t", channel);
          assertThat(t.state()).isEqualTo(KernelThread.State.RUNNABLE);
          machine.settle();
          assertThat(t.state()).isEqualTo(KernelThread.State.SLEEPING);
          assertThat(t.channel()).isSameAs(channel);
          assertThat(scheduler.current().state()).isEqualTo(KernelThread.State.RUNNING);

          scheduler.wakeup(channel);
          assertThat(t.channel()).isNull();
          machine.settle();
          assertThat(t.state()).isEqualTo(KernelThread.State.DEAD);
        });
  }
}
