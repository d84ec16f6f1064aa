// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.pager.BlockMap;
import dev.faultline.mmu.Page;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which block of the disk holds which block of a file: twelve pointers in the inode, then trees of
 * one, two and three levels of indirect blocks.
 *
 * <p>Callers exclude each other: by the vnode's lock for a regular file, by the lock on names for a
 * directory. A new indirect block is on the disk before anything points to it.
 */
final class BlockTree {
  private static final int DIRECT = 12;
  private static final int MAX_LEVEL = 3;

  /** Bytes of neighbours, on either side, that a caller of {@link #find} has a use for. */
  private static final int REACH = 16 * Page.SIZE;

  /** Blocks freed between two updates of the inode. */
  private static final long STEP = 16_384;

  private final Ext2Fs fs;
  private final Ext2Vnode vnode;
  private final int perBlock;
  private final int bits;
  private final int reach;
  private long lastPlaced;

  /**
   * The run of blocks that {@link #find} saw last: most of the time the next block is in it too.
   * Where it neither begins nor ends nobody has looked further.
   */
  private long runFirst;

  private long runPlace;
  private long runLength;
  private boolean runBegins;
  private boolean runEnds;

  BlockTree(Ext2Fs fs, Ext2Vnode vnode) {
    this.fs = fs;
    this.vnode = vnode;
    perBlock = fs.shape().blockSize() / 4;
    bits = Integer.numberOfTrailingZeros(perBlock);
    reach = REACH / fs.shape().blockSize();
  }

  /** Blocks that a tree of this height below one pointer can hold. */
  private long span(int level) {
    return 1L << bits * level;
  }

  /** The number of the first block that no file can have. */
  long maxBlocks() {
    return DIRECT + span(1) + span(2) + span(3);
  }

  /** Height of the tree that holds a block: 0 for the inode's own pointers. */
  private int levelOf(long block) {
    long rest = block - DIRECT;
    int level = 0;
    while (rest >= 0 && level < MAX_LEVEL) {
      level++;
      if (rest < span(level)) {
        return level;
      }
      rest -= span(level);
    }
    return level;
  }

  /** Number of a block in the tree that holds it. */
  private long inTree(long block, int level) {
    long rest = block;
    if (level > 0) {
      rest -= DIRECT;
    }
    for (int i = 1; i < level; i++) {
      rest -= span(i);
    }
    return rest;
  }

  private static int root(long block, int level) {
    return level == 0 ? (int) block : DIRECT + level - 1;
  }

  // ---- finding ---------------------------------------------------------------------------------

  /**
   * The block of the disk; {@link BlockMap#HOLE}, {@link BlockMap#IO_ERROR}. May sleep.
   *
   * @param run receives the neighbours on the disk, as far as {@link #REACH} at least
   */
  long find(long block, BlockMap.Run run) {
    long inRun = block - runFirst;
    if (inRun >= 0
        && inRun < runLength
        && (runBegins || inRun >= reach)
        && (runEnds || runLength - inRun > reach)) {
      run.set((int) inRun, (int) (runLength - 1 - inRun));
      return runPlace + inRun;
    }
    long place = search(block, run);
    if (place >= 0) {
      runFirst = block - run.before;
      runPlace = place - run.before;
      runLength = run.before + 1L + run.after;
      runBegins = run.before < 2 * reach;
      runEnds = run.after < 2 * reach;
    }
    return place;
  }

  private long search(long block, BlockMap.Run run) {
    run.set(0, 0);
    if (block < 0 || block >= maxBlocks()) {
      return BlockMap.HOLE;
    }
    int level = levelOf(block);
    long within = inTree(block, level);
    if (level == 0) {
      return here(null, (int) block, DIRECT, run);
    }
    long at = vnode.pointer(root(block, level)) & 0xFFFF_FFFFL;
    for (int left = level; left > 0; left--) {
      if (at == 0) {
        return BlockMap.HOLE;
      }
      Buffer b = indirect(at);
      if (b == null) {
        return BlockMap.IO_ERROR;
      }
      int index = (int) (within >>> bits * (left - 1)) & perBlock - 1;
      at = left == 1 ? here(b, index, perBlock, run) : b.getUnsigned32(index * 4);
      fs.cache().release(b);
    }
    return at;
  }

