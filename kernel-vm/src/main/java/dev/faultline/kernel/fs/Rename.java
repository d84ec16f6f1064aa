// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/** rename and its kin: the one call that changes two directories. */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
public final class Rename {
  private static final int MAX_DEPTH = 65_536;

  private Rename() {}

  /**
   * Moves a name, replacing what the new one holds.
   *
   * @param replace false: fail with -EEXIST instead of replacing
   * @return 0; -ENOENT, -EEXIST, -EXDEV, -EINVAL (into itself), -EISDIR, -ENOTDIR, -ENOTEMPTY,
   *     -EBUSY, -EACCES, -EPERM, -EROFS
   */
  public static int rename(
      Caller caller,
      @Nullable Vnode fromAt,
      String from,
      @Nullable Vnode toAt,
      String to,
      boolean replace) {
    Result<Namei.Found> fromLookup = Namei.find(caller, fromAt, from, false);
    if (!fromLookup.isOk()) {
      return fromLookup.error();
    }
    Result<Namei.Found> toLookup = Namei.find(caller, toAt, to, false);
    if (!toLookup.isOk()) {
      return toLookup.error();
    }
    Namei.Found source = fromLookup.value();
    Namei.Found target = toLookup.value();
    if (source.directory().fileSystem() != target.directory().fileSystem()) {
      return -Errno.EXDEV;
    }
    if (source.last() != Namei.Last.NAME || target.last() != Namei.Last.NAME) {
      return -Errno.EBUSY;
    }
    Vnode moved = source.vnode();
    if (moved == null) {
      return -Errno.ENOENT;
    }
    if (!replace && target.vnode() != null) {
      return -Errno.EEXIST;
    }
    boolean isDirectory = moved.type() == FileType.DIR;
    if (!isDirectory && (source.slash() || target.slash())) {
      return -Errno.ENOTDIR;
    }
    int error = checkRename(caller, source.directory(), moved, target.directory(), target.vnode());
    return error != 0 || target.vnode() == moved
        ? error
        : source.directory().rename(source.name(), target.directory(), target.name());
  }

  private static int checkRename(
      Caller caller,
      Vnode fromDirectory,
      Vnode moved,
      Vnode toDirectory,
      @Nullable Vnode replaced) {
    if (moved.type() == FileType.DIR && isAtOrBelow(toDirectory, moved)) {
      return -Errno.EINVAL;
    }
    if (replaced != null
        && replaced.type() == FileType.DIR
        && isAtOrBelow(fromDirectory, replaced)) {
      return -Errno.ENOTEMPTY;
    }
    int error = Vfs.checkRemove(caller, fromDirectory, moved);
    if (error != 0) {
      return error;
    }
    if (replaced == null) {
      return Vfs.checkCreate(caller, toDirectory);
    }
    error = Vfs.checkRemove(caller, toDirectory, replaced);
    if (error != 0 || replaced == moved) {
      return error;
    }
    if (moved.type() == FileType.DIR && replaced.type() != FileType.DIR) {
      return -Errno.ENOTDIR;
    }
    if (moved.type() != FileType.DIR && replaced.type() == FileType.DIR) {
      return -Errno.EISDIR;
    }
    return replaced.type() == FileType.DIR && !replaced.isEmptyDirectory() ? -Errno.ENOTEMPTY : 0;
  }

  /** True if {@code directory} is {@code top} or lies below it in the same file system. */
  private static boolean isAtOrBelow(Vnode directory, Vnode top) {
    Vnode at = directory;
    // A damaged disk may hold directories that lie in a circle.
    for (int depth = 0; at != top && depth < MAX_DEPTH; depth++) {
      Vnode above = at.lookup("..").orNull();
      if (above == null || above == at) {
        return false;
      }
      at = above;
    }
    return true;
  }
}
