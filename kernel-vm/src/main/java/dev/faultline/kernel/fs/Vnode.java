// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VnodeRef;
import org.jspecify.annotations.Nullable;

/**
 * A file of any type in any file system.
 *
 * <p>Operations judge neither rights nor mount points (that is {@link Vfs}) but everything that
 * concerns the tree itself: existence, types, emptiness, space. They return 0 or more, or a negated
 * {@link Errno}; those that are not meant for the vnode's type have defaults here that refuse. Any
 * of them may sleep, and then the tree may have changed for the caller. A vnode stays good while
 * {@link #hold} keeps it; found and not held, it is good until the caller sleeps.
 */
public abstract class Vnode implements VnodeRef {
  private final FileSystem fileSystem;
  private final FileType type;
  private final long ino;
  private final VnodeLock lock;
  private int uses;
  private int mappings;
  private int writers;
  private boolean text;
  private boolean swap;
  private @Nullable FileSystem mountedHere;
  private @Nullable FilePath lastPath;
  private @Nullable Pipe pipe;
  private @Nullable RecordLocks recordLocks;

  /** A vnode that nobody uses yet. */
  protected Vnode(FileSystem fileSystem, FileType type, long ino) {
    this.fileSystem = fileSystem;
    this.type = type;
    this.ino = ino;
    lock = new VnodeLock(fileSystem.layer().scheduler());
  }

  /** The file system it belongs to. */
  public final FileSystem fileSystem() {
    return fileSystem;
  }

  /** What it is. */
  public final FileType type() {
    return type;
  }

  /** Its number in its file system. */
  public final long ino() {
    return ino;
  }

  /** Guards size and contents across sleeps. */
  public final VnodeLock lock() {
    return lock;
  }

  // ---- life ----------------------------------------------------------------------------------

  /** Adds a use: an open file, a working directory, a mapping. */
  public final void hold() {
    uses++;
  }

  /** Takes a use away; the last one lets the file system reclaim what has no name any more. */
  public final void release() {
    if (uses <= 0) {
      throw new KernelPanic("vnode " + ino + " is released more often than held");
    }
    uses--;
    if (uses == 0) {
      unused();
    }
  }

  /** Number of uses. */
  public final int uses() {
    return uses;
  }

  // ---- as the virtual-memory system sees it --------------------------------------------------

  @Override
  public final void lockShared() {
    lock.lockShared();
  }

  @Override
  public final void unlockShared() {
    lock.unlock();
  }

  @Override
  public final boolean lockExclusive(long deadline) {
    return lock.lockExclusive(deadline);
  }

  @Override
  public final void unlockExclusive() {
    lock.unlock();
  }

  /** A reference on the object is a use of the vnode (V1). */
  @Override
  public final void use() {
    mappings++;
    hold();
  }

  /** The last reference on the object takes the text mark along (V34). */
  @Override
  public final void unuse() {
    mappings--;
    if (mappings == 0) {
      text = false;
    }
    release();
  }

  @Override
  public void markObjectDirty() {}

  // ---- use and end ---------------------------------------------------------------------------

  /** Called when the last use has gone. */
  protected void unused() {}

  /** By what name it was last opened or run; null if it never was. For /proc/N/maps. */
  public final @Nullable FilePath lastPath() {
    return lastPath;
  }

  final void setLastPath(FilePath path) {
    lastPath = path;
  }

  /** What is mounted on this directory. */
  public final @Nullable FileSystem mountedHere() {
    return mountedHere;
  }

  final void setMountedHere(FileSystem mounted) {
    mountedHere = mounted;
  }

  // ---- attributes ----------------------------------------------------------------------------

  /** The attributes now. */
  public abstract Stat stat();

  /** Sets attributes and stamps the change; 0, -EROFS, -EPERM, -EIO. */
  public int setAttributes(AttributeChange change) {
    return -Errno.EPERM;
  }

