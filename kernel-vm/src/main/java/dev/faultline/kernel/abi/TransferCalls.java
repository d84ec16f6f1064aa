// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static dev.faultline.kernel.abi.CallEnvironment.withFile;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.UserUio;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.SignalInfo;

/** Reading and writing. */
final class TransferCalls {
  /** The most that one call moves, as in Linux. */
  private static final int TRANSFER_MAX = 0x7FFF_F000;

  private static final int VECTOR_MAX = 1024;

  private final CallEnvironment env;

  TransferCalls(CallEnvironment env) {
    this.env = env;
  }

  int read(GuestThread t, int fd, int buffer, int count) {
    return withFile(t, fd, f -> read(t, f, one(buffer, count)));
  }

  int write(GuestThread t, int fd, int buffer, int count) {
    return withFile(t, fd, f -> write(t, f, one(buffer, count)));
  }

  int readv(GuestThread t, int fd, int vector, int count) {
    return withFile(
        t,
        fd,
        f -> {
          Result<UserUio> uio = many(vector, count);
          return uio.isOk() ? read(t, f, uio.value()) : uio.error();
        });
  }

  int writev(GuestThread t, int fd, int vector, int count) {
    return withFile(
        t,
        fd,
        f -> {
          Result<UserUio> uio = many(vector, count);
          return uio.isOk() ? write(t, f, uio.value()) : uio.error();
        });
  }

  int pread64(GuestThread t, int fd, int buffer, int count, int low, int high) {
    return withFile(t, fd, f -> f.readAt(one(buffer, count), join(low, high)));
  }

  int pwrite64(GuestThread t, int fd, int buffer, int count, int low, int high) {
    return withFile(t, fd, f -> f.writeAt(one(buffer, count), join(low, high)));
  }

  int preadv(GuestThread t, int fd, int vector, int count, int low, int high) {
    return withFile(
        t,
        fd,
        f -> {
          Result<UserUio> uio = many(vector, count);
          return uio.isOk() ? f.readAt(uio.value(), join(low, high)) : uio.error();
        });
  }

  int pwritev(GuestThread t, int fd, int vector, int count, int low, int high) {
    return withFile(
        t,
        fd,
        f -> {
          Result<UserUio> uio = many(vector, count);
          return uio.isOk() ? f.writeAt(uio.value(), join(low, high)) : uio.error();
        });
  }

  private static int read(GuestThread t, OpenFile file, UserUio uio) {
    return file.read(t.process(), uio);
  }

  private int write(GuestThread t, OpenFile file, UserUio uio) {
    int n = file.write(t.process(), uio);
    if (n == -Errno.EPIPE) {
      int pid = t.process().pid();
      env.system()
          .signals()
          .killThread(
              t.process(),
              pid,
              t.tid(),
              SignalInfo.fromProcess(
                  Signal.PIPE, SignalInfo.USER, pid, t.process().identity().uid(), 0));
    }
    return n;
  }

  private UserUio one(int buffer, int count) {
    int size = count < 0 || count > TRANSFER_MAX ? TRANSFER_MAX : count;
    return new UserUio(env.memory(), buffer, size);
  }

  private Result<UserUio> many(int vector, int count) {
    if (count < 0 || count > VECTOR_MAX) {
      return Result.failure(Errno.EINVAL);
    }
    UserStruct u = UserStruct.read(env.memory(), vector, count * 8);
    if (u == null) {
      return Result.failure(Errno.EFAULT);
    }
    int[] bases = new int[count];
    int[] sizes = new int[count];
    int left = TRANSFER_MAX;
    for (int i = 0; i < count; i++) {
      bases[i] = u.get32(i * 8);
      int size = u.get32(i * 8 + 4);
      if (size < 0) {
        return Result.failure(Errno.EINVAL);
      }
      sizes[i] = Math.min(size, left);
      left -= sizes[i];
    }
    return Result.of(new UserUio(env.memory(), bases, sizes));
  }

  private static long join(int low, int high) {
    return (long) high << 32 | low & 0xFFFF_FFFFL;
  }
}
