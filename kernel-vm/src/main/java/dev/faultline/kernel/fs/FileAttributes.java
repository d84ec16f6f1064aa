// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** Changes of a file's attributes that a process asks for: whether it may, and then the change. */
public final class FileAttributes {
  private static final int SET_GID = 0x400;

  private FileAttributes() {}

  /** chmod of a vnode; -EPERM unless the caller owns it, -EROFS. */
  public static int chmod(Caller caller, Vnode vnode, int mode) {
    Stat stat = vnode.stat();
    int error = checkChange(caller, vnode, stat);
    if (error != 0) {
      return error;
    }
    int bits = mode;
    if (!caller.credentials().isSuperuser() && !caller.credentials().inGroup(stat.gid())) {
      bits &= ~SET_GID;
    }
    return vnode.setAttributes(new AttributeChange().mode(bits));
  }

  /**
   * chown of a vnode; -1 leaves an id. Only the superuser gives files away; the owner may choose
   * among his groups. Set-id bits of a regular file go.
   */
  public static int chown(Caller caller, Vnode vnode, int uid, int gid) {
    Stat stat = vnode.stat();
    int error = checkChange(caller, vnode, stat);
    if (error != 0) {
      return error;
    }
    Credentials who = caller.credentials();
    boolean givesAway = uid != -1 && uid != stat.uid();
    boolean foreignGroup = gid != -1 && gid != stat.gid() && !who.inGroup(gid);
    if (!who.isSuperuser() && (givesAway || foreignGroup)) {
      return -Errno.EPERM;
    }
    AttributeChange change = new AttributeChange().owner(uid, gid);
    if (vnode.type() == FileType.REG && (stat.mode() & 0xC00) != 0) {
      change.mode(stat.mode() & 0x3FF);
    }
    return vnode.setAttributes(change);
  }

  private static int checkChange(Caller caller, Vnode vnode, Stat stat) {
    if (vnode.fileSystem().readOnly()) {
      return -Errno.EROFS;
    }
    return Permissions.checkOwner(stat, caller.credentials());
  }

  /**
   * utimensat of a vnode. Times are nanoseconds since 1970 or {@link AttributeChange#KEEP_TIME}.
   *
   * @param now true if both times are to be the present: then a right to write is enough
   */
  public static int setTimes(Caller caller, Vnode vnode, long atime, long mtime, boolean now) {
    if (vnode.fileSystem().readOnly()) {
      return -Errno.EROFS;
    }
    Stat stat = vnode.stat();
    int error = Permissions.checkOwner(stat, caller.credentials());
    if (error != 0) {
      if (!now) {
        return error;
      }
      error = Permissions.check(stat, caller.credentials(), Permissions.WRITE);
      if (error != 0) {
        return error;
      }
    }
    return vnode.setAttributes(new AttributeChange().times(atime, mtime));
  }
}