  /** Size in bytes; 0 where that means nothing. */
  public long size() {
    return 0;
  }

  // ---- directories ---------------------------------------------------------------------------

  /**
   * Finds an entry; ".." and "." work too. -ENOENT, -ENOTDIR, -EIO.
   *
   * <p>The ".." of a file system's root is that root.
   */
  public Result<Vnode> lookup(String name) {
    return Result.failure(Errno.ENOTDIR);
  }

  /** The name of a directory in this one; null if it is not here. */
  public @Nullable String nameOf(Vnode child) {
    String[] found = new String[1];
    readDirectory(
        0,
        (name, childIno, childType, next) -> {
          if (childIno == child.ino() && !name.equals(".") && !name.equals("..")) {
            found[0] = name;
            return false;
          }
          return true;
        });
    return found[0];
  }

  /**
   * Makes a file, directory, FIFO or device file; its link count and the times are set.
   *
   * @param mode the twelve bits, umask already applied
   * @param rdev device number of a CHR or BLK
   * @return the new vnode; -EEXIST, -ENOSPC, -EROFS, -ENOENT if this directory was removed, -EPERM
   */
  public Result<Vnode> create(
      String name, FileType newType, int mode, long rdev, int uid, int gid) {
    return Result.failure(type == FileType.DIR ? Errno.EPERM : Errno.ENOTDIR);
  }

  /** Makes a symbolic link; as {@link #create}. */
  public Result<Vnode> symlink(String name, String target, int uid, int gid) {
    return Result.failure(type == FileType.DIR ? Errno.EPERM : Errno.ENOTDIR);
  }

  /** Gives a file of the same file system one more name here; -EEXIST, -EMLINK, -ENOSPC, -EROFS. */
  public int link(Vnode file, String name) {
    return type == FileType.DIR ? -Errno.EPERM : -Errno.ENOTDIR;
  }

  /** Removes a name that is not a directory's; -ENOENT, -EISDIR, -EROFS. */
  public int unlink(String name) {
    return type == FileType.DIR ? -Errno.EPERM : -Errno.ENOTDIR;
  }

  /** Removes an empty directory; -ENOENT, -ENOTDIR, -ENOTEMPTY, -EROFS. */
  public int rmdir(String name) {
    return type == FileType.DIR ? -Errno.EPERM : -Errno.ENOTDIR;
  }

  /**
   * Moves an entry of this directory to another directory of the file system, replacing what the
   * new name held. {@link Rename#rename} has excluded moving a directory below itself, and
   * replacing a non-empty directory or one of the other kind.
   */
  public int rename(String from, Vnode toDirectory, String to) {
    return type == FileType.DIR ? -Errno.EPERM : -Errno.ENOTDIR;
  }

  /** True if a directory has no entries but "." and "..". */
  public boolean isEmptyDirectory() {
    boolean[] empty = {true};
    readDirectory(
        0,
        (name, childIno, childType, next) -> {
          empty[0] = name.equals(".") || name.equals("..");
          return empty[0];
        });
    return empty[0];
  }

  /**
   * Lists entries from a position on, "." and ".." first.
   *
   * @param cookie 0, or what an earlier call gave; stays good when entries come and go
   * @return 0 or an error
   */
  public int readDirectory(long cookie, DirectorySink sink) {
    return -Errno.ENOTDIR;
  }

  // ---- contents ------------------------------------------------------------------------------

  /** The target of a symbolic link as the caller sees it; -EINVAL for anything else. */
  public Result<String> readLink(Caller caller) {
    return Result.failure(Errno.EINVAL);
  }

  /**
   * Where a link leads that names no path but the file itself, as those below /proc do; null for an
   * ordinary link.
   */
  public @Nullable Result<FilePath> jump(Caller caller) {
    return null;
  }

