// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.DirectorySink;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pager.BlockMap;

/**
 * A directory: blocks of entries, read one after the other. A hashed index is not used, and said to
 * be gone before the first change.
 *
 * <p>What changes names is in {@link NameCreation}, {@link NameRemoval} and {@link NameMove}. A
 * cookie of {@link #readDirectory} is a position in the directory; entries do not move while others
 * come and go.
 */
final class Ext2Directory extends Ext2Vnode {
  private final BlockTree tree;

  /** The first block that may have room. */
  private long roomHint;

  Ext2Directory(Ext2Fs fs, long ino) {
    super(fs, FileType.DIR, ino);
    tree = new BlockTree(fs, this);
  }

  BlockTree tree() {
    return tree;
  }

  private long blocks() {
    return size() / fs().shape().blockSize();
  }

  /** A block of entries, pinned; -EIO, -ENOENT for a hole. */
  private Result<Buffer> block(long n) {
    long at = tree.find(n, new BlockMap.Run());
    if (at == BlockMap.HOLE) {
      return Result.failure(Errno.ENOENT);
    }
    Buffer b = at < 0 ? null : fs().cache().read(at);
    return b == null ? Result.failure(Errno.EIO) : Result.of(b);
  }

  private Result<Slot> damaged(Buffer b) {
    fs().cache().release(b);
    fs().complain("directory " + ino() + " has a damaged entry in block " + b.block);
    return Result.failure(Errno.EIO);
  }

  // ---- looking ---------------------------------------------------------------------------------

  /** The entry of a name, its block pinned; -ENOENT, -EIO. Names are locked. */
  Result<Slot> find(String name) {
    for (long n = 0; n < blocks(); n++) {
      Result<Buffer> block = block(n);
      if (!block.isOk()) {
        if (block.error() == -Errno.ENOENT) {
          continue;
        }
        return Result.failure(block.error());
      }
      Buffer b = block.value();
      int at = DirectoryBlock.find(b, name, fs().shape().inodes());
      if (at == DirectoryBlock.DAMAGED) {
        return damaged(b);
      }
      if (at >= 0) {
        return Result.of(new Slot(b, at));
      }
      fs().cache().release(b);
    }
    return Result.failure(Errno.ENOENT);
  }

  /** What a name leads to: an inode's number, {@link NameCache#ABSENT}, -EIO. Names are locked. */
  long inodeOf(String name) {
    Long known = fs().nameCache().find(ino(), name);
    if (known != null) {
      return known;
    }
    Result<Slot> slot = find(name);
    if (!slot.isOk() && slot.error() != -Errno.ENOENT) {
      return slot.error();
    }
    long found = NameCache.ABSENT;
    if (slot.isOk()) {
      found = slot.value().ino();
      fs().cache().release(slot.value().buffer());
    }
    fs().nameCache().put(ino(), name, found);
    return found;
  }

  @Override
  public Result<Vnode> lookup(String name) {
    if (name.equals(".")) {
      return Result.of(this);
    }
    fs().trim();
    Long known = fs().nameCache().find(ino(), name);
    if (known != null) {
      if (known == NameCache.ABSENT) {
        return Result.failure(Errno.ENOENT);
      }
      Ext2Vnode kept = fs().inodes().kept(known);
      if (kept != null) {
        return Result.of(kept);
      }
    }
    fs().namesLock().lockShared();
    Result<Vnode> result = lookupLocked(name);
    fs().namesLock().unlock();
    return result;
  }

  private Result<Vnode> lookupLocked(String name) {
    if (dead() || (links() == 0 && !name.equals(".."))) {
      return Result.failure(Errno.ENOENT);
    }
    long found = name.equals("..") ? parent() : inodeOf(name);
    if (found <= 0) {
      return Result.failure(found == NameCache.ABSENT ? Errno.ENOENT : (int) found);
    }
    Result<Ext2Vnode> vnode = fs().inodeTable().vnode(found);
    return vnode.isOk() ? Result.of(vnode.value()) : Result.failure(vnode.error());
  }

  /** The inode of ".."; the root's own; -EIO. */
  long parent() {
    if (ino() == Superblock.ROOT_INODE) {
      return ino();
    }
    Result<Slot> slot = dotDot();
    if (!slot.isOk()) {
      return -Errno.EIO;
    }
    long ino = slot.value().ino();
    fs().cache().release(slot.value().buffer());
    return ino;
  }

  /** The entry "..", which is the second one; its block is pinned. */
  Result<Slot> dotDot() {
    Result<Buffer> block = block(0);
    if (!block.isOk()) {
      return Result.failure(Errno.EIO);
    }
    Buffer b = block.value();
    long inodes = fs().shape().inodes();
    if (!DirectoryBlock.sound(b, 0, inodes)) {
      return damaged(b);
    }
    int at = DirectoryBlock.length(b, 0);
    boolean sound = DirectoryBlock.sound(b, at, inodes) && DirectoryBlock.inode(b, at) != 0;
    if (!sound || !DirectoryBlock.name(b, at).equals("..")) {
      return damaged(b);
    }
    return Result.of(new Slot(b, at));
  }

  @Override
  public int readDirectory(long cookie, DirectorySink sink) {
    fs().namesLock().lockShared();
    int error = links() == 0 ? 0 : list(cookie, sink);
    fs().namesLock().unlock();
    return error;
  }

  private int list(long cookie, DirectorySink sink) {
    int blockSize = fs().shape().blockSize();
    for (long n = Math.max(0, cookie) / blockSize; n < blocks(); n++) {
      Result<Buffer> block = block(n);
      if (!block.isOk()) {
        if (block.error() == -Errno.ENOENT) {
          continue;
        }
        return block.error();
      }
      int taken = list(block.value(), n * blockSize, cookie, sink);
      fs().cache().release(block.value());
      if (taken != 0) {
        return taken == DirectoryBlock.DAMAGED ? -Errno.EIO : 0;
      }
    }
    return 0;
  }

