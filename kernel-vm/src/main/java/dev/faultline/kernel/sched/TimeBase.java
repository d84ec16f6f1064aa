// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/** What the scheduler needs to know of the machine's time. Called with the kernel token held. */
public interface TimeBase {
  /** Virtual nanoseconds since the machine started. */
  long now();

  /**
   * Called when no thread can run. Lets time pass until something has happened that may have made
   * one runnable: device events are run, or the clock has reached {@code deadline}.
   *
   * @param deadline virtual time at which a sleeper times out; {@link Scheduler#NO_DEADLINE} if
   *     none
   * @return false if nothing can ever happen any more: no event, no deadline, no input to wait for
   */
  boolean idle(long deadline);
}