  private @Nullable Buffer indirect(long block) {
    if (!fs.isDataBlock(block)) {
      fs.complain("inode " + vnode.ino() + " has block " + block + ", which is no block for data");
      return null;
    }
    return fs.cache().read(block);
  }

  private long at(@Nullable Buffer holder, int index) {
    return holder == null ? vnode.pointer(index) & 0xFFFF_FFFFL : holder.getUnsigned32(index * 4);
  }

  /** One pointer of those that lie together, and how far it and its neighbours are in step. */
  private long here(@Nullable Buffer holder, int index, int end, BlockMap.Run run) {
    long block = at(holder, index);
    if (block == 0) {
      return BlockMap.HOLE;
    }
    if (!fs.isDataBlock(block)) {
      fs.complain("inode " + vnode.ino() + " has block " + block + ", which is no block for data");
      return BlockMap.IO_ERROR;
    }
    int before = 0;
    while (before < 2 * reach
        && index - before > 0
        && at(holder, index - before - 1) == block - before - 1
        && fs.isDataBlock(block - before - 1)) {
      before++;
    }
    int after = 0;
    while (after < 2 * reach
        && index + after + 1 < end
        && at(holder, index + after + 1) == block + after + 1
        && fs.isDataBlock(block + after + 1)) {
      after++;
    }
    run.set(before, after);
    return block;
  }

  // ---- placing ---------------------------------------------------------------------------------

  /** The block of the disk, which is taken if there is none; NO_SPACE, IO_ERROR. May sleep. */
  long allocate(long block) {
    long inRun = block - runFirst;
    if (inRun >= 0 && inRun < runLength) {
      lastPlaced = runPlace + inRun;
      return lastPlaced;
    }
    // What is inside the file has most of the time a place, and its neighbours too.
    boolean isInside = block < vnode.size() / fs.shape().blockSize();
    long place = isInside ? find(block, new BlockMap.Run()) : BlockMap.HOLE;
    if (place < 0) {
      return place(block, null);
    }
    lastPlaced = place;
    return place;
  }

  /**
   * A new block of metadata, on the disk before anything points to it.
   *
   * @param content puts in what is not zero
   * @return as {@link #allocate}
   */
  long allocateMetadata(long block, Consumer<Buffer> content) {
    return place(block, content);
  }

  private long place(long block, @Nullable Consumer<Buffer> content) {
    if (block < 0 || block >= maxBlocks()) {
      return BlockMap.NO_SPACE;
    }
    int level = levelOf(block);
    long within = inTree(block, level);
    Buffer holder = null;
    int index = root(block, level);
    for (int left = level; ; left--) {
      long next = at(holder, index);
      if (next == 0) {
        next = extend(holder, index, left > 0 ? b -> {} : content);
      } else if (!fs.isDataBlock(next)) {
        fs.complain("inode " + vnode.ino() + " has block " + next + ", which is no block for data");
        next = BlockMap.IO_ERROR;
      }
      if (holder != null) {
        fs.cache().release(holder);
      }
      if (left == 0 || next < 0) {
        lastPlaced = Math.max(0, next);
        return next;
      }
      holder = fs.cache().read(next);
      if (holder == null) {
        return BlockMap.IO_ERROR;
      }
      index = (int) (within >>> bits * (left - 1)) & perBlock - 1;
    }
  }

  /** Takes a block and points to it. */
  private long extend(@Nullable Buffer holder, int index, @Nullable Consumer<Buffer> content) {
    runLength = 0;
    long block = fs.blocks().allocate(goal(holder, index));
    if (block < 0) {
      return block;
    }
    Buffer inode = fs.inodeTable().buffer(vnode.ino());
    if (inode == null) {
      fs.blocks().free(new FreedSpace.Run(block, 1));
      return BlockMap.IO_ERROR;
    }
    long result = block;
    if (content != null && !initialise(block, content, holder == null ? inode : holder)) {
      fs.blocks().free(new FreedSpace.Run(block, 1));
      result = BlockMap.IO_ERROR;
    } else {
      if (holder == null) {
        vnode.setPointer(index, (int) block);
      } else {
        fs.cache().modify(holder);
        holder.put32(index * 4, (int) block);
        fs.cache().dirty(holder);
      }
      vnode.addSectors(fs.sectorsPerBlock());
      vnode.update();
    }
    fs.cache().release(inode);
    return result;
  }

