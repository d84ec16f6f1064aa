// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * Makes an empty ext2 file system: root and lost+found, nothing else. What it writes is a function
 * of its arguments.
 */
public final class FormatExt2 {
  /** Where the file system is written to; all that is not written must be zero. */
  @FunctionalInterface
  public interface Target {
    /** Writes bytes at a position. */
    void write(long position, byte[] bytes) throws IOException;
  }

  /** Smallest size in bytes. */
  public static final long MIN_SIZE = 256 << 10;

  private static final int INODE_SIZE = 128;
  private static final int BYTES_PER_INODE = 8192;
  private static final int FIRST_INODE = 11;
  private static final int LOST_AND_FOUND = 11;
  private static final int LOST_AND_FOUND_BYTES = 16 << 10;
  private static final int MIN_DATA_IN_LAST_GROUP = 50;
  private static final int SECTOR = 512;

  private final Target target;
  private final Superblock shape;
  private final String label;
  private final long seed;
  private final int time;
  private final long[] rootBlocks;
  private final long[] lostBlocks;

  private FormatExt2(Target target, Superblock shape, String label, long seed, int time) {
    this.target = target;
    this.shape = shape;
    this.label = label;
    this.seed = seed;
    this.time = time;
    long data = dataStart(0);
    rootBlocks = new long[] {data};
    // No more than the inode's own pointers reach.
    int lost = Math.min(12, LOST_AND_FOUND_BYTES / shape.blockSize());
    lostBlocks = new long[lost];
    for (int i = 0; i < lost; i++) {
      lostBlocks[i] = data + 1 + i;
    }
  }

  /**
   * Makes a file system.
   *
   * @param size bytes to use, {@link #MIN_SIZE} or more; what is no whole block at the end is left
   * @param blockSize 1024, 2048 or 4096
   * @param label volume name, at most 16 bytes count
   * @param seed what its identifier is made from
   * @param time seconds since 1970
   * @throws IllegalArgumentException for another size
   * @throws IOException if the target throws it
   */
  public static void format(
      Target target, long size, int blockSize, String label, long seed, int time)
      throws IOException {
    if (size < MIN_SIZE
        || Integer.bitCount(blockSize) != 1
        || blockSize < 1024
        || blockSize > 4096) {
      throw new IllegalArgumentException(
          "a file system of "
              + size
              + " bytes in blocks of "
              + blockSize
              + ": want at least "
              + MIN_SIZE
              + " bytes and blocks of 1024, 2048 or 4096");
    }
    new FormatExt2(target, shape(size, blockSize), label, seed, time).write();
  }

  private static Superblock shape(long size, int blockSize) {
    long blocks = Math.min(size / blockSize, 0xFFFF_FFF0L);
    int first = blockSize == 1024 ? 1 : 0;
    int perGroup = 8 * blockSize;
    int groups = (int) ((blocks - first + perGroup - 1) / perGroup);
    Superblock shape = shape(blocks, blockSize, first, perGroup, groups);
    int last = groups - 1;
    long used = shape.copyBlocks(last) + 2L + shape.tableBlocks();
    if (groups > 1 && shape.groupLength(last) < used + MIN_DATA_IN_LAST_GROUP) {
      // Too little would be left for data: the last group is left out.
      blocks = shape.groupStart(last);
      shape = shape(blocks, blockSize, first, perGroup, groups - 1);
    }
    return shape;
  }

  private static Superblock shape(long blocks, int blockSize, int first, int perGroup, int groups) {
    int perBlock = blockSize / INODE_SIZE;
    long wanted = Math.max(16, blocks * blockSize / BYTES_PER_INODE);
    long inGroup = (wanted + groups - 1) / groups;
    inGroup = Math.min((inGroup + perBlock - 1) / perBlock * perBlock, perGroup);
    return new Superblock(
        blockSize,
        blocks,
        0,
        first,
        perGroup,
        (int) inGroup,
        inGroup * groups,
        INODE_SIZE,
        FIRST_INODE,
        groups,
        0,
        0,
        Superblock.INCOMPATIBLE_FILETYPE,
        Superblock.RO_SPARSE_SUPER | Superblock.RO_LARGE_FILE,
        "",
        "");
  }

  // ---- layout ----------------------------------------------------------------------------------

  private long bitmap(int group) {
    return shape.groupStart(group) + shape.copyBlocks(group);
  }

  private long table(int group) {
    return bitmap(group) + 2;
  }

  private long dataStart(int group) {
    return table(group) + shape.tableBlocks();
  }

