// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/**
 * The file calls by path: lookup, rights, and then the vnode's operation. {@link Rename} and {@link
 * FileAttributes} have classes of their own.
 *
 * <p>In all of them {@code at} is the directory where a relative path starts (the {@code dirfd} of
 * an {@code …at} call), null for the working directory. Results are 0 or more, or a negated {@link
 * Errno}; beside those named, every lookup error of {@link Namei#lookup} can come. Any call may
 * sleep.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
public final class Vfs {
  private static final int SET_GID = 0x400;
  private static final int STICKY_AND_RIGHTS = 0x3FF;
  private static final int ALL_MODE_BITS = 0xFFF;

  private Vfs() {}

  // ---- open ----------------------------------------------------------------------------------

  /**
   * Opens a file and puts it at the lowest free descriptor.
   *
   * @return the descriptor; -EMFILE, -ENFILE and what {@link #open} gives
   */
  public static int openDescriptor(
      Caller caller, @Nullable Vnode at, String path, int flags, int mode) {
    int free = caller.descriptors().lowestFree(0);
    if (free < 0) {
      return free;
    }
    Result<OpenFile> file = open(caller, at, path, flags, mode);
    return file.isOk()
        ? caller.descriptors().install(file.value(), (flags & OpenFlags.CLOEXEC) != 0)
        : file.error();
  }

  /**
   * Opens a file, making it if {@link OpenFlags#CREAT} says so.
   *
   * @param mode rights of a new file; the umask is applied here
   * @return the open file, whose one reference is the caller's; -EEXIST, -EISDIR, -ENOTDIR, -ELOOP,
   *     -EACCES, -EROFS, -ETXTBSY, -ENXIO, -ENOSPC, -ENFILE, -ERESTARTSYS (a FIFO waited)
   */
  public static Result<OpenFile> open(
      Caller caller, @Nullable Vnode at, String path, int flags, int mode) {
    boolean create = (flags & OpenFlags.CREAT) != 0 && (flags & OpenFlags.PATH) == 0;
    boolean exclusive = create && (flags & OpenFlags.EXCL) != 0;
    boolean noFollow = (flags & OpenFlags.NOFOLLOW) != 0 && !path.endsWith("/");
    boolean follow = !noFollow && !exclusive;
    Result<Namei.Found> lookup = Namei.find(caller, at, path, follow);
    if (!lookup.isOk()) {
      return Result.failure(lookup.error());
    }
    Namei.Found found = lookup.value();
    Vnode vnode = found.vnode();
    if (vnode == null) {
      if (!create) {
        return Result.failure(Errno.ENOENT);
      }
      if (found.slash() || (flags & OpenFlags.DIRECTORY) != 0) {
        return Result.failure(found.slash() ? Errno.EISDIR : Errno.EINVAL);
      }
      Result<Vnode> made = make(caller, found, FileType.REG, mode, 0);
      if (!made.isOk()) {
        return Result.failure(made.error());
      }
      return openVnode(caller, found.path(made.value()), flags & ~OpenFlags.TRUNC);
    }
    if (exclusive) {
      return Result.failure(Errno.EEXIST);
    }
    if (create && vnode.type() == FileType.DIR) {
      return Result.failure(Errno.EISDIR);
    }
    int error = checkOpen(caller, vnode, flags);
    return error != 0 ? Result.failure(error) : openVnode(caller, found.path(vnode), flags);
  }

  private static int checkOpen(Caller caller, Vnode vnode, int flags) {
    if ((flags & OpenFlags.DIRECTORY) != 0 && vnode.type() != FileType.DIR) {
      return -Errno.ENOTDIR;
    }
    if ((flags & OpenFlags.PATH) != 0) {
      return 0;
    }
    if (vnode.type() == FileType.LNK) {
      return -Errno.ELOOP;
    }
    boolean writes = OpenFlags.writes(flags) || (flags & OpenFlags.TRUNC) != 0;
    if (vnode.type() == FileType.DIR && writes) {
      return -Errno.EISDIR;
    }
    int want = (OpenFlags.reads(flags) ? Permissions.READ : 0) | (writes ? Permissions.WRITE : 0);
    int error = Permissions.check(vnode.stat(), caller.credentials(), want);
    if (error != 0) {
      return error;
    }
    if (writes && vnode.type() == FileType.REG) {
      if (vnode.fileSystem().readOnly()) {
        return -Errno.EROFS;
      }
      if (vnode.isText()) {
        return -Errno.ETXTBSY;
      }
    }
    return 0;
  }

  private static Result<OpenFile> openVnode(Caller caller, FilePath path, int flags) {
    Vnode vnode = path.vnode();
    if (!vnode.fileSystem().layer().files().hasRoomFor(1)) {
      return Result.failure(Errno.ENFILE);
    }
    if ((flags & OpenFlags.PATH) != 0) {
      return Result.of(new PathFile(path, flags));
    }
    // The vnode must outlive the waits below, even if its name goes meanwhile.
    path.hold();
    Result<OpenFile> opened = vnode.open(caller, path, flags);
    if (opened.isOk() && (flags & OpenFlags.TRUNC) != 0 && vnode.type() == FileType.REG) {
      vnode.lock().lockExclusive();
      int error = vnode.truncate(0);
      vnode.lock().unlock();
      if (error != 0) {
        opened.value().release();
        opened = Result.failure(error);
      }
    }
    path.release();
    return opened;
  }

  // ---- making names --------------------------------------------------------------------------

  /** Makes a directory; -EEXIST, -EACCES, -ENOSPC, -EROFS. */
  public static int mkdir(Caller caller, @Nullable Vnode at, String path, int mode) {
    Result<Namei.Found> lookup = Namei.find(caller, at, path, false);
    if (!lookup.isOk()) {
      return lookup.error();
    }
    return make(caller, lookup.value(), FileType.DIR, mode & STICKY_AND_RIGHTS, 0).error();
  }

  /**
   * Makes a regular file, FIFO, socket name or (superuser only) device file.
   *
   * @param mode type and rights; no type means a regular file
   * @return 0; -EPERM, -EINVAL for another type, -EEXIST, -EACCES, -ENOSPC, -EROFS
   */
  public static int mknod(Caller caller, @Nullable Vnode at, String path, int mode, long rdev) {
    FileType type;
    switch (mode & FileType.MASK) {
      case 0, 0x8000 -> type = FileType.REG;
      case 0x1000 -> type = FileType.FIFO;
      case 0x2000 -> type = FileType.CHR;
      case 0x6000 -> type = FileType.BLK;
      case 0xC000 -> type = FileType.SOCK;
      case 0x4000 -> {
        return -Errno.EPERM;
      }
      default -> {
        return -Errno.EINVAL;
      }
    }
    boolean device = type == FileType.CHR || type == FileType.BLK;
    if (device && !caller.credentials().isSuperuser()) {
      return -Errno.EPERM;
    }
    Result<Namei.Found> lookup = Namei.find(caller, at, path, false);
    if (!lookup.isOk()) {
      return lookup.error();
    }
    Namei.Found found = lookup.value();
    if (found.slash() && found.vnode() == null) {
      return -Errno.ENOENT;
    }
    return make(caller, found, type, mode, device ? rdev : 0).error();
  }

  /** Makes a symbolic link; -EEXIST, -ENOENT for an empty target, -EACCES, -ENOSPC, -EROFS. */
  public static int symlink(Caller caller, String target, @Nullable Vnode at, String path) {
    if (target.isEmpty()) {
      return -Errno.ENOENT;
    }
    if (target.length() >= Namei.PATH_MAX) {
      return -Errno.ENAMETOOLONG;
    }
    Result<Namei.Found> lookup = Namei.find(caller, at, path, false);
    if (!lookup.isOk()) {
      return lookup.error();
    }
    Namei.Found found = lookup.value();
    if (found.vnode() != null) {
      return -Errno.EEXIST;
    }
    if (found.slash()) {
      return -Errno.ENOENT;
    }
    int error = checkCreate(caller, found.directory());
    return error != 0
        ? error
        : found
            .directory()
            .symlink(
                found.name(),
                target,
                caller.credentials().uid(),
                groupOfNew(caller, found.directory()))
            .error();
  }

  /**
   * Gives a file one more name; -EEXIST, -EPERM for a directory, -EXDEV, -EMLINK, -EACCES, -EROFS.
   */
  public static int link(
      Caller caller,
      @Nullable Vnode fromAt,
      String from,
      @Nullable Vnode toAt,
      String to,
      boolean follow) {
    Result<FilePath> source = Namei.lookup(caller, fromAt, from, follow);
    if (!source.isOk()) {
      return source.error();
    }
    Vnode file = source.value().vnode();
    Result<Namei.Found> lookup = Namei.find(caller, toAt, to, false);
    if (!lookup.isOk()) {
      return lookup.error();
    }
    Namei.Found found = lookup.value();
    if (found.vnode() != null) {
      return -Errno.EEXIST;
    }
    if (found.slash()) {
      return -Errno.ENOENT;
    }
    int error = checkCreate(caller, found.directory());
    if (error != 0) {
      return error;
    }
    if (file.fileSystem() != found.directory().fileSystem()) {
      return -Errno.EXDEV;
    }
    return file.type() == FileType.DIR ? -Errno.EPERM : found.directory().link(file, found.name());
  }

  private static Result<Vnode> make(
      Caller caller, Namei.Found found, FileType type, int mode, long rdev) {
    if (found.vnode() != null) {
      return Result.failure(Errno.EEXIST);
    }
    Vnode directory = found.directory();
    int error = checkCreate(caller, directory);
    if (error != 0) {
      return Result.failure(error);
    }
    int bits = mode & ALL_MODE_BITS & ~caller.context().umask();
    if (type == FileType.DIR) {
      bits |= directory.stat().mode() & SET_GID;
    }
    return directory.create(
        found.name(), type, bits, rdev, caller.credentials().uid(), groupOfNew(caller, directory));
  }

  private static int groupOfNew(Caller caller, Vnode directory) {
    Stat stat = directory.stat();
    return (stat.mode() & SET_GID) != 0 ? stat.gid() : caller.credentials().gid();
  }

  /** Whether the caller may add a name to a directory; 0 or an error. */
  static int checkCreate(Caller caller, Vnode directory) {
    int error =
        Permissions.check(
            directory.stat(), caller.credentials(), Permissions.WRITE | Permissions.EXECUTE);
    if (error != 0) {
      return error;
    }
    return directory.fileSystem().readOnly() ? -Errno.EROFS : 0;
  }

  // ---- removing names -----------------------------------------------------------------------

  /** Removes a name; -ENOENT, -EISDIR, -EACCES, -EPERM, -EROFS. */
  public static int unlink(Caller caller, @Nullable Vnode at, String path) {
    return remove(caller, at, path, false);
  }

  /** Removes an empty directory; -ENOTEMPTY, -ENOTDIR, -EBUSY, -EINVAL for ".". */
  public static int rmdir(Caller caller, @Nullable Vnode at, String path) {
    return remove(caller, at, path, true);
  }

  private static int remove(Caller caller, @Nullable Vnode at, String path, boolean directory) {
    Result<Namei.Found> lookup = Namei.find(caller, at, path, false);
    if (!lookup.isOk()) {
      return lookup.error();
    }
    Namei.Found found = lookup.value();
    if (found.last() != Namei.Last.NAME) {
      if (!directory) {
        return -Errno.EISDIR;
      }
      return switch (found.last()) {
        case DOT -> -Errno.EINVAL;
        case DOT_DOT -> -Errno.ENOTEMPTY;
        default -> -Errno.EBUSY;
      };
    }
    Vnode victim = found.vnode();
    if (victim == null) {
      return -Errno.ENOENT;
    }
    int error = checkRemove(caller, found.directory(), victim);
    if (error == -Errno.EBUSY && !directory) {
      // Only directories are mounted on, and unlink minds that first.
      return -Errno.EISDIR;
    }
    if (error != 0) {
      return error;
    }
    if (directory) {
      return victim.type() == FileType.DIR ? found.directory().rmdir(found.name()) : -Errno.ENOTDIR;
    }
    if (victim.type() == FileType.DIR) {
      return -Errno.EISDIR;
    }
    return found.slash() ? -Errno.ENOTDIR : found.directory().unlink(found.name());
  }

  /** Whether the caller may take a name out of a directory; 0 or an error. */
  static int checkRemove(Caller caller, Vnode directory, Vnode victim) {
    int error = Permissions.checkDelete(directory.stat(), victim.stat(), caller.credentials());
    if (error != 0) {
      return error;
    }
    if (directory.fileSystem().readOnly()) {
      return -Errno.EROFS;
    }
    if (victim.isSwap()) {
      return -Errno.EPERM;
    }
    // A root that is not the directory's own child is what is mounted over it.
    boolean mountPoint = victim == victim.fileSystem().root() || victim.mountedHere() != null;
    return mountPoint ? -Errno.EBUSY : 0;
  }

  // ---- looking -----------------------------------------------------------------------------

  /** stat, lstat, fstatat. */
  public static Result<Stat> stat(Caller caller, @Nullable Vnode at, String path, boolean follow) {
    Result<FilePath> found = Namei.lookup(caller, at, path, follow);
    return found.isOk() ? Result.of(found.value().vnode().stat()) : Result.failure(found.error());
  }

  /**
   * access and faccessat.
   *
   * @param who the real ids, or the effective ones where the call says so
   * @param want bits of {@link Permissions}; 0 asks for existence only
   */
  public static int access(
      Caller caller, Credentials who, @Nullable Vnode at, String path, int want, boolean follow) {
    Result<FilePath> found = Namei.lookup(caller, at, path, follow);
    if (!found.isOk()) {
      return found.error();
    }
    Vnode vnode = found.value().vnode();
    int error = Permissions.check(vnode.stat(), who, want);
    boolean changes =
        (want & Permissions.WRITE) != 0
            && (vnode.type() == FileType.REG || vnode.type() == FileType.DIR);
    return error == 0 && changes && vnode.fileSystem().readOnly() ? -Errno.EROFS : error;
  }

  /** truncate by path; -EISDIR, -EINVAL, -EACCES, -EROFS, -ETXTBSY, -EFBIG, -ENOSPC. */
  public static int truncate(Caller caller, @Nullable Vnode at, String path, long size) {
    if (size < 0) {
      return -Errno.EINVAL;
    }
    Result<FilePath> found = Namei.lookup(caller, at, path, true);
    if (!found.isOk()) {
      return found.error();
    }
    Vnode vnode = found.value().vnode();
    if (vnode.type() == FileType.DIR) {
      return -Errno.EISDIR;
    }
    if (vnode.type() != FileType.REG) {
      return -Errno.EINVAL;
    }
    int error = checkOpen(caller, vnode, OpenFlags.WRONLY);
    if (error != 0) {
      return error;
    }
    vnode.hold();
    vnode.lock().lockExclusive();
    error = vnode.truncate(size);
    vnode.lock().unlock();
    vnode.release();
    return error;
  }

  // ---- directories ---------------------------------------------------------------------------

  /** chdir and fchdir to a vnode; -ENOTDIR, -EACCES. */
  public static int changeDirectory(Caller caller, Vnode directory) {
    int error = checkEnter(caller, directory);
    if (error == 0) {
      caller.context().changeDirectory(directory);
    }
    return error;
  }

  /** chroot to a vnode; -EPERM unless superuser, -ENOTDIR, -EACCES. */
  public static int changeRoot(Caller caller, Vnode directory) {
    if (!caller.credentials().isSuperuser()) {
      return -Errno.EPERM;
    }
    int error = checkEnter(caller, directory);
    if (error == 0) {
      caller.context().changeRoot(directory);
    }
    return error;
  }

  private static int checkEnter(Caller caller, Vnode directory) {
    return directory.type() != FileType.DIR
        ? -Errno.ENOTDIR
        : Permissions.check(directory.stat(), caller.credentials(), Permissions.EXECUTE);
  }

  /** readlink: the target's bytes; -EINVAL for what is no link. */
  public static Result<String> readLink(Caller caller, @Nullable Vnode at, String path) {
    Result<FilePath> found = Namei.lookup(caller, at, path, false);
    if (!found.isOk()) {
      return Result.failure(found.error());
    }
    return found.value().vnode().readLink(caller);
  }
}