  private boolean initialise(long block, Consumer<Buffer> content, Buffer holder) {
    Buffer b = fs.cache().fresh(block);
    if (b == null) {
      return false;
    }
    content.accept(b);
    fs.cache().order(b, holder);
    fs.cache().release(b);
    return true;
  }

  /** Behind the block placed last, or behind what the pointer before points to. */
  private long goal(@Nullable Buffer holder, int index) {
    if (lastPlaced > 0) {
      return lastPlaced + 1;
    }
    for (int i = index - 1; i >= 0; i--) {
      long before = at(holder, i);
      if (before != 0) {
        return before + 1;
      }
    }
    if (holder != null) {
      return holder.block + 1;
    }
    int group = fs.shape().groupOfInode(vnode.ino());
    return fs.groups().inodeTable(group) + fs.shape().tableBlocks();
  }

  // ---- cutting ---------------------------------------------------------------------------------

  /**
   * Frees all blocks from a number on; on return the inode's place on the disk says so. The vnode's
   * size must already be the new one. May sleep.
   *
   * @param from the first block to free
   * @param end a block that no block in use lies behind, but for such behind the file's end
   * @param metadata true if the blocks are in the buffer cache
   */
  void cut(long from, long end, boolean metadata) {
    cutTo(Math.max(from, end), metadata);
    for (long at = end; at > from; ) {
      at = Math.max(from, at - STEP);
      cutTo(at, metadata);
      vnode.update();
      fs.writeBack().boundFreed();
    }
    lastPlaced = 0;
    vnode.update();
  }

  private void cutTo(long keep, boolean metadata) {
    runLength = 0;
    for (int i = (int) Math.min(keep, DIRECT); i < DIRECT; i++) {
      if (vnode.pointer(i) != 0) {
        freeBlock(vnode.pointer(i) & 0xFFFF_FFFFL, metadata);
        vnode.setPointer(i, 0);
      }
    }
    long base = DIRECT;
    for (int level = 1; level <= MAX_LEVEL; level++) {
      int root = DIRECT + level - 1;
      if (keep < base + span(level) && vnode.pointer(root) != 0) {
        long left =
            cutTree(vnode.pointer(root) & 0xFFFF_FFFFL, level, Math.max(0, keep - base), metadata);
        vnode.setPointer(root, (int) left);
      }
      base += span(level);
    }
  }

  /** Frees the blocks of a tree from {@code keep} on; what its pointer is then. */
  private long cutTree(long top, int level, long keep, boolean metadata) {
    Buffer b = indirect(top);
    if (b == null) {
      fs.complain("blocks of inode " + vnode.ino() + " are lost: block " + top + " is unreadable");
      return keep == 0 ? 0 : top;
    }
    long below = span(level - 1);
    int first = (int) (keep / below);
    for (int i = first; i < perBlock; i++) {
      long at = b.getUnsigned32(i * 4);
      if (at == 0) {
        continue;
      }
      long left = 0;
      if (level == 1) {
        freeBlock(at, metadata);
      } else {
        left = cutTree(at, level - 1, i == first ? keep % below : 0, metadata);
      }
      if (left != at && keep > 0) {
        fs.cache().modify(b);
        b.put32(i * 4, (int) left);
        fs.cache().dirty(b);
      }
    }
    fs.cache().release(b);
    if (keep > 0) {
      return top;
    }
    freeBlock(top, true);
    return 0;
  }

  private void freeBlock(long block, boolean metadata) {
    if (!fs.isDataBlock(block)) {
      fs.complain("inode " + vnode.ino() + " has block " + block + ", which is no block for data");
      return;
    }
    if (metadata) {
      fs.cache().forget(block);
    }
    fs.writeBack().freed().addBlock(block);
    vnode.addSectors(-fs.sectorsPerBlock());
  }
}
