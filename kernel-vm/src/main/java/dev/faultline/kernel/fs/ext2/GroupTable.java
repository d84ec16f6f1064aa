// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import org.jspecify.annotations.Nullable;

/**
 * The group descriptors, which stay in memory while the file system is mounted: where the bitmaps
 * and the inode table of each group lie, and how much of it is free.
 */
final class GroupTable {
  /** Bytes of a descriptor, and offsets in it. */
  static final int SIZE = 32;

  static final int BLOCK_BITMAP = 0;
  static final int INODE_BITMAP = 4;
  static final int INODE_TABLE = 8;
  static final int FREE_BLOCKS = 12;
  static final int FREE_INODES = 14;
  static final int DIRECTORIES = 16;

  private final Superblock shape;
  private final BufferCache cache;
  private final Buffer[] buffers;
  private final int perBlock;

  /** For each group the blocks at its start that hold a superblock and descriptors. */
  private final int[] copyBlocks;

  private GroupTable(Superblock shape, BufferCache cache, Buffer[] buffers) {
    this.shape = shape;
    this.cache = cache;
    this.buffers = buffers;
    perBlock = shape.blockSize() / SIZE;
    copyBlocks = new int[shape.groups()];
    for (int g = 0; g < copyBlocks.length; g++) {
      copyBlocks[g] = shape.copyBlocks(g);
    }
  }

  /** Reads them; null if that fails. */
  static @Nullable GroupTable read(Superblock shape, BufferCache cache) {
    Buffer[] buffers = new Buffer[shape.descriptorBlocks()];
    for (int i = 0; i < buffers.length; i++) {
      Buffer b = cache.read(shape.firstDataBlock() + 1 + i);
      if (b == null) {
        for (int k = 0; k < i; k++) {
          cache.release(buffers[k]);
        }
        return null;
      }
      buffers[i] = b;
    }
    return new GroupTable(shape, cache, buffers);
  }

  /** Lets them go. */
  void close() {
    for (Buffer b : buffers) {
      cache.release(b);
    }
  }

  /** What makes no sense in it; empty if all is well. */
  String problem() {
    for (int g = 0; g < shape.groups(); g++) {
      if (!inside(blockBitmap(g), 1)
          || !inside(inodeBitmap(g), 1)
          || !inside(inodeTable(g), shape.tableBlocks())) {
        return "the descriptor of group " + g + " points outside of the file system";
      }
    }
    return "";
  }

  private boolean inside(long block, int count) {
    return block > shape.firstDataBlock() && block + count <= shape.blocks();
  }

  private Buffer buffer(int group) {
    return buffers[group / perBlock];
  }

  private int at(int group) {
    return group % perBlock * SIZE;
  }

  long blockBitmap(int group) {
    return buffer(group).getUnsigned32(at(group) + BLOCK_BITMAP);
  }

  long inodeBitmap(int group) {
    return buffer(group).getUnsigned32(at(group) + INODE_BITMAP);
  }

  long inodeTable(int group) {
    return buffer(group).getUnsigned32(at(group) + INODE_TABLE);
  }

  int freeBlocks(int group) {
    return buffer(group).get16(at(group) + FREE_BLOCKS);
  }

  int freeInodes(int group) {
    return buffer(group).get16(at(group) + FREE_INODES);
  }

  int directories(int group) {
    return buffer(group).get16(at(group) + DIRECTORIES);
  }

  /** True while the block with a group's descriptor is being written. */
  boolean isBeingWritten(int group) {
    return buffer(group).writing;
  }

  /** Waits until a descriptor can be changed. */
  void modify(int group) {
    cache.modify(buffer(group));
  }

  /** Adds to one of the three counts. May sleep before, not after. */
  void count(int group, int field, int by) {
    Buffer b = buffer(group);
    cache.modify(b);
    b.put16(at(group) + field, b.get16(at(group) + field) + by);
    cache.dirty(b);
  }

  /** True if a block holds bitmaps, inodes, descriptors or a superblock. */
  boolean isMetadata(long block) {
    int g = shape.groupOfBlock(block);
    if (block - shape.groupStart(g) < copyBlocks[g]) {
      return true;
    }
    return block == blockBitmap(g)
        || block == inodeBitmap(g)
        || (block >= inodeTable(g) && block < inodeTable(g) + shape.tableBlocks());
  }
}
