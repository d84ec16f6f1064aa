// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static dev.faultline.kernel.abi.CallEnvironment.AT_FDCWD;
import static dev.faultline.kernel.abi.CallEnvironment.withFile;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Pipe;
import dev.faultline.kernel.fs.PipeTable;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.proc.GuestThread;

/** Opening and closing, descriptors, offsets and sizes. */
final class FileCalls {
  private static final int FIOCLEX = 0x5451;
  private static final int FIONCLEX = 0x5450;
  private static final int FIONBIO = 0x5421;

  private final CallEnvironment env;
  private final RecordLockCalls locks;

  FileCalls(CallEnvironment env) {
    this.env = env;
    locks = new RecordLockCalls(env);
  }

  // ---- open and close --------------------------------------------------------------------------

  int open(GuestThread t, int path, int flags, int mode) {
    return openat(t, AT_FDCWD, path, flags, mode);
  }

  int openat(GuestThread t, int dirfd, int path, int flags, int mode) {
    return env.withPath(
        t, dirfd, path, (at, p) -> Vfs.openDescriptor(t.process(), at, p, flags, mode));
  }

  int creat(GuestThread t, int path, int mode) {
    return open(t, path, OpenFlags.CREAT | OpenFlags.WRONLY | OpenFlags.TRUNC, mode);
  }

  int close(GuestThread t, int fd) {
    return t.process().descriptors().close(fd);
  }

  int closeRange(GuestThread t, int first, int last, int flags) {
    if (Integer.compareUnsigned(first, last) > 0 || (flags & ~4) != 0) {
      return -Errno.EINVAL;
    }
    FdTable table = t.process().descriptors();
    int end = table.end();
    for (int fd = first; fd >= 0 && fd < end && Integer.compareUnsigned(fd, last) <= 0; fd++) {
      if (flags == 4) {
        table.setCloseOnExec(fd, true);
      } else {
        table.close(fd);
      }
    }
    return 0;
  }

  int pipe(GuestThread t, int address) {
    return pipe2(t, address, 0);
  }

  int pipe2(GuestThread t, int address, int flags) {
    if ((flags & ~(OpenFlags.CLOEXEC | OpenFlags.NONBLOCK)) != 0) {
      return -Errno.EINVAL;
    }
    Result<PipeTable.Ends> ends =
        env.system().services().files().pipes().create(flags & OpenFlags.NONBLOCK);
    if (!ends.isOk()) {
      return ends.error();
    }
    FdTable table = t.process().descriptors();
    boolean cloexec = (flags & OpenFlags.CLOEXEC) != 0;
    int reader = table.install(ends.value().reader(), cloexec);
    if (reader < 0) {
      ends.value().writer().release();
      return reader;
    }
    int writer = table.install(ends.value().writer(), cloexec);
    if (writer < 0) {
      table.close(reader);
      return writer;
    }
    UserStruct pair = new UserStruct(env.memory(), 8).put32(0, reader).put32(4, writer);
    int error = pair.write(address);
    if (error != 0) {
      table.close(reader);
      table.close(writer);
    }
    return error;
  }

  // ---- descriptors -----------------------------------------------------------------------------

  int dup(GuestThread t, int fd) {
    return t.process().descriptors().duplicate(fd, 0, false);
  }

  int dup2(GuestThread t, int from, int to) {
    return t.process().descriptors().duplicateTo(from, to, false);
  }

  int dup3(GuestThread t, int from, int to, int flags) {
    if (from == to || (flags & ~OpenFlags.CLOEXEC) != 0) {
      return -Errno.EINVAL;
    }
    return t.process().descriptors().duplicateTo(from, to, flags != 0);
  }

  int fcntl(GuestThread t, int fd, int command, int argument) {
    FdTable table = t.process().descriptors();
    OpenFile file = table.get(fd);
    if (file == null) {
      return -Errno.EBADF;
    }
    return switch (command) {
      case 0 -> table.duplicate(fd, argument, false);
      case 1030 -> table.duplicate(fd, argument, true);
      case 1 -> table.closesOnExec(fd) ? 1 : 0;
      case 2 -> {
        table.setCloseOnExec(fd, (argument & 1) != 0);
        yield 0;
      }
      case 3 -> file.flags();
      case 4 -> {
        file.setStatusFlags(argument);
        yield 0;
      }
      case 5, 6, 7 -> locks.call(t, file, command - 5, argument, false);
      case 12, 13, 14 -> locks.call(t, file, command - 12, argument, true);
      case 8 -> 0; // F_SETOWN: there is no SIGIO to send.
      case 9 -> 0;
      case 1031, 1032 -> file.vnode().type() == FileType.FIFO ? Pipe.CAPACITY : -Errno.EBADF;
      default -> -Errno.EINVAL;
    };
  }

