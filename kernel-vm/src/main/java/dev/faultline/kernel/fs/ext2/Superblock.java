// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the superblock says of the file system's shape, checked against each other and the disk's
 * size. What changes while it is mounted is read and written where it lies.
 *
 * @param inodeSize bytes of an inode on the disk, 128 or more
 * @param refusal why it cannot be mounted at all; empty if it can
 * @param restriction why it can only be read; empty if it can be written
 */
record Superblock(
    int blockSize,
    long blocks,
    long reservedBlocks,
    int firstDataBlock,
    int blocksPerGroup,
    int inodesPerGroup,
    long inodes,
    int inodeSize,
    int firstInode,
    int groups,
    int reservedDescriptorBlocks,
    int compatible,
    int incompatible,
    int readOnlyCompatible,
    String refusal,
    String restriction) {
  /** Where it begins on the disk, and how long it is. */
  static final int POSITION = 1024;

  static final int SIZE = 1024;
  static final int MAGIC = 0xEF53;
  static final int ROOT_INODE = 2;

  /** Offsets of its fields. */
  static final int INODES = 0;

  static final int BLOCKS = 4;
  static final int RESERVED_BLOCKS = 8;
  static final int FREE_BLOCKS = 12;
  static final int FREE_INODES = 16;
  static final int FIRST_DATA_BLOCK = 20;
  static final int LOG_BLOCK_SIZE = 24;
  static final int LOG_FRAGMENT_SIZE = 28;
  static final int BLOCKS_PER_GROUP = 32;
  static final int FRAGMENTS_PER_GROUP = 36;
  static final int INODES_PER_GROUP = 40;
  static final int MOUNT_TIME = 44;
  static final int WRITE_TIME = 48;
  static final int MOUNT_COUNT = 52;
  static final int MAX_MOUNT_COUNT = 54;
  static final int MAGIC_AT = 56;
  static final int STATE = 58;
  static final int ERRORS = 60;
  static final int LAST_CHECK = 64;
  static final int REVISION = 76;
  static final int FIRST_INODE = 84;
  static final int INODE_SIZE = 88;
  static final int GROUP_NUMBER = 90;
  static final int COMPATIBLE = 92;
  static final int INCOMPATIBLE = 96;
  static final int READ_ONLY_COMPATIBLE = 100;
  static final int UUID = 104;
  static final int VOLUME_NAME = 120;
  static final int RESERVED_GDT_BLOCKS = 206;
  static final int LAST_ORPHAN = 232;
  static final int HASH_SEED = 236;
  static final int HASH_VERSION = 252;
  static final int MKFS_TIME = 264;

  /** Bits of the state. */
  static final int STATE_CLEAN = 1;

  static final int STATE_ERRORS = 2;

  /** Features. */
  static final int COMPATIBLE_DIR_INDEX = 0x20;

  static final int INCOMPATIBLE_FILETYPE = 2;
  static final int RO_SPARSE_SUPER = 1;
  static final int RO_LARGE_FILE = 2;

  private static final String[] INCOMPATIBLE_NAMES = {
    "compression",
    "filetype",
    "needs_recovery",
    "journal_dev",
    "meta_bg",
    "0x20",
    "extent",
    "64bit",
    "mmp",
    "flex_bg",
    "ea_inode",
    "0x800",
    "dirdata",
    "metadata_csum_seed",
    "large_dir",
    "inline_data",
    "encrypt",
    "casefold"
  };
  private static final String[] READ_ONLY_NAMES = {
    "sparse_super", "large_file", "btree_dir", "huge_file", "uninit_bg", "dir_nlink", "extra_isize",
    "has_snapshot", "quota", "bigalloc", "metadata_csum", "replica", "read-only", "project",
    "shared_blocks", "verity"
  };

  /**
   * Reads one.
   *
   * @param raw its 1024 bytes
   * @param diskBytes size of the disk
   */
  static Superblock parse(byte[] raw, long diskBytes) {
    ByteBuffer b = ByteBuffer.wrap(raw).order(LITTLE_ENDIAN);
    boolean dynamic = b.getInt(REVISION) != 0;
    int logBlock = b.getInt(LOG_BLOCK_SIZE);
    int blockSize = logBlock >= 0 && logBlock <= 2 ? 1024 << logBlock : 0;
    long blocks = b.getInt(BLOCKS) & 0xFFFF_FFFFL;
    int firstDataBlock = b.getInt(FIRST_DATA_BLOCK);
    int perGroup = b.getInt(BLOCKS_PER_GROUP);
    int inodesPerGroup = b.getInt(INODES_PER_GROUP);
    int inodeSize = dynamic ? b.getShort(INODE_SIZE) & 0xFFFF : 128;
    int incompatible = dynamic ? b.getInt(INCOMPATIBLE) : 0;
    int readOnly = dynamic ? b.getInt(READ_ONLY_COMPATIBLE) : 0;
    int groups = perGroup <= 0 ? 0 : (int) ((blocks - firstDataBlock + perGroup - 1) / perGroup);
    Superblock s =
        new Superblock(
            blockSize,
            blocks,
            b.getInt(RESERVED_BLOCKS) & 0xFFFF_FFFFL,
            firstDataBlock,
            perGroup,
            inodesPerGroup,
            b.getInt(INODES) & 0xFFFF_FFFFL,
            inodeSize,
            dynamic ? b.getInt(FIRST_INODE) : 11,
            groups,
            dynamic ? b.getShort(RESERVED_GDT_BLOCKS) & 0xFFFF : 0,
            dynamic ? b.getInt(COMPATIBLE) : 0,
            incompatible,
            readOnly,
            "",
            restriction(readOnly & ~(RO_SPARSE_SUPER | RO_LARGE_FILE)));
    String why =
        (b.getShort(MAGIC_AT) & 0xFFFF) != MAGIC
            ? "it holds no ext2 file system (no magic number 0xEF53)"
            : b.getInt(REVISION) < 0 || b.getInt(REVISION) > 1
                ? "its revision is " + b.getInt(REVISION) + ", not 0 or 1"
                : s.check(logBlock, b.getInt(LOG_FRAGMENT_SIZE), diskBytes);
    return why.isEmpty() ? s : s.refused(why);
  }

  private Superblock refused(String why) {
    return new Superblock(
        blockSize,
        blocks,
        reservedBlocks,
        firstDataBlock,
        blocksPerGroup,
        inodesPerGroup,
        inodes,
        inodeSize,
        firstInode,
        groups,
        reservedDescriptorBlocks,
        compatible,
        incompatible,
        readOnlyCompatible,
        why,
        restriction);
  }

  private static String restriction(int unknown) {
    return unknown == 0 ? "" : "unknown features: " + names(unknown, READ_ONLY_NAMES);
  }

  private static String names(int bits, String[] known) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      if ((bits & 1 << i) != 0) {
        names.add(i < known.length ? known[i] : String.format("0x%x", 1 << i));
      }
    }
    return String.join(", ", names);
  }

  private String check(int logBlock, int logFragment, long diskBytes) {
    int unknown = incompatible & ~INCOMPATIBLE_FILETYPE;
    if (unknown != 0) {
      return "it has features that cannot be mounted: " + names(unknown, INCOMPATIBLE_NAMES);
    }
    if (blockSize == 0 || logFragment != logBlock) {
      return "its blocks are not of 1, 2 or 4 KiB";
    }
    int bits = 8 * blockSize;
    boolean sound =
        firstDataBlock == (blockSize == 1024 ? 1 : 0)
            && blocksPerGroup >= 8
            && blocksPerGroup <= bits
            && blocksPerGroup % 8 == 0
            && inodesPerGroup >= 8
            && inodesPerGroup <= bits
            && inodeSize >= 128
            && inodeSize <= blockSize
            && Integer.bitCount(inodeSize) == 1
            && blocks > firstDataBlock
            && groups > 0
            && inodes == (long) groups * inodesPerGroup
            && inodes <= Integer.MAX_VALUE
            && firstInode >= 11
            && firstInode <= inodes
            && metadataBlocks() + 1 < blocksPerGroup;
    if (!sound) {
      return "its superblock contradicts itself";
    }
    if (blocks * blockSize > diskBytes) {
      return "it says that it has "
          + blocks
          + " blocks of "
          + blockSize
          + " bytes, but the disk has only "
          + diskBytes
          + " bytes";
    }
    return "";
  }

  /** Blocks of bitmaps and inode table in each group. */
  private long metadataBlocks() {
    return 2L + tableBlocks();
  }

  // ---- where things are ------------------------------------------------------------------------

  /** Blocks of the inode table of a group. */
  int tableBlocks() {
    return (int) (((long) inodesPerGroup * inodeSize + blockSize - 1) / blockSize);
  }

  /** Blocks of the table of group descriptors. */
  int descriptorBlocks() {
    return (int) (((long) groups * GroupTable.SIZE + blockSize - 1) / blockSize);
  }

  /** First block of a group. */
  long groupStart(int group) {
    return firstDataBlock + (long) group * blocksPerGroup;
  }

  /** Number of blocks in a group. */
  int groupLength(int group) {
    return (int) Math.min(blocksPerGroup, blocks - groupStart(group));
  }

  /** The group that a block belongs to. */
  int groupOfBlock(long block) {
    return (int) ((block - firstDataBlock) / blocksPerGroup);
  }

  /** The group that an inode belongs to. */
  int groupOfInode(long ino) {
    return (int) ((ino - 1) / inodesPerGroup);
  }

  /** True if a group has a copy of superblock and descriptors. */
  boolean hasCopy(int group) {
    if ((readOnlyCompatible & RO_SPARSE_SUPER) == 0 || group <= 1) {
      return true;
    }
    return isPower(group, 3) || isPower(group, 5) || isPower(group, 7);
  }

  private static boolean isPower(int n, int base) {
    int power = base;
    while (power < n) {
      power *= base;
    }
    return power == n;
  }

  /** Blocks at the start of a group for superblock and descriptors, reserved ones too. */
  int copyBlocks(int group) {
    return hasCopy(group) ? 1 + descriptorBlocks() + reservedDescriptorBlocks : 0;
  }

  /** Blocks that can never hold files. */
  long overhead() {
    long sum = firstDataBlock;
    for (int g = 0; g < groups; g++) {
      sum += copyBlocks(g) + metadataBlocks();
    }
    return sum;
  }
}
