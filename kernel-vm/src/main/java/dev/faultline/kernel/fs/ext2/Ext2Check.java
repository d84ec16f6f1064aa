// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.faultline.kernel.fs.FileType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks the structure of an ext2 file system that nobody has mounted: that every block has one
 * owner, every inode as many names as it says, every directory its place, and that bitmaps and
 * counts say what is so. It shares nothing with the code that it checks but the superblock's shape.
 */
public final class Ext2Check {
  /** Where the file system is read from. */
  @FunctionalInterface
  public interface Source {
    /** Reads bytes from a position on; all of them are inside the size given. */
    void read(long position, byte[] to) throws IOException;
  }

  private static final int MAX_PROBLEMS = 200;
  private static final int DIRECT = 12;

  private final Source source;
  private final Superblock shape;
  private final ByteBuffer superblock;
  private final ByteBuffer descriptors;
  private final List<String> problems = new ArrayList<>();
  private final BitSet blocks = new BitSet();
  private final BitSet inodes = new BitSet();
  private final BitSet directories = new BitSet();
  private final BitSet orphans = new BitSet();
  private final int[] names;
  private final int[] links;
  private final byte[] types;

  private Ext2Check(Source source, Superblock shape, ByteBuffer superblock) throws IOException {
    this.source = source;
    this.shape = shape;
    this.superblock = superblock;
    descriptors = read((shape.firstDataBlock() + 1L), shape.descriptorBlocks());
    int n = (int) shape.inodes() + 1;
    names = new int[n];
    links = new int[n];
    types = new byte[n];
  }

  /**
   * Checks a file system.
   *
   * @param size bytes that the source has
   * @return what is wrong, a line each, at most 200; empty if nothing is
   * @throws IOException if the source throws it
   */
  public static List<String> check(Source source, long size) throws IOException {
    if (size < Superblock.POSITION + Superblock.SIZE) {
      return List.of("it is too small for a file system");
    }
    byte[] raw = new byte[Superblock.SIZE];
    source.read(Superblock.POSITION, raw);
    Superblock shape = Superblock.parse(raw, size);
    if (!shape.refusal().isEmpty()) {
      return List.of(shape.refusal());
    }
    if (!shape.restriction().isEmpty()) {
      return List.of("it cannot be checked: " + shape.restriction());
    }
    Ext2Check check = new Ext2Check(source, shape, ByteBuffer.wrap(raw).order(LITTLE_ENDIAN));
    check.run();
    return check.problems;
  }

