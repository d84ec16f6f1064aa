// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.RunQueue;
import dev.faultline.kernel.sched.SchedulingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs a scenario in every order that the scheduler could take, up to a bound: it replays a prefix
 * of choices, takes the first one after it, and counts through all prefixes like an odometer. At
 * every switch all invariants are checked.
 */
final class Interleavings {
  private static final int EFFORT = Integer.getInteger("faultline.effort", 1);

  private Interleavings() {}

  /** Chooses by the prefix, then the first, and behind the bound always the first. */
  private static final class Explorer implements SchedulingPolicy {
    private final int bound;
    private final List<Integer> choices = new ArrayList<>();
    private final List<Integer> counts = new ArrayList<>();
    private int position;
    private Runnable check = () -> {};

    Explorer(int bound) {
      this.bound = bound;
    }

    @Override
    public int choose(RunQueue queue, int count) {
      check.run();
      if (count == 1 || position == bound) {
        return 0;
      }
      if (position == choices.size()) {
        choices.add(0);
        counts.add(count);
      }
      if (counts.get(position) != count) {
        throw new AssertionError("the replay is not exact at choice " + position);
      }
      return choices.get(position++);
    }

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

  /**
   * How many choices deep scenarios are explored: {@code normal}, or in a long run {@code deep}.
   */
  static int bound(int normal, int deep) {
    return EFFORT == 1 ? normal : deep;
  }

  /**
   * Runs a scenario in all orders, each time on a fresh machine of 2 MiB.
   *
   * @param bound choices that are explored; all later ones are first come, first served
   * @return how many orders there were
   */
  static int explore(String name, int bound, Consumer<TestMachine> scenario) {
    Explorer explorer = new Explorer(bound);
    int runs = 0;
    do {
      TestMachine m = new TestMachine(2);
      explorer.check = () -> VmInvariants.check(m.vm);
      m.scheduler.setPolicy(explorer);
      try {
        m.run(() -> scenario.accept(m));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(name + ", choices " + explorer.choices + ": " + e, e);
      } finally {
        m.scheduler.stop();
      }
      runs++;
    } while (explorer.advance());
    return runs;
  }
}
