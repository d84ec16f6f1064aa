// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: an order of events that no run happens to take. A policy takes them all: it replays a
 * prefix of choices, takes the first one after it, and moves on like an odometer.
 */
final class InterleavingTest {
  /** Counts through all sequences of choices. */
  private static final class Explorer implements SchedulingPolicy {
    private final List<Integer> choices = new ArrayList<>();
    private final List<Integer> counts = new ArrayList<>();
    private int position;

    @Override
    public int choose(RunQueue queue, int count) {
      assertThat(queue.size()).isEqualTo(count);
      assertThat(queue.get(count - 1).state()).isEqualTo(KernelThread.State.RUNNABLE);
      if (position == choices.size()) {
        choices.add(0);
        counts.add(count);
      }
      assertThat(counts.get(position)).as("the replay is exact").isEqualTo(count);
      return choices.get(position++);
    }

    /** Sets up the next run; false when all have been. */
    boolean advance() {
      position = 0;
      while (!choices.isEmpty() && choices.getLast() + 1 == counts.getLast()) {
        choices.removeLast();
        counts.removeLast();
      }
      if (choices.isEmpty()) {
        return false;
      }
      choices.set(choices.size() - 1, choices.getLast() + 1);
      return true;
    }
  }

  /** Runs the scenario in all orders; counts how often each result came. */
  private static Map<String, Integer> results(Supplier<Scenario> scenarios) {
    Explorer explorer = new Explorer();
    Map<String, Integer> results = new HashMap<>();
    do {
      TestMachine machine = new TestMachine();
      machine.scheduler.setPolicy(explorer);
      Scenario scenario = scenarios.get();
      machine.run(() -> scenario.run(machine));
      machine.scheduler.stop();
      results.merge(scenario.result(), 1, Integer::sum);
    } while (explorer.advance());
    return results;
  }

  private interface Scenario {
    void run(TestMachine machine);

    String result();
  }

  /** Threads that read, let others run, and write back. */
  private static final class Counter implements Scenario {
    private final int threads;
    private final boolean locked;
    private int count;
    private boolean busy;
    private int done;

    Counter(int threads, boolean locked) {
      this.threads = threads;
      this.locked = locked;
    }

    @Override
    public void run(TestMachine machine) {
      Scheduler scheduler = machine.scheduler;
      for (int i = 0; i < threads; i++) {
        scheduler.spawn(
            "t" + i,
            () -> {
              while (locked && busy) {
                machine.sleep(this);
              }
              busy = true;
              int old = count;
              scheduler.yieldNow();
              count = old + 1;
              busy = false;
              scheduler.wakeup(this);
              done++;
            });
      }
      while (done < threads) {
        machine.sleep(this);
      }
    }

    @Override
    public String result() {
      return "count " + count;
    }
  }

  @Test
  @DisplayName(
      "two unguarded increments: the order that loses an update is found, and the one that does"
          + " not")
  void lostUpdateIsFound() {
    Map<String, Integer> results = results(() -> new Counter(2, false));

    assertThat(results).containsOnlyKeys("count 1", "count 2");
  }

  @Test
  @DisplayName("three increments under a busy flag with sleep and wakeup: no order loses any")
  void busyFlagHolds() {
    Map<String, Integer> results = results(() -> new Counter(3, true));

    assertThat(results).containsOnlyKeys("count 3");
    assertThat(results.get("count 3")).isGreaterThan(20);
  }

  @Test
  @DisplayName("three unguarded increments can end with one, two or three")
  void threeThreads() {
    Map<String, Integer> results = results(() -> new Counter(3, false));

    assertThat(results).containsOnlyKeys("count 1", "count 2", "count 3");
  }

  @Test
  @DisplayName("independent threads of one step: each permutation comes once")
  void permutations() {
    Map<String, Integer> results = results(Steps::new);

    assertThat(results).hasSize(6).containsValue(1);
    assertThat(results.values()).containsOnly(1);
  }

  /** Three threads that each do one thing; the first of all is the execute thread's sleep. */
  private static final class Steps implements Scenario {
    private final StringBuilder order = new StringBuilder();

    @Override
    public void run(TestMachine machine) {
      for (String name : new String[] {"a", "b", "c"}) {
        machine.scheduler.spawn(
            name,
            () -> {
              order.append(name);
              if (order.length() == 3) {
                machine.scheduler.wakeup(this);
              }
            });
      }
      machine.sleep(this);
    }

    @Override
    public String result() {
      return order.toString();
    }
  }
}
