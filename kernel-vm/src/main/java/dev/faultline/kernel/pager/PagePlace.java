// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** Where a page of a mapped file lies on its disk, and how many pages around it in step (V4). */
final class PagePlace {
  /** Instead of a sector: its blocks do not follow one another, or some are holes (V7). */
  static final long SCATTERED = -4;

  private final BlockMap.Run run = new BlockMap.Run();
  private @Nullable BlockMap blocks;
  private long size;

  /** Next unused one. */
  @Nullable PagePlace next;

  /** Pages before and after it that one transfer could bring along. */
  int before;

  int after;

  /** Is about a file of so many bytes from now on. */
  void begin(BlockMap map, long bytes) {
    blocks = map;
    size = bytes;
  }

  /** Is about nothing any more. */
  void end() {
    blocks = null;
  }

  private BlockMap map() {
    BlockMap map = blocks;
    if (map == null) {
      throw new KernelPanic("a page is looked up in no file");
    }
    return map;
  }

  /**
   * Looks a page up, which begins inside the file. Blocks beyond the end of the file do not count.
   *
   * @return its first sector; {@link BlockMap#HOLE} if all of it is one, {@link BlockMap#IO_ERROR},
   *     {@link #SCATTERED}
   */
  long find(int index) {
    before = 0;
    after = 0;
    int blockSize = map().blockSize();
    return blockSize >= Page.SIZE
        ? inLargeBlock(index, blockSize / Page.SIZE)
        : ofSmallBlocks(index, Page.SIZE / blockSize);
  }

  private long inLargeBlock(int index, int perBlock) {
    long sector = map().find(index / perBlock, run);
    if (sector < 0) {
      return sector;
    }
    int within = index % perBlock;
    before = run.before * perBlock + within;
    long pages = (size + Page.OFFSET_MASK) >>> Page.SHIFT;
    after = (int) Math.min((long) run.after * perBlock + perBlock - 1 - within, pages - 1 - index);
    return sector + (long) within * (Page.SIZE / BlockDevice.SECTOR);
  }

  private long ofSmallBlocks(int index, int perPage) {
    BlockMap map = map();
    long block = (long) index * perPage;
    long end = (size + map.blockSize() - 1) / map.blockSize();
    long sector = map.find(block, run);
    if (sector == BlockMap.IO_ERROR) {
      return sector;
    }
    int inside = (int) Math.min(perPage, end - block);
    if (sector >= 0 && run.after >= inside - 1) {
      before = run.before / perPage;
      long runEnd = Math.min(block + run.after + 1, end);
      long lastPage = runEnd == end ? (end - 1) / perPage : runEnd / perPage - 1;
      after = (int) (lastPage - index);
      return sector;
    }
    boolean hole = sector == BlockMap.HOLE;
    for (int i = 1; i < inside && hole; i++) {
      long next = map.find(block + i, run);
      if (next == BlockMap.IO_ERROR) {
        return next;
      }
      hole = next == BlockMap.HOLE;
    }
    return hole ? BlockMap.HOLE : SCATTERED;
  }
}
