// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Calls things at a time: a kernel thread that sleeps until the earliest of them is due. It is made
 * when first needed.
 */
public final class Callouts {
  /** Something to be called at a time. */
  static final class Callout {
    final long time;
    final long sequence;
    final Runnable action;

    Callout(long time, long sequence, Runnable action) {
      this.time = time;
      this.sequence = sequence;
      this.action = action;
    }
  }

  private final Scheduler scheduler;
  private final TimeBase clock;
  private final PriorityQueue<Callout> queue =
      new PriorityQueue<>(
          (a, b) ->
              a.time != b.time
                  ? Long.compare(a.time, b.time)
                  : Long.compare(a.sequence, b.sequence));
  private long sequence;
  private @Nullable KernelThread thread;

  Callouts(Scheduler scheduler, TimeBase clock) {
    this.scheduler = scheduler;
    this.clock = clock;
  }

  /**
   * Has an action called by the callout thread.
   *
   * @return what {@link #cancel} takes; null if there is no room for the thread
   */
  @Nullable Callout at(long time, Runnable action) {
    if (thread == null) {
      if (!scheduler.canSpawn()) {
        return null;
      }
      thread = scheduler.spawn("callouts", this::run);
    }
    Callout c = new Callout(time, ++sequence, action);
    queue.add(c);
    scheduler.wakeup(this);
    return c;
  }

  /** Takes an action back that has not been called. */
  void cancel(Callout callout) {
    queue.remove(callout);
  }

  private void run() {
    while (true) {
      Callout first = queue.peek();
      if (first != null && first.time <= clock.now()) {
        queue.remove();
        first.action.run();
      } else {
        scheduler.sleep(this, false, first == null ? Scheduler.NO_DEADLINE : first.time);
      }
    }
  }
}
