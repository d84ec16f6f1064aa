// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

/**
 * How long a disk takes, in virtual time. A model keeps what the disk is doing: where its arm is,
 * which of its channels are busy until when.
 */
public interface Latency {
  /**
   * A request arrives.
   *
   * @param now virtual nanoseconds, never less than at the call before
   * @param sector the first one
   * @param bytes to transfer
   * @param writeBack true if a write is done when it is in the disk's cache
   * @return when it is done, virtual nanoseconds, not before {@code now}
   */
  long completion(long now, DiskOperation operation, long sector, int bytes, boolean writeBack);

  /** A disk that takes no time. */
  static Latency none() {
    return (now, operation, sector, bytes, writeBack) -> now;
  }
}
