// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** A scheduler on a clock of its own, whose events are Java code, and a log of what happened. */
final class TestMachine implements TimeBase {
  final Scheduler scheduler;
  final List<String> log = new ArrayList<>();

  private record Event(long at, int order, Runnable action) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingInt(Event::order));
  private int eventOrder;
  private long now;

  TestMachine() {
    this(1_000);
  }

  TestMachine(int maxThreads) {
    scheduler = new Scheduler(this, maxThreads);
  }

  /**
   * Runs an action, as a device would, when nobody can run and the clock has come to {@code at}.
   */
  TestMachine event(long at, Runnable action) {
    events.add(new Event(at, eventOrder++, action));
    return this;
  }

  /** Lets time pass while the current thread runs. */
  void advance(long nanoseconds) {
    now += nanoseconds;
    scheduler.expireDeadlines();
  }

  /** Creates a thread that logs why its one sleep on {@code channel} ended. */
  KernelThread sleeper(String name, Object channel, boolean interruptible, long deadline) {
    return scheduler.spawn(
        name, () -> log.add(name + " " + scheduler.sleep(channel, interruptible, deadline)));
  }

  /** Creates a thread that sleeps on {@code channel} until it is woken. */
  KernelThread sleeper(String name, Object channel) {
    return sleeper(name, channel, false, Scheduler.NO_DEADLINE);
  }

  void sleep(Object channel) {
    scheduler.sleep(channel, false, Scheduler.NO_DEADLINE);
  }

  /** Lets all others run until they sleep. */
  void settle() {
    while (scheduler.runnable() > 0) {
      scheduler.yieldNow();
    }
  }

  void run(Runnable body) {
    scheduler.execute("main", body);
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public boolean idle(long deadline) {
    Event next = events.peek();
    if (next != null && next.at <= deadline) {
      events.remove();
      now = Math.max(now, next.at);
      next.action.run();
      return true;
    }
    if (deadline == Scheduler.NO_DEADLINE) {
      return false;
    }
    now = Math.max(now, deadline);
    return true;
  }
}
