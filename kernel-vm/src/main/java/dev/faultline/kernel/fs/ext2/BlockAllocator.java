// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.pager.BlockMap;
import dev.faultline.kernel.vm.ProcessThread;
import org.jspecify.annotations.Nullable;

/**
 * Gives blocks out, near to where they are wanted: the wanted one itself, then eight free ones
 * together in its group, then any free one there, then the other groups in turn.
 *
 * <p>The search in a bitmap and its change happen without a sleep between, so no lock is needed.
 */
final class BlockAllocator {
  private final Ext2Fs fs;

  BlockAllocator(Ext2Fs fs) {
    this.fs = fs;
  }

  /**
   * Takes a block, if the running process may have it: the last ones are for the superuser, and for
   * the kernel, which has no process. May sleep.
   *
   * @param goal the block wanted most
   * @return a block, {@link BlockMap#NO_SPACE} or {@link BlockMap#IO_ERROR}
   */
  long allocate(long goal) {
    long block = search(goal);
    if (block == BlockMap.NO_SPACE && fs.writeBack().releaseFreed()) {
      block = search(goal);
    }
    return block;
  }

  private long search(long goal) {
    Superblock shape = fs.shape();
    if (fs.superblock().freeBlocks() <= shape.reservedBlocks() && !mayTakeReserve()) {
      return BlockMap.NO_SPACE;
    }
    long near = fs.isDataBlock(goal) ? goal : shape.firstDataBlock();
    int first = shape.groupOfBlock(near);
    boolean unreadable = false;
    for (int i = 0; i < shape.groups(); i++) {
      int group = (first + i) % shape.groups();
      if (fs.groups().freeBlocks(group) == 0) {
        continue;
      }
      int from = i == 0 ? (int) (near - shape.groupStart(group)) : 0;
      long block = inGroup(group, from);
      if (block >= 0) {
        return block;
      }
      unreadable |= block == BlockMap.IO_ERROR;
    }
    return unreadable ? BlockMap.IO_ERROR : BlockMap.NO_SPACE;
  }

  private boolean mayTakeReserve() {
    return !(fs.layer().scheduler().current().owner() instanceof ProcessThread thread
            && thread.process() instanceof Caller process)
        || process.credentials().isSuperuser();
  }

  private long inGroup(int group, int from) {
    Buffer bitmap = fs.cache().read(fs.groups().blockBitmap(group));
    if (bitmap == null) {
      return BlockMap.IO_ERROR;
    }
    fs.superblock().prepareCounts(group, bitmap);
    int end = fs.shape().groupLength(group);
    long found = BlockMap.NO_SPACE;
    int bit = choose(bitmap, from, end);
    while (bit >= 0 && found < 0) {
      Bitmap.set(bitmap, bit);
      fs.cache().dirty(bitmap);
      long block = fs.shape().groupStart(group) + bit;
      if (fs.groups().isMetadata(block)) {
        fs.complain("block " + block + " of metadata was marked free");
        bit = Bitmap.nextClear(bitmap, 0, end);
      } else {
        found = block;
        fs.superblock().countBlocks(group, -1);
      }
    }
    fs.cache().release(bitmap);
    return found;
  }

  private static int choose(Buffer bitmap, int from, int end) {
    if (from > 0 && from < end && !Bitmap.test(bitmap, from)) {
      return from;
    }
    int bit = from > 0 ? Bitmap.nextClear(bitmap, from, Math.min(end, (from | 63) + 1)) : -1;
    if (bit < 0) {
      bit = Bitmap.nextClearByte(bitmap, from, end);
    }
    if (bit < 0) {
      bit = Bitmap.nextClear(bitmap, from, end);
    }
    return bit < 0 ? Bitmap.nextClear(bitmap, 0, from) : bit;
  }

  /** Gives blocks back that nothing on the disk points to; false if the bitmap cannot be read. */
  boolean free(FreedSpace.Run run) {
    int group = fs.shape().groupOfBlock(run.start());
    int bit = (int) (run.start() - fs.shape().groupStart(group));
    int left = run.count();
    while (left > 0) {
      int n = Math.min(left, fs.shape().blocksPerGroup() - bit);
      @Nullable Buffer bitmap = fs.cache().read(fs.groups().blockBitmap(group));
      if (bitmap == null) {
        return false;
      }
      fs.superblock().prepareCounts(group, bitmap);
      int freed = 0;
      for (int i = bit; i < bit + n; i++) {
        if (Bitmap.test(bitmap, i)) {
          Bitmap.clear(bitmap, i);
          freed++;
        }
      }
      fs.cache().dirty(bitmap);
      fs.superblock().countBlocks(group, freed);
      fs.cache().release(bitmap);
      if (freed < n) {
        fs.complain("blocks of group " + group + " were freed twice");
      }
      left -= n;
      bit = 0;
      group++;
    }
    return true;
  }
}
