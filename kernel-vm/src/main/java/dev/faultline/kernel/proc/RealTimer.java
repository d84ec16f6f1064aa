// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import org.jspecify.annotations.Nullable;

/** The timer of a process that runs in real time and sends SIGALRM. */
public final class RealTimer {
  private final Process process;
  private Callouts.@Nullable Callout callout;
  private long due;
  private long interval;

  RealTimer(Process process) {
    this.process = process;
  }

  /** Nanoseconds until it runs out; 0 if it does not run. */
  public long remaining() {
    return callout == null ? 0 : Math.max(1, due - process.system.now());
  }

  /** Nanoseconds after which it runs out again and again; 0 for once. */
  public long interval() {
    return interval;
  }

  /**
   * Sets it.
   *
   * @param delay nanoseconds from now, 0 to stop it
   * @param newInterval nanoseconds, 0 for once
   * @return false if there is no room for the kernel thread that it takes
   */
  public boolean set(long delay, long newInterval) {
    Callouts.Callout old = callout;
    if (old != null) {
      process.system.callouts().cancel(old);
      callout = null;
    }
    interval = newInterval;
    return delay == 0 || schedule(process.system.now() + delay);
  }

  private boolean schedule(long when) {
    due = when;
    callout = process.system.callouts().at(when, this::ranOut);
    return callout != null;
  }

  private void ranOut() {
    callout = null;
    process
        .system
        .signals()
        .post(process, new SignalInfo(Signal.ALRM, SignalInfo.KERNEL, 0, 0, 0, 0, 0));
    if (interval > 0 && process.isAlive()) {
      // Periods that went by unseen are skipped: the next one lies ahead.
      long late = process.system.now() - due;
      schedule(due + interval * (late / interval + 1));
    }
  }
}
