// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

/**
 * Exact conversion between virtual nanoseconds and the cycles of an oscillator that started at time
 * zero: no drift however long the machine runs.
 *
 * @param hertz cycles per second
 */
record Oscillator(long hertz) {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Number of whole cycles by that time. */
  long cycles(long nanoseconds) {
    long seconds = nanoseconds / NANOS_PER_SECOND;
    long rest = nanoseconds % NANOS_PER_SECOND;
    return seconds * hertz + rest * hertz / NANOS_PER_SECOND;
  }

  /** The first nanosecond at which {@link #cycles} gives at least {@code cycles}. */
  long time(long cycles) {
    long seconds = cycles / hertz;
    long rest = cycles % hertz;
    return seconds * NANOS_PER_SECOND + (rest * NANOS_PER_SECOND + hertz - 1) / hertz;
  }
}
