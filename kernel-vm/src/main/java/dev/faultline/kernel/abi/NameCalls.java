// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static dev.faultline.kernel.abi.CallEnvironment.AT_FDCWD;
import static dev.faultline.kernel.abi.CallEnvironment.withFile;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.kernel.fs.DirectorySink;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Rename;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.proc.GuestThread;
import java.util.Arrays;

/** Names and directories. */
final class NameCalls {
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_SYMLINK_FOLLOW = 0x400;
  private static final int RENAME_NOREPLACE = 1;
  private static final int DIRENT_BUFFER_MAX = 64 << 10;
  private static final int DIRENT64_HEAD = 19;
  private static final int DIRENT_HEAD = 10;

  private final CallEnvironment env;

  NameCalls(CallEnvironment env) {
    this.env = env;
  }

  int mkdir(GuestThread t, int path, int mode) {
    return mkdirat(t, AT_FDCWD, path, mode);
  }

  int mkdirat(GuestThread t, int dirfd, int path, int mode) {
    return env.withPath(t, dirfd, path, (at, p) -> Vfs.mkdir(t.process(), at, p, mode));
  }

  int mknod(GuestThread t, int path, int mode, int device) {
    return mknodat(t, AT_FDCWD, path, mode, device);
  }

  int mknodat(GuestThread t, int dirfd, int path, int mode, int device) {
    return env.withPath(
        t, dirfd, path, (at, p) -> Vfs.mknod(t.process(), at, p, mode, device & 0xFFFF_FFFFL));
  }

  int unlink(GuestThread t, int path) {
    return env.withPath(t, AT_FDCWD, path, (at, p) -> Vfs.unlink(t.process(), at, p));
  }

  int rmdir(GuestThread t, int path) {
    return env.withPath(t, AT_FDCWD, path, (at, p) -> Vfs.rmdir(t.process(), at, p));
  }

  int unlinkat(GuestThread t, int dirfd, int path, int flags) {
    if ((flags & ~AT_REMOVEDIR) != 0) {
      return -Errno.EINVAL;
    }
    return env.withPath(
        t,
        dirfd,
        path,
        (at, p) -> flags == 0 ? Vfs.unlink(t.process(), at, p) : Vfs.rmdir(t.process(), at, p));
  }

  int link(GuestThread t, int from, int to) {
    return linkat(t, AT_FDCWD, from, AT_FDCWD, to, 0);
  }

  int linkat(GuestThread t, int fromFd, int from, int toFd, int to, int flags) {
    if ((flags & ~AT_SYMLINK_FOLLOW) != 0) {
      return -Errno.EINVAL;
    }
    return env.withPath(
        t,
        fromFd,
        from,
        (fromAt, f) ->
            env.withPath(
                t, toFd, to, (toAt, g) -> Vfs.link(t.process(), fromAt, f, toAt, g, flags != 0)));
  }

  int rename(GuestThread t, int from, int to) {
    return renameat2(t, AT_FDCWD, from, AT_FDCWD, to, 0);
  }

  int renameat(GuestThread t, int fromFd, int from, int toFd, int to) {
    return renameat2(t, fromFd, from, toFd, to, 0);
  }

  int renameat2(GuestThread t, int fromFd, int from, int toFd, int to, int flags) {
    if ((flags & ~RENAME_NOREPLACE) != 0) {
      return -Errno.EINVAL;
    }
    return env.withPath(
        t,
        fromFd,
        from,
        (fromAt, f) ->
            env.withPath(
                t,
                toFd,
                to,
                (toAt, g) -> Rename.rename(t.process(), fromAt, f, toAt, g, flags == 0)));
  }

  int symlink(GuestThread t, int target, int path) {
    return symlinkat(t, target, AT_FDCWD, path);
  }

  int symlinkat(GuestThread t, int target, int dirfd, int path) {
    Result<String> text = env.path(target);
    return text.isOk()
        ? env.withPath(t, dirfd, path, (at, p) -> Vfs.symlink(t.process(), text.value(), at, p))
        : text.error();
  }

  int readlink(GuestThread t, int path, int buffer, int size) {
    return readlinkat(t, AT_FDCWD, path, buffer, size);
  }

