// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: an order that comes from the host: identity hashes, carrier threads, time. The same
 * program must give the same schedule each time, with few threads and with thousands.
 */
final class RepeatableScheduleTest {
  @Test
  @DisplayName("50 threads, 20,000 steps: the same schedule in every run")
  void fewThreads() {
    List<String> first = schedule(50, 400);

    assertThat(first).hasSizeGreaterThan(20_000);
    for (int run = 0; run < 3; run++) {
      assertThat(schedule(50, 400)).isEqualTo(first);
    }
  }

  @Test
  @DisplayName("5,000 threads: the same schedule in every run")
  void thousandsOfThreads() {
    assertThat(schedule(5_000, 4)).isEqualTo(schedule(5_000, 4));
  }

  /** Threads that sleep, yield, wake and interrupt at random; what happened, step by step. */
  private static List<String> schedule(int count, int steps) {
    TestMachine machine = new TestMachine(count + 1);
    Scheduler scheduler = machine.scheduler;
    Object[] channels = new Object[16];
    for (int i = 0; i < channels.length; i++) {
      channels[i] = new Object();
    }
    List<KernelThread> threads = new ArrayList<>();
    machine.run(
        () -> {
          for (int i = 0; i < count; i++) {
            Random random = new Random(i);
            threads.add(
                scheduler.spawn(
                    "t" + i,
                    () -> {
                      for (int step = 0; step < steps; step++) {
                        machine.log.add(
                            scheduler.current() + step(machine, channels, threads, random));
                      }
                    }));
          }
          while (scheduler.threads().size() > 1) {
            scheduler.sleep(machine, false, machine.now() + 1_000);
          }
        });
    machine.log.add("switches " + scheduler.switches() + ", time " + machine.now());
    return machine.log;
  }

  private static String step(
      TestMachine machine, Object[] channels, List<KernelThread> threads, Random random) {
    Scheduler scheduler = machine.scheduler;
    Object channel = channels[random.nextInt(channels.length)];
    switch (random.nextInt(6)) {
      case 0 -> scheduler.wakeup(channel);
      case 1 -> scheduler.wakeupOne(channel);
      case 2 -> scheduler.interrupt(threads.get(random.nextInt(threads.size())));
      case 3 -> scheduler.yieldNow();
      default -> {
        scheduler.current().setInterruptPending(false);
        long deadline = machine.now() + random.nextInt(100);
        return " " + scheduler.sleep(channel, random.nextBoolean(), deadline);
      }
    }
    machine.advance(1);
    return "";
  }
}
