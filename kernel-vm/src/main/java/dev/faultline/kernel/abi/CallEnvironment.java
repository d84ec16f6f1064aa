// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.UserMemory;
import org.jspecify.annotations.Nullable;

/** What all calls use: user memory, strings, descriptors, directory descriptors, time. */
final class CallEnvironment {
  /** In place of a directory descriptor: the working directory. */
  static final int AT_FDCWD = -100;

  private static final long NANOS = 1_000_000_000;

  private final ProcessSystem system;
  private final UserStrings strings;

  CallEnvironment(ProcessSystem system) {
    this.system = system;
    strings = new UserStrings(system.memory());
  }

  ProcessSystem system() {
    return system;
  }

  UserMemory memory() {
    return system.memory();
  }

  Scheduler scheduler() {
    return system.services().scheduler();
  }

  UserStrings strings() {
    return strings;
  }

  Result<String> path(int address) {
    return strings.path(address);
  }

  /** The open file of a descriptor, or null. */
  static @Nullable OpenFile file(GuestThread t, int fd) {
    return t.process().descriptors().get(fd);
  }

  /** Does something with the vnode where a relative path starts, or with null for the default. */
  @FunctionalInterface
  interface PathCall {
    int call(@Nullable Vnode at, String path);
  }

  /** A call that takes a directory descriptor and a path: -EFAULT, -EBADF, -ENOTDIR. */
  int withPath(GuestThread t, int dirfd, int address, PathCall call) {
    Result<String> path = path(address);
    return path.isOk() ? withPath(t, dirfd, path.value(), call) : path.error();
  }

  int withPath(GuestThread t, int dirfd, String path, PathCall call) {
    if (dirfd == AT_FDCWD || path.startsWith("/")) {
      return call.call(null, path);
    }
    OpenFile directory = file(t, dirfd);
    if (directory == null) {
      return -Errno.EBADF;
    }
    if (directory.vnode().type() != FileType.DIR && !path.isEmpty()) {
      return -Errno.ENOTDIR;
    }
    directory.hold();
    int result = call.call(directory.vnode(), path);
    directory.release();
    return result;
  }

  /** Does something with an open file, which is held meanwhile. */
  @FunctionalInterface
  interface FileCall {
    int call(OpenFile file);
  }

  /** A call that takes a descriptor: -EBADF. */
  static int withFile(GuestThread t, int fd, FileCall call) {
    OpenFile file = file(t, fd);
    if (file == null) {
      return -Errno.EBADF;
    }
    file.hold();
    int result = call.call(file);
    file.release();
    return result;
  }

  /**
   * Reads a timespec as nanoseconds.
   *
   * @param wide true for the form with 8-byte fields
   * @return -EFAULT, or -EINVAL if it is negative or has too many nanoseconds
   */
  Result<Long> timespec(int address, boolean wide) {
    UserStruct u = UserStruct.read(memory(), address, wide ? 16 : 8);
    if (u == null) {
      return Result.failure(Errno.EFAULT);
    }
    long seconds = wide ? u.get64(0) : u.get32(0);
    // Of the wide form only 32 bits of the nanoseconds count for 32-bit programs.
    long nanoseconds = wide ? u.get32(8) : u.get32(4);
    return seconds < 0 || nanoseconds < 0 || nanoseconds >= NANOS
        ? Result.failure(Errno.EINVAL)
        : Result.of(nanoseconds(seconds, nanoseconds));
  }

  /** Seconds and a rest as nanoseconds, or the largest number if that is too much. */
  static long nanoseconds(long seconds, long rest) {
    return seconds >= Long.MAX_VALUE / NANOS - 1 ? Long.MAX_VALUE : seconds * NANOS + rest;
  }

  /** The time at which so many nanoseconds from now are over. */
  long after(long nanoseconds) {
    long at = system.now() + nanoseconds;
    return at < 0 ? Scheduler.NO_DEADLINE : at;
  }
}
