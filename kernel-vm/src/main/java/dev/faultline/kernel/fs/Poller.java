// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Waits for any of several open files: poll and select are built on it.
 *
 * <p>Usage: ask each file with the poller; nothing ready → {@link #await}; ask again; in the end
 * {@link #close}. A change between asking and waiting is not lost, since nothing runs between.
 */
public final class Poller {
  private final Scheduler scheduler;
  private final List<PollHead> heads = new ArrayList<>();

  /** A poller that waits for nothing yet. */
  public Poller(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Adds what wakes this poller; called by {@link OpenFile#poll}. */
  public void watch(PollHead head) {
    if (!heads.contains(head)) {
      heads.add(head);
      head.add(this);
    }
  }

  /** Sleeps until a watched head wakes, a signal comes, or the deadline (virtual ns) passes. */
  public WakeReason await(long deadline) {
    return scheduler.sleep(this, true, deadline);
  }

  /** Stops watching. */
  public void close() {
    for (PollHead head : heads) {
      head.remove(this);
    }
    heads.clear();
  }

  void ready() {
    scheduler.wakeup(this);
  }

  /**
   * The poll call.
   *
   * @param files null where the descriptor is not open (reported as NVAL) or negative (ignored)
   * @param ignored true where the entry is to be skipped
   * @param events what is asked for
   * @param revents receives what is ready
   * @param deadline virtual nanoseconds; in the past for a call that must not wait
   * @return entries with a non-zero result, 0 at the deadline, or -ERESTARTNOHAND
   */
  public static int poll(
      Scheduler scheduler,
      @Nullable OpenFile[] files,
      boolean[] ignored,
      int[] events,
      int[] revents,
      long deadline) {
    for (OpenFile file : files) {
      if (file != null) {
        file.hold();
      }
    }
    Poller poller = new Poller(scheduler);
    int ready;
    WakeReason reason = WakeReason.WOKEN;
    while (true) {
      ready = scan(files, ignored, events, revents, poller);
      if (ready != 0 || reason != WakeReason.WOKEN) {
        break;
      }
      reason = poller.await(deadline);
    }
    poller.close();
    for (OpenFile file : files) {
      if (file != null) {
        file.release();
      }
    }
    if (ready == 0 && reason == WakeReason.INTERRUPTED) {
      return -Errno.ERESTARTNOHAND;
    }
    return ready;
  }

  private static int scan(
      @Nullable OpenFile[] files,
      boolean[] ignored,
      int[] events,
      int[] revents,
      @Nullable Poller poller) {
    int ready = 0;
    for (int i = 0; i < files.length; i++) {
      OpenFile file = files[i];
      if (ignored[i]) {
        revents[i] = 0;
      } else if (file == null) {
        revents[i] = PollEvents.NVAL;
      } else {
        int state = file.poll(poller);
        revents[i] = state & (events[i] | PollEvents.ALWAYS);
      }
      if (revents[i] != 0) {
        ready++;
      }
    }
    return ready;
  }
}
