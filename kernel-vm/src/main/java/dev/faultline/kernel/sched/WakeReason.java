// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/** Why a {@link Scheduler#sleep} ended. */
public enum WakeReason {
  /** Somebody called {@link Scheduler#wakeup} on the channel. Guarantees nothing: test again. */
  WOKEN,
  /** The sleep was interruptible and the thread has a signal to look at. */
  INTERRUPTED,
  /** The deadline passed. */
  TIMED_OUT
}