  @SuppressWarnings("AnnotateFormatMethod") // called from here only
  private void problem(String format, Object... arguments) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(String.format(format, arguments));
    }
  }

  private ByteBuffer read(long block, int count) throws IOException {
    byte[] bytes = new byte[count * shape.blockSize()];
    source.read(block * shape.blockSize(), bytes);
    return ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN);
  }

  private int descriptor(int group, int field) {
    return descriptors.getInt(group * GroupTable.SIZE + field);
  }

  private int count(int group, int field) {
    return descriptors.getShort(group * GroupTable.SIZE + field) & 0xFFFF;
  }

  private boolean isInside(long block) {
    return block > shape.firstDataBlock() && block < shape.blocks();
  }

  // ---- the passes ------------------------------------------------------------------------------

  private void run() throws IOException {
    for (int g = 0; g < shape.groups(); g++) {
      long start = shape.groupStart(g);
      claim(start, shape.copyBlocks(g), "the copy of the superblock of group " + g);
      claim(descriptor(g, GroupTable.BLOCK_BITMAP) & 0xFFFF_FFFFL, 1, "a bitmap of group " + g);
      claim(descriptor(g, GroupTable.INODE_BITMAP) & 0xFFFF_FFFFL, 1, "a bitmap of group " + g);
      claim(
          descriptor(g, GroupTable.INODE_TABLE) & 0xFFFF_FFFFL,
          shape.tableBlocks(),
          "the inode table of group " + g);
    }
    if (!problems.isEmpty()) {
      return;
    }
    followOrphans();
    for (int g = 0; g < shape.groups(); g++) {
      checkInodes(g);
    }
    if (directories.get(Superblock.ROOT_INODE)) {
      walk();
    } else {
      problem("the root is no directory");
    }
    checkLinks();
    checkBitmaps();
  }

  private void claim(long first, int count, String by) {
    for (long b = first; b < first + count; b++) {
      if (b < shape.firstDataBlock() || b >= shape.blocks()) {
        problem("%s has block %d, which is none", by, b);
        return;
      }
      if (blocks.get((int) b)) {
        problem("%s has block %d, which has another owner", by, b);
      }
      blocks.set((int) b);
    }
  }

  private void followOrphans() throws IOException {
    long ino = superblock.getInt(Superblock.LAST_ORPHAN) & 0xFFFF_FFFFL;
    while (ino != 0) {
      if (ino > shape.inodes() || orphans.get((int) ino)) {
        problem("the list of orphans leads to inode %d", ino);
        return;
      }
      orphans.set((int) ino);
      ino = inode(ino).getInt(Ext2Vnode.DTIME) & 0xFFFF_FFFFL;
    }
  }

  private ByteBuffer inode(long ino) throws IOException {
    long table = descriptor(shape.groupOfInode(ino), GroupTable.INODE_TABLE) & 0xFFFF_FFFFL;
    byte[] bytes = new byte[128];
    long index = (ino - 1) % shape.inodesPerGroup();
    source.read(table * shape.blockSize() + index * shape.inodeSize(), bytes);
    return ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN);
  }

  // ---- inodes ----------------------------------------------------------------------------------

  private void checkInodes(int group) throws IOException {
    ByteBuffer table =
        read(descriptor(group, GroupTable.INODE_TABLE) & 0xFFFF_FFFFL, shape.tableBlocks());
    for (int i = 0; i < shape.inodesPerGroup(); i++) {
      int ino = group * shape.inodesPerGroup() + i + 1;
      int at = i * shape.inodeSize();
      int mode = table.getShort(at + Ext2Vnode.MODE) & 0xFFFF;
      links[ino] = table.getShort(at + Ext2Vnode.LINKS) & 0xFFFF;
      boolean reserved = ino < shape.firstInode() && ino != Superblock.ROOT_INODE;
      boolean used = links[ino] > 0 || orphans.get(ino) || (reserved && mode != 0);
      if (used || reserved) {
        inodes.set(ino);
      }
      if (used) {
        checkInode(ino, mode, table.slice(at, 128).order(LITTLE_ENDIAN), reserved);
      } else if (mode != 0 && table.getInt(at + Ext2Vnode.DTIME) == 0) {
        problem("inode %d was freed at no time", ino);
      }
    }
  }

  private void checkInode(int ino, int mode, ByteBuffer b, boolean reserved) throws IOException {
    FileType type = null;
    for (FileType t : FileType.values()) {
      type = (mode & FileType.MASK) == t.modeBits() ? t : type;
    }
    if (type == null) {
      if (!reserved) {
        problem("inode %d has mode %o", ino, mode);
      }
      return;
    }
    types[ino] = (byte) DirectoryBlock.typeCode(type);
    if (links[ino] > 0 && b.getInt(Ext2Vnode.DTIME) != 0 && !orphans.get(ino)) {
      problem("inode %d is in use and was freed", ino);
    }
    long size = b.getInt(Ext2Vnode.SIZE_LOW) & 0xFFFF_FFFFL;
    if (type == FileType.REG) {
      size |= (long) b.getInt(Ext2Vnode.SIZE_HIGH) << 32;
    }
    long sectors = b.getInt(Ext2Vnode.SECTORS) & 0xFFFF_FFFFL;
    int perBlock = shape.blockSize() / 512;
    long attributes = b.getInt(Ext2Vnode.FILE_ACL) & 0xFFFF_FFFFL;
    long counted = 0;
    if (attributes != 0) {
      counted = perBlock;
      if (isInside(attributes)) {
        blocks.set((int) attributes);
      } else {
        problem("inode %d has its attributes in block %d", ino, attributes);
      }
    }
    boolean fast = type == FileType.LNK && sectors == counted;
    boolean hasBlocks =
        type == FileType.REG || type == FileType.DIR || (type == FileType.LNK && !fast);
    long last = -1;
    if (hasBlocks) {
      Walk walk = new Walk(ino, reserved ? Claim.SHARE : Claim.OWN);
      walk.inode(b);
      counted += walk.count * perBlock;
      last = walk.last;
    }
    if (counted != sectors && !reserved) {
      problem("inode %d says %d sectors, has %d", ino, sectors, counted);
    }
    if (type == FileType.DIR) {
      directories.set(ino);
      if (size == 0 || size % shape.blockSize() != 0 || size / shape.blockSize() != last + 1) {
        problem("directory %d has size %d and %d blocks", ino, size, last + 1);
      }
    } else if (type == FileType.REG && !reserved && last >= 0) {
      if ((last + 1) * shape.blockSize() - shape.blockSize() >= size) {
        problem("file %d of %d bytes has block number %d", ino, size, last);
      }
    }
    if (fast && (size == 0 || size > 59)) {
      problem("symbolic link %d has a target of %d bytes", ino, size);
    }
  }

  /** Whether blocks become an inode's alone, or may be the superblock's too, or are listed. */
  private enum Claim {
    OWN,
    SHARE,
    LIST
  }

  /** Visits all blocks of an inode. */
  private final class Walk {
    private final int ino;
    private final List<Long> data = new ArrayList<>();
    private final Claim claim;
    long count;
    long last = -1;

    Walk(int ino, Claim claim) {
      this.ino = ino;
      this.claim = claim;
    }

    void inode(ByteBuffer b) throws IOException {
      long base = 0;
      for (int i = 0; i < Ext2Vnode.POINTERS; i++) {
        int level = Math.max(0, i - DIRECT + 1);
        visit(b.getInt(Ext2Vnode.POINTERS_AT + 4 * i) & 0xFFFF_FFFFL, level, base);
        base += span(level);
      }
    }

    private long span(int level) {
      long n = 1;
      for (int i = 0; i < level; i++) {
        n *= shape.blockSize() / 4;
      }
      return n;
    }

    private void visit(long block, int level, long base) throws IOException {
      if (block == 0) {
        return;
      }
      if (!isInside(block)) {
        problem("inode %d has block %d, which is none", ino, block);
        return;
      }
      count++;
      if (claim != Claim.LIST) {
        if (blocks.get((int) block) && claim == Claim.OWN) {
          problem("inode %d has block %d, which has another owner", ino, block);
          return;
        }
        blocks.set((int) block);
      }
      if (level == 0) {
        last = Math.max(last, base);
        if (claim == Claim.LIST) {
          data.add(block);
        }
        return;
      }
      ByteBuffer b = Ext2Check.this.read(block, 1);
      for (int i = 0; i < shape.blockSize() / 4; i++) {
        visit(b.getInt(4 * i) & 0xFFFF_FFFFL, level - 1, base + i * span(level - 1));
      }
    }
  }

  // ---- directories -----------------------------------------------------------------------------

  private record Place(int ino, int parent) {}

  private void walk() throws IOException {
    BitSet reached = new BitSet();
    Deque<Place> open = new ArrayDeque<>();
    reached.set(Superblock.ROOT_INODE);
    open.add(new Place(Superblock.ROOT_INODE, Superblock.ROOT_INODE));
    Place place = open.poll();
    while (place != null) {
      Walk walk = new Walk(place.ino, Claim.LIST);
      walk.inode(inode(place.ino));
      boolean first = true;
      for (long block : walk.data) {
        entries(place, read(block, 1), first, reached, open);
        first = false;
      }
      place = open.poll();
    }
    for (int ino = directories.nextSetBit(0); ino >= 0; ino = directories.nextSetBit(ino + 1)) {
      if (!reached.get(ino) && !orphans.get(ino)) {
        problem("directory %d has no name", ino);
      }
    }
  }

  private void entries(
      Place place, ByteBuffer b, boolean first, BitSet reached, Deque<Place> open) {
    int index = 0;
    for (int at = 0; at < shape.blockSize(); index++) {
      int left = shape.blockSize() - at;
      int length = left < 8 ? 0 : b.getShort(at + DirectoryBlock.LENGTH) & 0xFFFF;
      int nameLength = left < 8 ? 0 : b.get(at + DirectoryBlock.NAME_LENGTH) & 0xFF;
      long ino = left < 8 ? 0 : b.getInt(at) & 0xFFFF_FFFFL;
      if (length < DirectoryBlock.SHORTEST
          || length % 4 != 0
          || length > left
          || DirectoryBlock.NAME + nameLength > length
          || (ino != 0 && nameLength == 0)) {
        problem("directory %d has a damaged entry", place.ino);
        return;
      }
      if (ino != 0) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < nameLength; i++) {
          name.append((char) (b.get(at + DirectoryBlock.NAME + i) & 0xFF));
        }
        boolean dots = first && index < 2;
        entry(place, name.toString(), ino, b.get(at + DirectoryBlock.TYPE), dots ? index : -1);
        if (!dots && types(ino) == FileType.DIR) {
          if (reached.get((int) ino)) {
            problem("directory %d has more than one name, \"%s\" in %d", ino, name, place.ino);
          } else {
            reached.set((int) ino);
            open.add(new Place((int) ino, place.ino));
          }
        }
      } else if (first && index < 2) {
        problem("directory %d does not begin with \".\" and \"..\"", place.ino);
      }
      at += length;
    }
  }

  private @Nullable FileType types(long ino) {
    return ino <= shape.inodes() ? DirectoryBlock.typeOfCode(types[(int) ino]) : null;
  }

  private void entry(Place place, String name, long ino, int typeCode, int dot) {
    if (ino > shape.inodes() || !inodes.get((int) ino) || types(ino) == null) {
      problem("\"%s\" in directory %d names inode %d, which is free", name, place.ino, ino);
      return;
    }
    names[(int) ino]++;
    FileType type = types(ino);
    boolean typed = (shape.incompatible() & Superblock.INCOMPATIBLE_FILETYPE) != 0;
    if (typed && type != null && typeCode != 0 && typeCode != DirectoryBlock.typeCode(type)) {
      problem("\"%s\" in directory %d has the wrong type", name, place.ino);
    }
    if (dot == 0 && (!name.equals(".") || ino != place.ino)) {
      problem("directory %d does not begin with \".\"", place.ino);
    }
    if (dot == 1 && (!name.equals("..") || ino != place.parent)) {
      problem("\"..\" of directory %d is %d, not %d", place.ino, ino, place.parent);
    }
    if (dot < 0 && (name.equals(".") || name.equals("..") || name.indexOf('/') >= 0)) {
      problem("directory %d has an entry \"%s\"", place.ino, name);
    }
  }

  private void checkLinks() {
    for (int ino = 1; ino <= shape.inodes(); ino++) {
      boolean reserved = ino < shape.firstInode() && ino != Superblock.ROOT_INODE;
      if (types[ino] != 0 && !reserved && names[ino] != links[ino]) {
        problem("inode %d says %d links, has %d", ino, links[ino], names[ino]);
      }
    }
  }

  // ---- bitmaps and counts ----------------------------------------------------------------------

  private void checkBitmaps() throws IOException {
    long freeBlocks = 0;
    long freeInodes = 0;
    for (int g = 0; g < shape.groups(); g++) {
      int length = shape.groupLength(g);
      long start = shape.groupStart(g);
      int free = compare(g, GroupTable.BLOCK_BITMAP, blocks, (int) start, length, "block");
      if (free != count(g, GroupTable.FREE_BLOCKS)) {
        problem("group %d says %d free blocks, has %d", g, count(g, GroupTable.FREE_BLOCKS), free);
      }
      freeBlocks += free;
      int firstInode = g * shape.inodesPerGroup() + 1;
      int perGroup = shape.inodesPerGroup();
      free = compare(g, GroupTable.INODE_BITMAP, inodes, firstInode, perGroup, "inode");
      if (free != count(g, GroupTable.FREE_INODES)) {
        problem("group %d says %d free inodes, has %d", g, count(g, GroupTable.FREE_INODES), free);
      }
      freeInodes += free;
      int dirs = directories.get(firstInode, firstInode + perGroup).cardinality();
      if (dirs != count(g, GroupTable.DIRECTORIES)) {
        problem("group %d says %d directories, has %d", g, count(g, GroupTable.DIRECTORIES), dirs);
      }
    }
    if (freeBlocks != (superblock.getInt(Superblock.FREE_BLOCKS) & 0xFFFF_FFFFL)) {
      problem("the superblock's count of free blocks is wrong, there are %d", freeBlocks);
    }
    if (freeInodes != (superblock.getInt(Superblock.FREE_INODES) & 0xFFFF_FFFFL)) {
      problem("the superblock's count of free inodes is wrong, there are %d", freeInodes);
    }
  }

  /** Compares a bitmap with what is in use; how many are free. */
  private int compare(int group, int field, BitSet used, int first, int count, String what)
      throws IOException {
    ByteBuffer bitmap = read(descriptor(group, field) & 0xFFFF_FFFFL, 1);
    int free = 0;
    for (int i = 0; i < count; i++) {
      boolean marked = (bitmap.get(i >> 3) & 1 << (i & 7)) != 0;
      if (marked != used.get(first + i)) {
        problem("%s %d is %s, not so marked", what, first + i, marked ? "free" : "in use");
      }
      free += used.get(first + i) ? 0 : 1;
    }
    return free;
  }
}
