// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

/**
 * A solid-state disk: so much for each request, so much for each byte, on one of a few channels
 * that work side by side. A flush waits for all of them.
 */
public final class SsdLatency implements Latency {
  /** Requests that it carries out side by side. */
  public static final int CHANNELS = 8;

  /** Virtual nanoseconds for a read, whatever its size: the time of a flash page. */
  public static final long READ = 60_000;

  /** The same for a write, which ends in the disk's memory. */
  public static final long WRITE = 15_000;

  /** The same for a write that has to reach the flash, and for a flush. */
  public static final long PROGRAM = 200_000;

  /** Bytes in a virtual microsecond on one channel: 500 MB/s. */
  public static final int BYTES_PER_MICROSECOND = 500;

  private final long[] busyUntil = new long[CHANNELS];

  /** A disk at rest. */
  public SsdLatency() {}

  @Override
  public long completion(
      long now, DiskOperation operation, long sector, int bytes, boolean writeBack) {
    if (operation == DiskOperation.FLUSH) {
      long last = now;
      for (long end : busyUntil) {
        last = Math.max(last, end);
      }
      return last + PROGRAM;
    }
    int channel = 0;
    for (int i = 1; i < CHANNELS; i++) {
      if (busyUntil[i] < busyUntil[channel]) {
        channel = i;
      }
    }
    long fixed = operation == DiskOperation.READ ? READ : writeBack ? WRITE : PROGRAM;
    long end = Math.max(now, busyUntil[channel]) + fixed + bytes * 1000L / BYTES_PER_MICROSECOND;
    busyUntil[channel] = end;
    return end;
  }
}
