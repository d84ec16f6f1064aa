// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static dev.faultline.kernel.abi.CallEnvironment.AT_FDCWD;
import static dev.faultline.kernel.abi.CallEnvironment.withFile;

import dev.faultline.kernel.fs.AttributeChange;
import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileAttributes;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Stat;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.proc.GuestThread;

/** The attributes of files: stat, access, chmod, chown, times, statfs. */
final class AttributeCalls {
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EACCESS = 0x200;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_STATX_SYNC = 0x6000;
  private static final int UTIME_NOW = 0x3FFF_FFFF;
  private static final int UTIME_OMIT = 0x3FFF_FFFE;
  private static final long NANOS = 1_000_000_000;

  private final CallEnvironment env;

  AttributeCalls(CallEnvironment env) {
    this.env = env;
  }

  /** How a structure is made of attributes. */
  @FunctionalInterface
  private interface Layout {
    UserStruct of(Stat stat);
  }

  /** What is done with a file that a path or descriptor names. */
  @FunctionalInterface
  private interface VnodeCall {
    int call(Vnode vnode);
  }

  /** Finds the file that a path names, or with an empty path the descriptor's own. */
  private int withVnode(GuestThread t, int dirfd, int path, int flags, VnodeCall call) {
    Result<String> text = env.path(path);
    if (!text.isOk()) {
      return text.error();
    }
    if (text.value().isEmpty() && (flags & AT_EMPTY_PATH) != 0) {
      return dirfd == AT_FDCWD
          ? call.call(t.process().context().workingDirectory())
          : withFile(t, dirfd, f -> call.call(f.vnode()));
    }
    boolean follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    return env.withPath(
        t,
        dirfd,
        text.value(),
        (at, p) -> {
          Result<FilePath> found = Namei.lookup(t.process(), at, p, follow);
          if (!found.isOk()) {
            return found.error();
          }
          FilePath held = found.value().hold();
          int result = call.call(held.vnode());
          held.release();
          return result;
        });
  }

  // ---- stat ------------------------------------------------------------------------------------

  private int stat(GuestThread t, int dirfd, int path, int to, int flags, Layout layout) {
    if (path != 0 || (flags & AT_EMPTY_PATH) == 0) {
      Result<String> text = env.path(path);
      if (!text.isOk()) {
        return text.error();
      }
      if (!text.value().isEmpty() || (flags & AT_EMPTY_PATH) == 0) {
        return withVnode(t, dirfd, path, flags, v -> layout.of(v.stat()).write(to));
      }
    }
    if (dirfd == AT_FDCWD) {
      return layout.of(t.process().context().workingDirectory().stat()).write(to);
    }
    return withFile(t, dirfd, f -> layout.of(f.stat()).write(to));
  }

  int stat64(GuestThread t, int path, int to) {
    return stat(t, AT_FDCWD, path, to, 0, s -> Layouts.stat64(env.memory(), s));
  }

  int lstat64(GuestThread t, int path, int to) {
    return stat(t, AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW, s -> Layouts.stat64(env.memory(), s));
  }

  int fstat64(GuestThread t, int fd, int to) {
    return withFile(t, fd, f -> Layouts.stat64(env.memory(), f.stat()).write(to));
  }