  private int filesIn(int group) {
    return group == 0 ? rootBlocks.length + lostBlocks.length : 0;
  }

  private int freeBlocks(int group) {
    long used = dataStart(group) - shape.groupStart(group) + filesIn(group);
    return (int) (shape.groupLength(group) - used);
  }

  private int freeInodes(int group) {
    return shape.inodesPerGroup() - (group == 0 ? FIRST_INODE : 0);
  }

  // ---- writing ---------------------------------------------------------------------------------

  private static ByteBuffer bytes(int n) {
    return ByteBuffer.allocate(n).order(LITTLE_ENDIAN);
  }

  private static byte[] toBytes(ByteBuffer content) {
    byte[] bytes = new byte[content.capacity()];
    content.get(0, bytes);
    return bytes;
  }

  private void writeBlock(long block, ByteBuffer content) throws IOException {
    target.write(block * shape.blockSize(), toBytes(content));
  }

  private void write() throws IOException {
    ByteBuffer descriptors = bytes(shape.descriptorBlocks() * shape.blockSize());
    long freeBlocks = 0;
    long freeInodes = 0;
    for (int g = 0; g < shape.groups(); g++) {
      int at = g * GroupTable.SIZE;
      descriptors.putInt(at + GroupTable.BLOCK_BITMAP, (int) bitmap(g));
      descriptors.putInt(at + GroupTable.INODE_BITMAP, (int) bitmap(g) + 1);
      descriptors.putInt(at + GroupTable.INODE_TABLE, (int) table(g));
      descriptors.putShort(at + GroupTable.FREE_BLOCKS, (short) freeBlocks(g));
      descriptors.putShort(at + GroupTable.FREE_INODES, (short) freeInodes(g));
      descriptors.putShort(at + GroupTable.DIRECTORIES, (short) (g == 0 ? 2 : 0));
      freeBlocks += freeBlocks(g);
      freeInodes += freeInodes(g);
      writeBitmaps(g);
    }
    for (int g = 0; g < shape.groups(); g++) {
      if (shape.hasCopy(g)) {
        long at = g == 0 ? Superblock.POSITION : shape.groupStart(g) * shape.blockSize();
        target.write(at, toBytes(superblock(g, freeBlocks, freeInodes)));
        writeBlock(shape.groupStart(g) + 1, descriptors);
      }
    }
    writeInodes();
    writeDirectories();
  }

  private void writeBitmaps(int group) throws IOException {
    ByteBuffer blocks = bytes(shape.blockSize());
    fill(blocks, 0, shape.groupLength(group) - freeBlocks(group));
    fill(blocks, shape.groupLength(group), 8 * shape.blockSize());
    writeBlock(bitmap(group), blocks);
    ByteBuffer inodes = bytes(shape.blockSize());
    fill(inodes, 0, shape.inodesPerGroup() - freeInodes(group));
    fill(inodes, shape.inodesPerGroup(), 8 * shape.blockSize());
    writeBlock(bitmap(group) + 1, inodes);
  }

  private static void fill(ByteBuffer bitmap, int from, int end) {
    for (int bit = from; bit < end; bit++) {
      bitmap.put(bit >> 3, (byte) (bitmap.get(bit >> 3) | 1 << (bit & 7)));
    }
  }

