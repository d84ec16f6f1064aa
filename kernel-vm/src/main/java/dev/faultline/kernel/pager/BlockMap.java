// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;

/**
 * Where the blocks of a file lie on a disk: with it the pager moves pages between disk and frames
 * itself, many in one request.
 *
 * <p>Calls may sleep. They are made with the vnode's lock held, for {@link #allocate} exclusively,
 * so that no block moves meanwhile.
 */
public interface BlockMap {
  /** Instead of a sector: the block has no place and reads as zeros. */
  long HOLE = -1;

  /** Instead of a sector: the map itself cannot be read or makes no sense. */
  long IO_ERROR = -2;

  /** Instead of a sector: there is no room for the block. */
  long NO_SPACE = -3;

  /** Blocks around one that lie in step with it on the disk; filled by {@link #find}. */
  final class Run {
    /** Blocks right before it. */
    public int before;

    /** Blocks right after it. */
    public int after;

    /** None. */
    public Run() {}

    /** Sets both. */
    public void set(int blocksBefore, int blocksAfter) {
      before = blocksBefore;
      after = blocksAfter;
    }
  }

  /** The disk. */
  BlockDevice disk();

  /** Bytes in a block: a power of two, 512 or more. */
  int blockSize();

  /**
   * Where a block of the file begins.
   *
   * @param run receives its neighbours on the disk, none for what is not on it
   * @return a sector; {@link #HOLE}, {@link #IO_ERROR}
   */
  long find(long block, Run run);

  /**
   * Where a block of the file is to be written, which gets a place if it has none.
   *
   * @return a sector; {@link #NO_SPACE}, {@link #IO_ERROR}
   */
  long allocate(long block);
}
