// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

/**
 * A disk as file systems and pagers see it: sectors by number, requests that complete later.
 *
 * <p>Threading: called under the kernel token. Requests that are under way together are carried out
 * in any order; who wants an order waits, or flushes between.
 */
public interface BlockDevice {
  /** Bytes in a sector, the unit of every position. */
  int SECTOR = 512;

  /** Its name: "vda". */
  String name();

  /** Its number, major times 256 plus minor, as {@code st_rdev} shows it. */
  int number();

  /** Its size in sectors. */
  long sectors();

  /** True if every write is refused. */
  boolean readOnly();

  /**
   * Most segments that one request may have; at least 32.
   *
   * @see BlockRequest#add
   */
  int maxSegments();

  /** Who uses it. */
  DiskUse use();

  /** What it has done. */
  DiskStatistics statistics();

  /**
   * Queues a request. Never sleeps and never completes it before it returns; a request beyond the
   * end or a write to a read-only disk completes with an error as any other.
   */
  void submit(BlockRequest request);
}
