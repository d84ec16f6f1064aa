// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a thread that starves another. */
final class YieldTest {
  private final TestMachine machine = new TestMachine();
  private final Scheduler scheduler = machine.scheduler;

  @Test
  @DisplayName("threads that only yield take turns")
  void turns() {
    machine.run(
        () -> {
          for (String name : new String[] {"a", "b", "c"}) {
            scheduler.spawn(
                name,
                () -> {
                  for (int i = 0; i < 3; i++) {
                    machine.log.add(name + i);
                    scheduler.yieldNow();
                  }
                });
          }
          machine.settle();
        });

    assertThat(machine.log).containsExactly("a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2");
  }

  @Test
  @DisplayName("a woken thread goes behind those that wait, before the one that yields")
  void placeInTheQueue() {
    Object channel = new Object();
    machine.run(
        () -> {
          machine.sleeper("sleeper", channel);
          machine.settle();
          scheduler.spawn("spawned", () -> machine.log.add("spawned"));
          scheduler.wakeup(channel);

          scheduler.yieldNow();
          machine.log.add("main");
        });

    assertThat(machine.log).containsExactly("spawned", "sleeper WOKEN", "main");
  }

  @Test
  @DisplayName("alone, a thread keeps the token")
  void alone() {
    machine.run(
        () -> {
          scheduler.yieldNow();
          assertThat(scheduler.switches()).isEqualTo(1);
        });
  }
}
