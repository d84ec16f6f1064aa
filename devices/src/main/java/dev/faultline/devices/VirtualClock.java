// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

/**
 * Virtual time: nanoseconds since the machine was switched on. It moves only when it is told to,
 * and never back. For the machine's thread.
 */
public final class VirtualClock {
  private long now;

  /** A clock at zero. */
  public VirtualClock() {}

  /** Nanoseconds since the machine was switched on. */
  public long now() {
    return now;
  }

  /**
   * Lets time pass.
   *
   * @param nanoseconds not negative
   */
  public void advance(long nanoseconds) {
    if (nanoseconds < 0) {
      throw new IllegalArgumentException("time cannot go back by " + -nanoseconds + " ns");
    }
    now += nanoseconds;
  }

  /** Lets time pass until {@code time}; a time that is already past changes nothing. */
  public void advanceTo(long time) {
    if (time > now) {
      now = time;
    }
  }
}
