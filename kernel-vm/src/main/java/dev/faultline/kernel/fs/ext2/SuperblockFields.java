// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

/**
 * What changes in the superblock while the file system is mounted, where it lies: its state, the
 * counts of what is free, which those of the groups go with, and the head of the orphan list.
 */
final class SuperblockFields {
  private static final long LARGE_FILE = 1L << 31;

  private final BufferCache cache;
  private final GroupTable groups;
  private final Buffer buffer;
  private final int at;

  /**
   * The fields of a superblock.
   *
   * @param buffer the block that it lies in, pinned until {@link #close}
   * @param groups whose counts are kept in step
   */
  SuperblockFields(Superblock shape, BufferCache cache, GroupTable groups, Buffer buffer) {
    this.cache = cache;
    this.groups = groups;
    this.buffer = buffer;
    at = Superblock.POSITION % shape.blockSize();
  }

  private void put16(int field, int value) {
    cache.modify(buffer);
    buffer.put16(at + field, value);
    cache.dirty(buffer);
  }

  private void put32(int field, int value) {
    cache.modify(buffer);
    buffer.put32(at + field, value);
    cache.dirty(buffer);
  }

  // ---- state -----------------------------------------------------------------------------------

  /** True if it was unmounted, or checked, when it was last used. */
  boolean isClean() {
    return (buffer.get16(at + Superblock.STATE) & Superblock.STATE_CLEAN) != 0;
  }

  /** Says on the disk that the file system is in use. May sleep. */
  void beginUse(int seconds) {
    put16(Superblock.STATE, buffer.get16(at + Superblock.STATE) & ~Superblock.STATE_CLEAN);
    put16(Superblock.MOUNT_COUNT, buffer.get16(at + Superblock.MOUNT_COUNT) + 1);
    put32(Superblock.MOUNT_TIME, seconds);
    cache.commit(buffer);
  }

  /**
   * Says on the disk that the use is over; all else is there already. May sleep.
   *
   * @param whole true if nothing is known to be wrong with it
   * @return 0 or -EIO
   */
  int endUse(boolean whole, int seconds) {
    int state = buffer.get16(at + Superblock.STATE);
    put16(Superblock.STATE, whole ? state | Superblock.STATE_CLEAN : state);
    put32(Superblock.WRITE_TIME, seconds);
    return cache.commit(buffer);
  }

  /** Says, with the next write, that something is wrong; not if it is being written just now. */
  void noteErrors() {
    int state = buffer.get16(at + Superblock.STATE);
    if ((state & Superblock.STATE_ERRORS) == 0 && !buffer.writing) {
      put16(Superblock.STATE, state | Superblock.STATE_ERRORS);
    }
  }

  /** A file has this size now: the superblock says if any needs more than 31 bits. May sleep. */
  void noteSize(long bytes) {
    int features = buffer.get32(at + Superblock.READ_ONLY_COMPATIBLE);
    if (bytes >= LARGE_FILE && (features & Superblock.RO_LARGE_FILE) == 0) {
      put32(Superblock.READ_ONLY_COMPATIBLE, features | Superblock.RO_LARGE_FILE);
    }
  }

  /** The inode that the list of orphans begins with; 0 if it is empty. */
  long firstOrphan() {
    return buffer.getUnsigned32(at + Superblock.LAST_ORPHAN);
  }

  /** Makes the list of orphans begin with an inode; the superblock's block, pinned. May sleep. */
  Buffer setFirstOrphan(int ino) {
    put32(Superblock.LAST_ORPHAN, ino);
    cache.pin(buffer);
    return buffer;
  }

  // ---- counts ----------------------------------------------------------------------------------

  /** Blocks that the bitmaps call free. */
  long freeBlocks() {
    return buffer.getUnsigned32(at + Superblock.FREE_BLOCKS);
  }

  /** Inodes that the bitmaps call free. */
  long freeInodes() {
    return buffer.getUnsigned32(at + Superblock.FREE_INODES);
  }

  /** Waits until a bitmap and the counts that go with it can be changed together. */
  void prepareCounts(int group, Buffer bitmap) {
    while (bitmap.writing || buffer.writing || groups.isBeingWritten(group)) {
      cache.modify(bitmap);
      cache.modify(buffer);
      groups.modify(group);
    }
  }

  /** After {@link #prepareCounts}: so many blocks of a group more, or fewer, are free. */
  void countBlocks(int group, int by) {
    groups.count(group, GroupTable.FREE_BLOCKS, by);
    put32(Superblock.FREE_BLOCKS, buffer.get32(at + Superblock.FREE_BLOCKS) + by);
  }

  /** After {@link #prepareCounts}: the same for inodes, and for directories in use. */
  void countInodes(int group, int by, int directories) {
    groups.count(group, GroupTable.FREE_INODES, by);
    if (directories != 0) {
      groups.count(group, GroupTable.DIRECTORIES, directories);
    }
    put32(Superblock.FREE_INODES, buffer.get32(at + Superblock.FREE_INODES) + by);
  }

  /** Lets go of its block. */
  void close() {
    cache.release(buffer);
  }
}