  int ioctl(GuestThread t, int fd, int request, int argument) {
    FdTable table = t.process().descriptors();
    OpenFile file = table.get(fd);
    if (file == null) {
      return -Errno.EBADF;
    }
    return switch (request) {
      case FIOCLEX, FIONCLEX -> {
        table.setCloseOnExec(fd, request == FIOCLEX);
        yield 0;
      }
      case FIONBIO -> setNonBlocking(file, argument);
      default -> withFile(t, fd, f -> f.ioctl(t.process(), request, argument, env.memory()));
    };
  }

  private int setNonBlocking(OpenFile file, int argument) {
    long on = env.memory().fetch32(argument);
    if (on < 0) {
      return -Errno.EFAULT;
    }
    int others = file.flags() & ~OpenFlags.NONBLOCK;
    file.setStatusFlags(on != 0 ? others | OpenFlags.NONBLOCK : others);
    return 0;
  }

  // ---- offsets and sizes -----------------------------------------------------------------------

  int llseek(GuestThread t, int fd, int high, int low, int result, int whence) {
    OpenFile file = CallEnvironment.file(t, fd);
    if (file == null) {
      return -Errno.EBADF;
    }
    long to = file.seek((long) high << 32 | low & 0xFFFF_FFFFL, whence);
    if (to < 0) {
      return (int) to;
    }
    return env.memory().store64(result, to) ? 0 : -Errno.EFAULT;
  }

  int lseek(GuestThread t, int fd, int offset, int whence) {
    OpenFile file = CallEnvironment.file(t, fd);
    if (file == null) {
      return -Errno.EBADF;
    }
    long to = file.seek(offset, whence);
    return to > Integer.MAX_VALUE ? -Errno.EOVERFLOW : (int) to;
  }

  int truncate(GuestThread t, int path, int size) {
    return truncate64(t, path, size, size >> 31);
  }

  int truncate64(GuestThread t, int path, int low, int high) {
    return env.withPath(
        t, AT_FDCWD, path, (at, p) -> Vfs.truncate(t.process(), at, p, join(low, high)));
  }

  int ftruncate(GuestThread t, int fd, int size) {
    return ftruncate64(t, fd, size, size >> 31);
  }

  int ftruncate64(GuestThread t, int fd, int low, int high) {
    return withFile(t, fd, f -> f.truncate(join(low, high)));
  }

  int fallocate(GuestThread t, int fd, int mode, int low, int high, int sizeLow, int sizeHigh) {
    OpenFile file = CallEnvironment.file(t, fd);
    if (file == null || !file.writable()) {
      return -Errno.EBADF;
    }
    long offset = join(low, high);
    long size = join(sizeLow, sizeHigh);
    if (offset < 0 || size <= 0) {
      return -Errno.EINVAL;
    }
    if (offset + size < 0) {
      return -Errno.EFBIG;
    }
    if (mode != 0) {
      return -Errno.EOPNOTSUPP;
    }
    return switch (file.vnode().type()) {
      case REG ->
          offset + size <= file.vnode().size()
              ? 0
              : withFile(t, fd, f -> f.truncate(offset + size));
      case FIFO -> -Errno.ESPIPE;
      default -> -Errno.ENODEV;
    };
  }

  int fadvise64(GuestThread t, int fd) {
    return CallEnvironment.file(t, fd) == null ? -Errno.EBADF : 0;
  }

  // ---- to the disk -----------------------------------------------------------------------------

  int fsync(GuestThread t, int fd) {
    return withFile(t, fd, OpenFile::sync);
  }

  int sync(GuestThread t) {
    for (FileSystem fs : env.system().services().files().mounts()) {
      fs.sync();
    }
    return 0;
  }

  int syncfs(GuestThread t, int fd) {
    return withFile(t, fd, f -> f.vnode().fileSystem().sync());
  }

  private static long join(int low, int high) {
    return (long) high << 32 | low & 0xFFFF_FFFFL;
  }
}
