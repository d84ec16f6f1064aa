// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.AttributeChange;
import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vnode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of any type: its inode. The fields here are the truth; {@link #update} copies them to
 * where the inode lies on the disk.
 */
abstract class Ext2Vnode extends Vnode {
  /** Offsets in an inode. */
  static final int MODE = 0;

  static final int UID = 2;
  static final int SIZE_LOW = 4;
  static final int ATIME = 8;
  static final int CTIME = 12;
  static final int MTIME = 16;
  static final int DTIME = 20;
  static final int GID = 24;
  static final int LINKS = 26;
  static final int SECTORS = 28;
  static final int FLAGS = 32;
  static final int POINTERS_AT = 40;
  static final int GENERATION = 100;
  static final int FILE_ACL = 104;
  static final int SIZE_HIGH = 108;
  static final int UID_HIGH = 120;
  static final int GID_HIGH = 122;

  /** Pointers in an inode: twelve to blocks, then to indirect ones of one to three levels. */
  static final int POINTERS = 15;

  /** Flag: the directory has a hashed index. */
  static final int FLAG_INDEX = 0x1000;

  private static final int FLAG_IMMUTABLE = 0x10;
  private static final int FLAG_APPEND = 0x20;
  private static final long SECOND = 1_000_000_000L;

  private final Ext2Fs fs;
  private int mode;
  private int uid;
  private int gid;
  private long size;
  private int atime;
  private int ctime;
  private int mtime;
  private int dtime;
  private int links;
  private long sectors;
  private int flags;
  private int generation;
  private int fileAcl;
  private final int[] pointers = new int[POINTERS];

  /** True once the inode is free. */
  private boolean dead;

  /** Names that were added and may not be on the disk yet. */
  private final List<Buffer.Edge> names = new ArrayList<>(0);

  /** What has to be on the disk for the inode to be in use there; null if it is. */
  private Buffer.@Nullable Edge created;

  Ext2Vnode(Ext2Fs fs, FileType type, long ino) {
    super(fs, type, ino);
    this.fs = fs;
  }

  /** Its file system. */
  final Ext2Fs fs() {
    return fs;
  }

  // ---- on the disk -----------------------------------------------------------------------------

  /** Takes the fields from the disk. */
  final void load(Buffer b, int at) {
    mode = b.get16(at + MODE) & 0xFFF;
    uid = b.get16(at + UID) | b.get16(at + UID_HIGH) << 16;
    gid = b.get16(at + GID) | b.get16(at + GID_HIGH) << 16;
    size = b.getUnsigned32(at + SIZE_LOW);
    if (type() == FileType.REG) {
      size |= (long) b.get32(at + SIZE_HIGH) << 32;
    }
    atime = b.get32(at + ATIME);
    ctime = b.get32(at + CTIME);
    mtime = b.get32(at + MTIME);
    dtime = b.get32(at + DTIME);
    links = b.get16(at + LINKS);
    sectors = b.getUnsigned32(at + SECTORS);
    flags = b.get32(at + FLAGS);
    generation = b.get32(at + GENERATION);
    fileAcl = b.get32(at + FILE_ACL);
    for (int i = 0; i < POINTERS; i++) {
      pointers[i] = b.get32(at + POINTERS_AT + 4 * i);
    }
  }

  /** Puts the fields where the inode lies; 0 or -EIO. May sleep before, not after. */
  final int update() {
    Buffer b = fs.inodeTable().buffer(ino());
    if (b == null) {
      return -Errno.EIO;
    }
    fs.cache().modify(b);
    int at = fs.inodeTable().offset(ino());
    b.put16(at + MODE, type().modeBits() | mode);
    b.put16(at + UID, uid);
    b.put16(at + UID_HIGH, uid >>> 16);
    b.put16(at + GID, gid);
    b.put16(at + GID_HIGH, gid >>> 16);
    b.put32(at + SIZE_LOW, (int) size);
    if (type() == FileType.REG) {
      b.put32(at + SIZE_HIGH, (int) (size >>> 32));
    }
    b.put32(at + ATIME, atime);
    b.put32(at + CTIME, ctime);
    b.put32(at + MTIME, mtime);
    b.put32(at + DTIME, dtime);
    b.put16(at + LINKS, links);
    b.put32(at + SECTORS, (int) sectors);
    b.put32(at + FLAGS, flags);
    b.put32(at + GENERATION, generation);
    b.put32(at + FILE_ACL, fileAcl);
    for (int i = 0; i < POINTERS; i++) {
      b.put32(at + POINTERS_AT + 4 * i, pointers[i]);
    }
    fs.cache().dirty(b);
    fs.cache().release(b);
    return 0;
  }

  /** Makes it a new file; nothing is on the disk yet. */
  final void begin(int newMode, int newUid, int newGid, int newLinks) {
    mode = newMode;
    uid = newUid;
    gid = newGid;
    links = newLinks;
    atime = fs.seconds();
    ctime = atime;
    mtime = atime;
    generation = fs.nextGeneration();
  }

  /** Writes a new inode over whatever was there; {@code b} is pinned and holds it. May sleep. */
  final void establish(Buffer b) {
    fs.cache().modify(b);
    b.zero(fs.inodeTable().offset(ino()), fs.shape().inodeSize());
    if (update() == 0) {
      created = new Buffer.Edge(b, b.version);
    }
  }

  /** What must be on the disk before it is in use there; null if it is. */
  final Buffer.@Nullable Edge created() {
    Buffer.Edge c = created;
    if (c != null && c.satisfied()) {
      created = null;
    }
    return created;
  }

  /** A name of it was added, which is on the disk when this state of a block is. */
  final void named(Buffer.Edge state) {
    names.removeIf(n -> n.satisfied() || n.first() == state.first());
    names.add(state);
  }

  /** Blocks with names of it that may not be on the disk yet. */
  final List<Buffer.Edge> names() {
    names.removeIf(Buffer.Edge::satisfied);
    return List.copyOf(names);
  }

  // ---- fields ----------------------------------------------------------------------------------

  @Override
  public final long size() {
    return size;
  }

  final void setSize(long bytes) {
    size = bytes;
  }

  final int links() {
    return links;
  }

  final void setLinks(int n) {
    links = n;
  }

  final int dtime() {
    return dtime;
  }

  final void setDtime(int time) {
    dtime = time;
  }

  final int flags() {
    return flags;
  }

  final void setFlags(int newFlags) {
    flags = newFlags;
  }

  final int pointer(int i) {
    return pointers[i];
  }

  final void setPointer(int i, int block) {
    pointers[i] = block;
  }

  final long sectors() {
    return sectors;
  }

  final void addSectors(long by) {
    sectors = Math.max(0, sectors + by);
  }

  /** The block of extended attributes; 0 if there is none. */
  final int attributeBlock() {
    return fileAcl;
  }

  final void dropAttributeBlock() {
    fileAcl = 0;
  }

  final boolean dead() {
    return dead;
  }

  final void die() {
    dead = true;
  }

  /** Its contents have changed now. */
  final void modified() {
    mtime = fs.seconds();
    ctime = mtime;
  }

  /** Its attributes or names have changed now. */
  final void changed() {
    ctime = fs.seconds();
  }

  long rdev() {
    return 0;
  }

  @Override
  public final Stat stat() {
    return new Stat(
        fs.device(),
        ino(),
        type().modeBits() | mode,
        links,
        uid,
        gid,
        rdev(),
        size,
        fs.shape().blockSize(),
        sectors,
        atime * SECOND,
        mtime * SECOND,
        ctime * SECOND);
  }

  @Override
  public final int setAttributes(AttributeChange change) {
    if (fs.readOnly()) {
      return -Errno.EROFS;
    }
    if ((flags & (FLAG_IMMUTABLE | FLAG_APPEND)) != 0) {
      return -Errno.EPERM;
    }
    fs.throttle();
    if (change.mode() != AttributeChange.KEEP) {
      mode = change.mode();
    }
    if (change.uid() != AttributeChange.KEEP) {
      uid = change.uid();
    }
    if (change.gid() != AttributeChange.KEEP) {
      gid = change.gid();
    }
    if (change.atime() != AttributeChange.KEEP_TIME) {
      atime = toSeconds(change.atime());
    }
    if (change.mtime() != AttributeChange.KEEP_TIME) {
      mtime = toSeconds(change.mtime());
    }
    changed();
    return update();
  }

  /** True if it must not be changed, for that is what its flags say. */
  final boolean isImmutable() {
    return (flags & (FLAG_IMMUTABLE | FLAG_APPEND)) != 0;
  }

  private static int toSeconds(long nanoseconds) {
    long seconds = Math.floorDiv(nanoseconds, SECOND);
    return Math.clamp(seconds, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  // ---- use and end -----------------------------------------------------------------------------

  @Override
  public Result<OpenFile> open(Caller caller, FilePath path, int openFlags) {
    return dead ? Result.failure(Errno.ENOENT) : super.open(caller, path, openFlags);
  }

  @Override
  protected final void unused() {
    if (dead) {
      return;
    }
    if (links == 0) {
      fs.deletion().reclaim(this);
    } else {
      fs.inodes().keep(this);
    }
  }

  /** Drops the pages; those that changed are not written (V26). May sleep. */
  void discardPages() {}

  /** Writes the pages that changed and lets all go: the vnode is no longer kept. May sleep. */
  void letPagesGo() {}

  @Override
  public int sync() {
    int error = update();
    int written = fs.sync();
    return error != 0 ? error : written;
  }
}
