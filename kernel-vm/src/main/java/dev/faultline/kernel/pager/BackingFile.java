// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import org.jspecify.annotations.Nullable;

/**
 * A file below its pages: what is read when a page is not resident, and written when a dirty page
 * shall go. Calls may sleep; no page of the file is asked for again meanwhile.
 *
 * <p>A file on a disk has a {@link BlockMap}; others are read and written by calls, page by page.
 */
public interface BackingFile {
  /** Result of a transfer: the data could not be read or written. */
  int IO_ERROR = -1;

  /** Result of {@link #store}: not now, and perhaps never; the page stays dirty in memory. */
  int NOT_NOW = -2;

  /** Result of {@link #fetch}: there is no room for one more page of this file. */
  int NO_SPACE = -3;

  /** False once the file system has gone (V3, V5). */
  default boolean isMounted() {
    return true;
  }

  /** Size in bytes. */
  long size();

  /** Where it lies on a disk; null if it does not, and is read and written by calls (V6). */
  default @Nullable BlockMap blockMap() {
    return null;
  }

  /** True if a page inside the file has no data of its own and reads as zeros (V3). */
  default boolean isHole(int pageIndex) {
    return false;
  }

  /**
   * Reads bytes inside the file. Not called if there is a block map.
   *
   * @return bytes read, the rest of the page being zeros; {@link #IO_ERROR}, {@link #NO_SPACE}
   */
  default int fetch(long position, byte[] to, int offset, int size) {
    return IO_ERROR;
  }

  /**
   * Writes bytes inside the file; on return they are on the store (V24). Not called if there is a
   * block map.
   *
   * @return {@code size}; {@link #IO_ERROR}, {@link #NOT_NOW}
   */
  default int store(long position, byte[] from, int offset, int size) {
    return IO_ERROR;
  }
}
