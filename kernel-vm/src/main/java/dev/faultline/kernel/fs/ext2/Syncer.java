// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;

/**
 * The daemon that writes back what has changed, some time after it did. It sleeps without a
 * deadline while nothing has: an idle machine stays idle.
 */
final class Syncer {
  /** How long changes stay in memory only, in virtual nanoseconds. */
  private static final long DELAY = 5_000_000_000L;

  private final Scheduler scheduler;
  private final TimeBase time;
  private final Runnable writeBack;
  private boolean needed;
  private boolean hurried;
  private boolean stopped;

  Syncer(Scheduler scheduler, TimeBase time, Runnable writeBack) {
    this.scheduler = scheduler;
    this.time = time;
    this.writeBack = writeBack;
  }

  void start() {
    scheduler.spawn("syncer", this::run);
  }

  /** Something has changed. Never sleeps. */
  void need() {
    if (!needed) {
      needed = true;
      scheduler.wakeup(this);
    }
  }

  /** Memory is short: writes back now (D19). Never sleeps. */
  void hurry() {
    needed = true;
    hurried = true;
    scheduler.wakeup(this);
  }

  /** Ends the daemon. */
  void stop() {
    stopped = true;
    scheduler.wakeup(this);
  }

  private void run() {
    while (!stopped) {
      if (!needed) {
        scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
        continue;
      }
      long deadline = time.now() + DELAY;
      while (!stopped && !hurried && time.now() < deadline) {
        scheduler.sleep(this, false, deadline);
      }
      if (!stopped) {
        needed = false;
        hurried = false;
        writeBack.run();
      }
    }
  }
}