  int fstatat64(GuestThread t, int dirfd, int path, int to, int flags) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)) != 0) {
      return -Errno.EINVAL;
    }
    return stat(t, dirfd, path, to, flags, s -> Layouts.stat64(env.memory(), s));
  }

  int statx(GuestThread t, int dirfd, int path, int flags, int mask, int to) {
    int known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC;
    if ((flags & ~known) != 0 || (flags & AT_STATX_SYNC) == AT_STATX_SYNC || mask < 0) {
      return -Errno.EINVAL;
    }
    return stat(t, dirfd, path, to, flags, s -> Layouts.statx(env.memory(), s));
  }

  int oldStat(GuestThread t, int path, int to) {
    return stat(t, AT_FDCWD, path, to, 0, s -> Layouts.stat32(env.memory(), s));
  }

  int oldLstat(GuestThread t, int path, int to) {
    return stat(t, AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW, s -> Layouts.stat32(env.memory(), s));
  }

  int oldFstat(GuestThread t, int fd, int to) {
    return withFile(t, fd, f -> Layouts.stat32(env.memory(), f.stat()).write(to));
  }

  int statfs64(GuestThread t, int path, int size, int to) {
    return size != Layouts.STATFS64_SIZE
        ? -Errno.EINVAL
        : withVnode(t, AT_FDCWD, path, 0, v -> statfs(v.fileSystem(), to));
  }

  int fstatfs64(GuestThread t, int fd, int size, int to) {
    return size != Layouts.STATFS64_SIZE
        ? -Errno.EINVAL
        : withFile(t, fd, f -> statfs(f.vnode().fileSystem(), to));
  }

  int oldStatfs(GuestThread t, int path, int to) {
    return withVnode(
        t, AT_FDCWD, path, 0, v -> Layouts.statfs32(env.memory(), v.fileSystem().stat()).write(to));
  }

  int oldFstatfs(GuestThread t, int fd, int to) {
    return withFile(
        t, fd, f -> Layouts.statfs32(env.memory(), f.vnode().fileSystem().stat()).write(to));
  }

  private int statfs(FileSystem fs, int to) {
    return Layouts.statfs64(env.memory(), fs.stat()).write(to);
  }

  // ---- rights and owners -----------------------------------------------------------------------

  int access(GuestThread t, int path, int want) {
    return faccessat2(t, AT_FDCWD, path, want, 0);
  }

  int faccessat(GuestThread t, int dirfd, int path, int want) {
    return faccessat2(t, dirfd, path, want, 0);
  }

  int faccessat2(GuestThread t, int dirfd, int path, int want, int flags) {
    int known = AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
    if ((want & ~7) != 0 || (flags & ~known) != 0) {
      return -Errno.EINVAL;
    }
    Credentials who =
        (flags & AT_EACCESS) != 0 ? t.process().credentials() : t.process().identity().real();
    boolean follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    return env.withPath(
        t, dirfd, path, (at, p) -> Vfs.access(t.process(), who, at, p, want, follow));
  }

  int chmod(GuestThread t, int path, int mode) {
    return fchmodat(t, AT_FDCWD, path, mode);
  }

  int fchmodat(GuestThread t, int dirfd, int path, int mode) {
    return withVnode(t, dirfd, path, 0, v -> FileAttributes.chmod(t.process(), v, mode));
  }

  int fchmod(GuestThread t, int fd, int mode) {
    return withFile(t, fd, f -> FileAttributes.chmod(t.process(), f.vnode(), mode));
  }

  int chown(GuestThread t, int path, int uid, int gid) {
    return fchownat(t, AT_FDCWD, path, uid, gid, 0);
  }

  int lchown(GuestThread t, int path, int uid, int gid) {
    return fchownat(t, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
  }

  int fchownat(GuestThread t, int dirfd, int path, int uid, int gid, int flags) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
      return -Errno.EINVAL;
    }
    return withVnode(t, dirfd, path, flags, v -> FileAttributes.chown(t.process(), v, uid, gid));
  }

  int fchown(GuestThread t, int fd, int uid, int gid) {
    return withFile(t, fd, f -> FileAttributes.chown(t.process(), f.vnode(), uid, gid));
  }

  // ---- times -----------------------------------------------------------------------------------

  int utimensat(GuestThread t, int dirfd, int path, int times, int flags) {
    return utimensat(t, dirfd, path, times, flags, false);
  }

  int utimensat64(GuestThread t, int dirfd, int path, int times, int flags) {
    return utimensat(t, dirfd, path, times, flags, true);
  }

  private int utimensat(GuestThread t, int dirfd, int path, int times, int flags, boolean wide) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
      return -Errno.EINVAL;
    }
    long now = env.system().services().files().clock().now();
    long atime = now;
    long mtime = now;
    boolean present = times == 0;
    if (times != 0) {
      UserStruct u = UserStruct.read(env.memory(), times, wide ? 32 : 16);
      if (u == null) {
        return -Errno.EFAULT;
      }
      int half = wide ? 16 : 8;
      int accessNanos = u.get32(half / 2);
      int modifiedNanos = u.get32(half + half / 2);
      if (!isTime(accessNanos) || !isTime(modifiedNanos)) {
        return -Errno.EINVAL;
      }
      present = accessNanos == UTIME_NOW && modifiedNanos == UTIME_NOW;
      atime = time(wide ? u.get64(0) : u.get32(0), accessNanos, now);
      mtime = time(wide ? u.get64(16) : u.get32(8), modifiedNanos, now);
    }
    return setTimes(t, dirfd, path, flags, atime, mtime, present);
  }

  private static boolean isTime(int nanoseconds) {
    return nanoseconds >= 0 && nanoseconds < NANOS
        || nanoseconds == UTIME_NOW
        || nanoseconds == UTIME_OMIT;
  }

  private static long time(long seconds, int nanoseconds, long now) {
    return switch (nanoseconds) {
      case UTIME_NOW -> now;
      case UTIME_OMIT -> AttributeChange.KEEP_TIME;
      default -> clampedTime(seconds, nanoseconds);
    };
  }

  private static long clampedTime(long seconds, long nanoseconds) {
    long limit = Long.MAX_VALUE / NANOS - 1;
    return Math.clamp(seconds, -limit, limit) * NANOS + nanoseconds;
  }

  private int setTimes(
      GuestThread t, int dirfd, int path, int flags, long atime, long mtime, boolean present) {
    VnodeCall set =
        v ->
            atime == AttributeChange.KEEP_TIME && mtime == AttributeChange.KEEP_TIME
                ? 0
                : FileAttributes.setTimes(t.process(), v, atime, mtime, present);
    if (path == 0 && dirfd != AT_FDCWD) {
      return withFile(t, dirfd, f -> set.call(f.vnode()));
    }
    return withVnode(t, dirfd, path, flags, set);
  }

  int utime(GuestThread t, int path, int times) {
    long now = env.system().services().files().clock().now();
    if (times == 0) {
      return setTimes(t, AT_FDCWD, path, 0, now, now, true);
    }
    UserStruct u = UserStruct.read(env.memory(), times, 8);
    return u == null
        ? -Errno.EFAULT
        : setTimes(t, AT_FDCWD, path, 0, u.get32(0) * NANOS, u.get32(4) * NANOS, false);
  }

  int utimes(GuestThread t, int path, int times) {
    long now = env.system().services().files().clock().now();
    if (times == 0) {
      return setTimes(t, AT_FDCWD, path, 0, now, now, true);
    }
    UserStruct u = UserStruct.read(env.memory(), times, 16);
    if (u == null) {
      return -Errno.EFAULT;
    }
    long atime = u.get32(0) * NANOS + u.get32(4) * 1000L;
    long mtime = u.get32(8) * NANOS + u.get32(12) * 1000L;
    return setTimes(t, AT_FDCWD, path, 0, atime, mtime, false);
  }
}