  /**
   * The memory object of a regular file: its pages are what mappings, reads and writes see (V1). It
   * is made when first asked for and has no reference of the caller's: who keeps it takes one.
   *
   * @return null for what cannot be mapped
   */
  public @Nullable VmObject object() {
    return null;
  }

  /**
   * Called before the file is mapped shared from a descriptor that may write: from now on pages may
   * become dirty without a write.
   *
   * @return 0, or -ENOSPC if there is no room to keep them
   */
  public int prepareSharedMapping() {
    return 0;
  }

  /**
   * Reads a regular file through its pages. Called with the lock held, shared at least.
   *
   * @return bytes read, fewer only at the end of the file; -EIO
   */
  public int read(long position, byte[] to, int offset, int size) {
    return type == FileType.DIR ? -Errno.EISDIR : -Errno.EINVAL;
  }

  /**
   * Writes a regular file through its pages, extending it. Called with the lock held exclusively.
   *
   * @return bytes written; fewer than {@code size} if the space ended; -ENOSPC, -EFBIG, -EIO
   */
  public int write(long position, byte[] from, int offset, int size) {
    return type == FileType.DIR ? -Errno.EISDIR : -Errno.EINVAL;
  }

  /** Sets a regular file's size. Called with the lock held exclusively; -EFBIG, -ENOSPC, -EIO. */
  public int truncate(long size) {
    return type == FileType.DIR ? -Errno.EISDIR : -Errno.EINVAL;
  }

  /** Brings a file's data and attributes to the disk; 0 or an error. */
  public int sync() {
    return 0;
  }

  /**
   * Opens it; rights have been judged. May sleep (a FIFO waits for its peer).
   *
   * @return the open file; -ENXIO for a device without a driver or a FIFO without a reader
   */
  public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
    return switch (type) {
      case REG, DIR -> Result.of(new VnodeFile(path, flags));
      case CHR -> fileSystem.layer().charDevices().open(stat().rdev(), caller, path, flags);
      case BLK -> fileSystem.layer().blockDevices().open(stat().rdev(), path, flags);
      case FIFO -> Pipe.openFifo(path, flags);
      case LNK -> Result.failure(Errno.ELOOP);
      case SOCK -> Result.failure(Errno.ENXIO);
    };
  }

  // ---- running programs and writers ----------------------------------------------------------

  /**
   * Marks the file as the text of a running program (V34), until the last reference on its object
   * goes: call it once the program is mapped.
   *
   * @return 0, or -ETXTBSY if it is open for writing
   */
  public final int markText() {
    if (writers > 0) {
      return -Errno.ETXTBSY;
    }
    text = true;
    return 0;
  }

  /** True while a program runs from it, or it is swap space: no writing (V34). */
  public final boolean isText() {
    return text || swap;
  }

  final int addWriter() {
    if (isText()) {
      return -Errno.ETXTBSY;
    }
    writers++;
    return 0;
  }

  /** The file is to be swap space; false if it is, or if anybody may write to it or maps it. */
  final boolean becomeSwap() {
    if (swap || writers > 0 || mappings > 0) {
      return false;
    }
    swap = true;
    return true;
  }

  /** The file is swap space no longer. */
  final void endSwap() {
    swap = false;
  }

  /** True while it is swap space: it must keep its blocks, so it keeps its name too. */
  final boolean isSwap() {
    return swap;
  }

  final void removeWriter() {
    writers--;
  }

  // ---- what hangs on a vnode -----------------------------------------------------------------

  final @Nullable Pipe pipe() {
    return pipe;
  }

  final void setPipe(@Nullable Pipe newPipe) {
    pipe = newPipe;
  }

  /** The record locks on it; made when first needed. */
  public final RecordLocks recordLocks() {
    RecordLocks locks = recordLocks;
    if (locks == null) {
      locks = new RecordLocks(fileSystem.layer());
      recordLocks = locks;
    }
    return locks;
  }

  final @Nullable RecordLocks recordLocksIfAny() {
    return recordLocks;
  }
}