  int readlinkat(GuestThread t, int dirfd, int path, int buffer, int size) {
    if (size <= 0) {
      return -Errno.EINVAL;
    }
    return env.withPath(
        t,
        dirfd,
        path,
        (at, p) -> {
          Result<String> target = Vfs.readLink(t.process(), at, p);
          if (!target.isOk()) {
            return target.error();
          }
          byte[] bytes = target.value().getBytes(ISO_8859_1);
          return copyOut(bytes, buffer, Math.min(bytes.length, size));
        });
  }

  private int copyOut(byte[] bytes, int address, int size) {
    return env.memory().copyOut(bytes, 0, address, size) == size ? size : -Errno.EFAULT;
  }

  // ---- working directory -----------------------------------------------------------------------

  int chdir(GuestThread t, int path) {
    return env.withPath(
        t,
        AT_FDCWD,
        path,
        (at, p) -> {
          Result<FilePath> found = Namei.lookup(t.process(), at, p, true);
          return found.isOk()
              ? Vfs.changeDirectory(t.process(), found.value().vnode())
              : found.error();
        });
  }

  int fchdir(GuestThread t, int fd) {
    return withFile(t, fd, f -> Vfs.changeDirectory(t.process(), f.vnode()));
  }

  int chroot(GuestThread t, int path) {
    return env.withPath(
        t,
        AT_FDCWD,
        path,
        (at, p) -> {
          Result<FilePath> found = Namei.lookup(t.process(), at, p, true);
          return found.isOk() ? Vfs.changeRoot(t.process(), found.value().vnode()) : found.error();
        });
  }

  int getcwd(GuestThread t, int buffer, int size) {
    if (t.process().context().workingDirectory().stat().nlink() == 0) {
      return -Errno.ENOENT;
    }
    byte[] path = t.process().context().workingDirectoryPath().getBytes(ISO_8859_1);
    if (path.length >= Integer.toUnsignedLong(size)) {
      return -Errno.ERANGE;
    }
    return copyOut(Arrays.copyOf(path, path.length + 1), buffer, path.length + 1);
  }

  int umask(GuestThread t, int mask) {
    return t.process().context().setUmask(mask);
  }

  // ---- reading directories ---------------------------------------------------------------------

  int getdents64(GuestThread t, int fd, int buffer, int size) {
    return getdents(t, fd, buffer, size, true);
  }

  int getdents(GuestThread t, int fd, int buffer, int size) {
    return getdents(t, fd, buffer, size, false);
  }

  private int getdents(GuestThread t, int fd, int buffer, int size, boolean wide) {
    OpenFile file = CallEnvironment.file(t, fd);
    if (file == null || !file.readable()) {
      return -Errno.EBADF;
    }
    int room = size < 0 ? DIRENT_BUFFER_MAX : Math.min(size, DIRENT_BUFFER_MAX);
    Entries entries = new Entries(new UserStruct(env.memory(), room), room, wide);
    int error = withFile(t, fd, f -> f.readDirectory(entries));
    if (error < 0) {
      return error;
    }
    if (entries.used == 0) {
      return entries.refused ? -Errno.EINVAL : 0;
    }
    return copyOut(entries.to.array(), buffer, entries.used);
  }

  /** Lays directory entries out one behind the other. */
  private static final class Entries implements DirectorySink {
    private final UserStruct to;
    private final int room;
    private final boolean wide;
    private int used;
    private boolean refused;

    Entries(UserStruct to, int room, boolean wide) {
      this.to = to;
      this.room = room;
      this.wide = wide;
    }

    @Override
    public boolean entry(String name, long ino, FileType type, long next) {
      byte[] bytes = name.getBytes(ISO_8859_1);
      int length =
          wide
              ? DIRENT64_HEAD + bytes.length + 1 + 7 & ~7
              : DIRENT_HEAD + bytes.length + 2 + 3 & ~3;
      if (used + length > room) {
        refused = true;
        return false;
      }
      if (wide) {
        to.put64(used, ino).put64(used + 8, next).put16(used + 16, length);
        to.put8(used + 18, type.direntType()).putBytes(used + DIRENT64_HEAD, bytes);
      } else {
        to.put32(used, (int) ino).put32(used + 4, (int) next).put16(used + 8, length);
        to.putBytes(used + DIRENT_HEAD, bytes).put8(used + length - 1, type.direntType());
      }
      used += length;
      return true;
    }
  }
}