  private ByteBuffer superblock(int group, long freeBlocks, long freeInodes) {
    ByteBuffer b = bytes(Superblock.SIZE);
    int logBlock = Integer.numberOfTrailingZeros(shape.blockSize()) - 10;
    b.putInt(Superblock.INODES, (int) shape.inodes());
    b.putInt(Superblock.BLOCKS, (int) shape.blocks());
    b.putInt(Superblock.FREE_BLOCKS, (int) freeBlocks);
    b.putInt(Superblock.FREE_INODES, (int) freeInodes);
    b.putInt(Superblock.FIRST_DATA_BLOCK, shape.firstDataBlock());
    b.putInt(Superblock.LOG_BLOCK_SIZE, logBlock);
    b.putInt(Superblock.LOG_FRAGMENT_SIZE, logBlock);
    b.putInt(Superblock.BLOCKS_PER_GROUP, shape.blocksPerGroup());
    b.putInt(Superblock.FRAGMENTS_PER_GROUP, shape.blocksPerGroup());
    b.putInt(Superblock.INODES_PER_GROUP, shape.inodesPerGroup());
    b.putInt(Superblock.WRITE_TIME, time);
    b.putShort(Superblock.MAX_MOUNT_COUNT, (short) -1);
    b.putShort(Superblock.MAGIC_AT, (short) Superblock.MAGIC);
    b.putShort(Superblock.STATE, (short) Superblock.STATE_CLEAN);
    b.putShort(Superblock.ERRORS, (short) 1);
    b.putInt(Superblock.LAST_CHECK, time);
    b.putInt(Superblock.REVISION, 1);
    b.putInt(Superblock.FIRST_INODE, FIRST_INODE);
    b.putShort(Superblock.INODE_SIZE, (short) INODE_SIZE);
    b.putShort(Superblock.GROUP_NUMBER, (short) group);
    b.putInt(Superblock.INCOMPATIBLE, shape.incompatible());
    b.putInt(Superblock.READ_ONLY_COMPATIBLE, shape.readOnlyCompatible());
    Random chance = new Random(seed);
    b.putLong(Superblock.UUID, chance.nextLong());
    b.putLong(Superblock.UUID + 8, chance.nextLong());
    // Version 4, variant 1: the form of a random identifier.
    b.put(Superblock.UUID + 6, (byte) (b.get(Superblock.UUID + 6) & 0x0F | 0x40));
    b.put(Superblock.UUID + 8, (byte) (b.get(Superblock.UUID + 8) & 0x3F | 0x80));
    byte[] name = label.getBytes(ISO_8859_1);
    b.put(Superblock.VOLUME_NAME, name, 0, Math.min(16, name.length));
    b.putLong(Superblock.HASH_SEED, chance.nextLong());
    b.putLong(Superblock.HASH_SEED + 8, chance.nextLong());
    b.put(Superblock.HASH_VERSION, (byte) 1);
    b.putInt(Superblock.MKFS_TIME, time);
    return b;
  }

  private void writeInodes() throws IOException {
    ByteBuffer table =
        bytes((FIRST_INODE * INODE_SIZE / shape.blockSize() + 1) * shape.blockSize());
    writeInode(table, Superblock.ROOT_INODE, 0x1ED, 3, rootBlocks);
    writeInode(table, LOST_AND_FOUND, 0x1C0, 2, lostBlocks);
    writeBlock(table(0), table);
  }

  private void writeInode(ByteBuffer table, int ino, int rights, int links, long[] blocks) {
    int at = (ino - 1) * INODE_SIZE;
    table.putShort(at + Ext2Vnode.MODE, (short) (0x4000 | rights));
    table.putInt(at + Ext2Vnode.SIZE_LOW, blocks.length * shape.blockSize());
    table.putInt(at + Ext2Vnode.ATIME, time);
    table.putInt(at + Ext2Vnode.CTIME, time);
    table.putInt(at + Ext2Vnode.MTIME, time);
    table.putShort(at + Ext2Vnode.LINKS, (short) links);
    table.putInt(at + Ext2Vnode.SECTORS, blocks.length * shape.blockSize() / SECTOR);
    for (int i = 0; i < blocks.length; i++) {
      table.putInt(at + Ext2Vnode.POINTERS_AT + 4 * i, (int) blocks[i]);
    }
  }

  private void writeDirectories() throws IOException {
    ByteBuffer root = emptyEntries();
    int at = writeEntry(root, 0, Superblock.ROOT_INODE, ".", 12);
    at = writeEntry(root, at, Superblock.ROOT_INODE, "..", 12);
    writeEntry(root, at, LOST_AND_FOUND, "lost+found", SECTOR - at);
    writeBlock(rootBlocks[0], root);
    for (int i = 0; i < lostBlocks.length; i++) {
      ByteBuffer lost = emptyEntries();
      if (i == 0) {
        at = writeEntry(lost, 0, LOST_AND_FOUND, ".", 12);
        writeEntry(lost, at, Superblock.ROOT_INODE, "..", SECTOR - at);
      }
      writeBlock(lostBlocks[i], lost);
    }
  }

  private ByteBuffer emptyEntries() {
    ByteBuffer b = bytes(shape.blockSize());
    for (int at = 0; at < shape.blockSize(); at += SECTOR) {
      b.putShort(at + DirectoryBlock.LENGTH, (short) SECTOR);
    }
    return b;
  }

  private static int writeEntry(ByteBuffer b, int at, int ino, String name, int length) {
    b.putInt(at + DirectoryBlock.INODE, ino);
    b.putShort(at + DirectoryBlock.LENGTH, (short) length);
    b.put(at + DirectoryBlock.NAME_LENGTH, (byte) name.length());
    b.put(at + DirectoryBlock.TYPE, (byte) 2);
    b.put(at + DirectoryBlock.NAME, name.getBytes(ISO_8859_1));
    return at + length;
  }
}