  /** 0 to go on; {@link DirectoryBlock#DAMAGED}; else enough. */
  private int list(Buffer b, long start, long cookie, DirectorySink sink) {
    for (int at = 0; at < b.size(); at += DirectoryBlock.length(b, at)) {
      if (!DirectoryBlock.sound(b, at, fs().shape().inodes())) {
        fs().complain("directory " + ino() + " has a damaged entry in block " + b.block);
        return DirectoryBlock.DAMAGED;
      }
      long ino = DirectoryBlock.inode(b, at);
      if (start + at < cookie || ino == 0) {
        continue;
      }
      long next = start + at + DirectoryBlock.length(b, at);
      if (!sink.entry(DirectoryBlock.name(b, at), ino, typeOf(b, at, ino), next)) {
        return 1;
      }
    }
    return 0;
  }

  private FileType typeOf(Buffer b, int at, long ino) {
    FileType type = fs().typed() ? DirectoryBlock.type(b, at) : null;
    if (type == null) {
      Ext2Vnode vnode = fs().inodeTable().vnode(ino).orNull();
      type = vnode == null ? FileType.REG : vnode.type();
    }
    return type;
  }

  // ---- room ------------------------------------------------------------------------------------

  /** Room for a name, its block pinned; grows the directory. -ENOSPC, -EIO. Names are locked. */
  Result<Slot> room(String name) {
    int error = dropIndex();
    if (error != 0) {
      return Result.failure(error);
    }
    Result<Slot> found = room(name, roomHint, blocks());
    if (found.isOk() || found.error() != -Errno.ENOENT) {
      return found;
    }
    found = room(name, 0, Math.min(roomHint, blocks()));
    if (found.isOk() || found.error() != -Errno.ENOENT) {
      return found;
    }
    error = grow();
    return error != 0 ? Result.failure(error) : room(name, blocks() - 1, blocks());
  }

  private Result<Slot> room(String name, long from, long end) {
    for (long n = from; n < end; n++) {
      Result<Buffer> block = block(n);
      if (!block.isOk()) {
        if (block.error() == -Errno.ENOENT) {
          continue;
        }
        return Result.failure(block.error());
      }
      Buffer b = block.value();
      int at = roomIn(b, name);
      if (at == DirectoryBlock.DAMAGED) {
        return damaged(b);
      }
      if (at >= 0) {
        roomHint = n;
        return Result.of(new Slot(b, at));
      }
      fs().cache().release(b);
    }
    return Result.failure(Errno.ENOENT);
  }

  private int roomIn(Buffer b, String name) {
    int at = DirectoryBlock.room(b, name.length(), fs().shape().inodes());
    while (at == DirectoryBlock.NONE) {
      int wide = DirectoryBlock.wide(b);
      if (wide < 0) {
        return DirectoryBlock.NONE;
      }
      fs().cache().modify(b);
      DirectoryBlock.cut(b, wide);
      fs().cache().dirty(b);
      fs().cache().commit(b);
      fs().cache().modify(b);
      DirectoryBlock.shorten(b, wide);
      fs().cache().dirty(b);
      at = DirectoryBlock.room(b, name.length(), fs().shape().inodes());
    }
    return at;
  }

  /** An entry went: there is room in some block again. */
  void roomMade() {
    roomHint = 0;
  }

  private int grow() {
    long place = tree.allocateMetadata(blocks(), DirectoryBlock::format);
    if (place < 0) {
      return place == BlockMap.NO_SPACE ? -Errno.ENOSPC : -Errno.EIO;
    }
    setSize(size() + fs().shape().blockSize());
    return commit();
  }

  /** An index knows nothing of changes made without it: it is given up. */
  int dropIndex() {
    if ((flags() & FLAG_INDEX) == 0) {
      return 0;
    }
    setFlags(flags() & ~FLAG_INDEX);
    return commit();
  }

  /** Brings the inode to the disk at once. */
  private int commit() {
    int error = update();
    Buffer b = fs().inodeTable().buffer(ino());
    if (b == null) {
      return -Errno.EIO;
    }
    fs().cache().commit(b);
    fs().cache().release(b);
    return error;
  }

  /** Frees all blocks of a directory that is no more. */
  void freeBlocks() {
    long end = blocks();
    setSize(0);
    tree.cut(0, end, true);
  }

  // ---- changing names --------------------------------------------------------------------------

  @Override
  public Result<Vnode> create(
      String name, FileType newType, int mode, long rdev, int uid, int gid) {
    return fs().change(
            this, () -> fs().creation().create(this, name, newType, mode, rdev, uid, gid));
  }

  @Override
  public Result<Vnode> symlink(String name, String target, int uid, int gid) {
    return fs().change(this, () -> fs().creation().symlink(this, name, target, uid, gid));
  }

  @Override
  public int link(Vnode file, String name) {
    return file instanceof Ext2Vnode v
        ? fs().change(this, () -> fs().creation().link(this, v, name)).error()
        : -Errno.EXDEV;
  }

  @Override
  public int unlink(String name) {
    return fs().change(this, () -> fs().removal().unlink(this, name)).error();
  }

  @Override
  public int rmdir(String name) {
    return fs().change(this, () -> fs().removal().rmdir(this, name)).error();
  }

  @Override
  public int rename(String from, Vnode toDirectory, String to) {
    return toDirectory instanceof Ext2Directory d
        ? fs().change(this, () -> fs().move().rename(this, from, d, to)).error()
        : -Errno.EXDEV;
  }
}
