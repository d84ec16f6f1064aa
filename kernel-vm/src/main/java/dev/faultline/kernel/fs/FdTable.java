// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The descriptors of a process; shared by threads, copied by fork. */
public final class FdTable {
  /** The most descriptors a process can have. */
  public static final int MAX = 1024;

  private @Nullable OpenFile[] files = new @Nullable OpenFile[32];
  private boolean[] closeOnExec = new boolean[32];
  private int limit = MAX;

  /** A table without descriptors. */
  public FdTable() {}

  /** The limit on new descriptors, {@link #MAX} at most. */
  public int limit() {
    return limit;
  }

  /** Sets the limit; descriptors above it stay. */
  public void setLimit(int newLimit) {
    limit = Math.clamp(newLimit, 0, MAX);
  }

  /** The open file, or null if the descriptor is not open: -EBADF. */
  public @Nullable OpenFile get(int fd) {
    return fd >= 0 && fd < files.length ? files[fd] : null;
  }

  /** The lowest free descriptor from {@code minimum} on; -EMFILE, or -EINVAL beyond the limit. */
  public int lowestFree(int minimum) {
    if (minimum < 0 || minimum >= limit) {
      return minimum == 0 ? -Errno.EMFILE : -Errno.EINVAL;
    }
    for (int fd = minimum; fd < limit; fd++) {
      if (fd >= files.length || files[fd] == null) {
        return fd;
      }
    }
    return -Errno.EMFILE;
  }

  /**
   * Puts an open file at the lowest free descriptor. Takes over the caller's reference: if there is
   * no descriptor, the file is released.
   *
   * @return the descriptor, or -EMFILE
   */
  public int install(OpenFile file, boolean cloexec) {
    int fd = lowestFree(0);
    if (fd < 0) {
      file.release();
      return fd;
    }
    set(fd, file, cloexec);
    return fd;
  }

  /** F_DUPFD: one more descriptor for the file; -EBADF, -EINVAL, -EMFILE. */
  public int duplicate(int fd, int minimum, boolean cloexec) {
    OpenFile file = get(fd);
    if (file == null) {
      return -Errno.EBADF;
    }
    int to = lowestFree(minimum);
    if (to >= 0) {
      set(to, file.hold(), cloexec);
    }
    return to;
  }

  /** dup2 and dup3 for two different descriptors; what {@code to} named is closed. */
  public int duplicateTo(int from, int to, boolean cloexec) {
    OpenFile file = get(from);
    if (file == null || to < 0 || to >= limit) {
      return -Errno.EBADF;
    }
    if (from == to) {
      return to;
    }
    file.hold();
    OpenFile old = get(to);
    set(to, file, cloexec);
    if (old != null) {
      closed(old);
    }
    return to;
  }

  /** Closes a descriptor; the process loses its record locks on the file. 0 or -EBADF. */
  public int close(int fd) {
    OpenFile file = get(fd);
    if (file == null) {
      return -Errno.EBADF;
    }
    files[fd] = null;
    closeOnExec[fd] = false;
    closed(file);
    return 0;
  }

  private void closed(OpenFile file) {
    RecordLocks locks = file.vnode().recordLocksIfAny();
    if (locks != null) {
      locks.releaseAll(this);
    }
    file.release();
  }

  /** True if the descriptor is closed at exec. */
  public boolean closesOnExec(int fd) {
    return get(fd) != null && closeOnExec[fd];
  }

  /** Says whether the descriptor is closed at exec. */
  public void setCloseOnExec(int fd, boolean cloexec) {
    if (get(fd) != null) {
      closeOnExec[fd] = cloexec;
    }
  }

  /** Closes what exec closes. */
  public void exec() {
    for (int fd = 0; fd < files.length; fd++) {
      if (closeOnExec[fd]) {
        close(fd);
      }
    }
  }

  /** Closes everything, for exit. */
  public void closeAll() {
    for (int fd = 0; fd < files.length; fd++) {
      close(fd);
    }
  }

  /** An independent table with the same open files, for fork. Record locks stay behind. */
  public FdTable copy() {
    FdTable copy = new FdTable();
    copy.files = files.clone();
    copy.closeOnExec = closeOnExec.clone();
    copy.limit = limit;
    for (OpenFile file : files) {
      if (file != null) {
        file.hold();
      }
    }
    return copy;
  }

  /** One more than the highest open descriptor. */
  public int end() {
    int end = files.length;
    while (end > 0 && files[end - 1] == null) {
      end--;
    }
    return end;
  }

  private void set(int fd, OpenFile file, boolean cloexec) {
    if (fd >= files.length) {
      int size = Math.max(fd + 1, files.length * 2);
      files = Arrays.copyOf(files, size);
      closeOnExec = Arrays.copyOf(closeOnExec, size);
    }
    files[fd] = file;
    closeOnExec[fd] = cloexec;
  }
}
