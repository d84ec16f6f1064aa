// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * The error numbers of Linux's i386 ABI. A kernel call returns 0 or more for success, and one of
 * these negated for failure; nothing is thrown.
 */
public final class Errno {
  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such file or directory. */
  public static final int ENOENT = 2;

  /** No such process. */
  public static final int ESRCH = 3;

  /** Interrupted by a signal. */
  public static final int EINTR = 4;

  /** Input/output error. */
  public static final int EIO = 5;

  /** No such device or address. */
  public static final int ENXIO = 6;

  /** Argument list too long. */
  public static final int E2BIG = 7;

  /** Not an executable. */
  public static final int ENOEXEC = 8;

  /** Bad file descriptor. */
  public static final int EBADF = 9;

  /** No child. */
  public static final int ECHILD = 10;

  /** Would block. */
  public static final int EAGAIN = 11;

  /** Out of memory. */
  public static final int ENOMEM = 12;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Bad address. */
  public static final int EFAULT = 14;

  /** Busy. */
  public static final int EBUSY = 16;

  /** Exists. */
  public static final int EEXIST = 17;

  /** Link across file systems. */
  public static final int EXDEV = 18;

  /** No such device. */
  public static final int ENODEV = 19;

  /** Not a directory. */
  public static final int ENOTDIR = 20;

  /** Is a directory. */
  public static final int EISDIR = 21;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** Too many open files in the system. */
  public static final int ENFILE = 23;

  /** Too many open files in the process. */
  public static final int EMFILE = 24;

  /** Not a terminal. */
  public static final int ENOTTY = 25;

  /** Text file busy. */
  public static final int ETXTBSY = 26;

  /** File too large. */
  public static final int EFBIG = 27;

  /** No space left. */
  public static final int ENOSPC = 28;

  /** Illegal seek. */
  public static final int ESPIPE = 29;

  /** Read-only file system. */
  public static final int EROFS = 30;

  /** Too many links. */
  public static final int EMLINK = 31;

  /** Broken pipe. */
  public static final int EPIPE = 32;

  /** Result too large. */
  public static final int ERANGE = 34;

  /** Would deadlock. */
  public static final int EDEADLK = 35;

  /** Name too long. */
  public static final int ENAMETOOLONG = 36;

  /** No locks left. */
  public static final int ENOLCK = 37;

  /** No such call. */
  public static final int ENOSYS = 38;

  /** Directory not empty. */
  public static final int ENOTEMPTY = 39;

  /** Too many symbolic links. */
  public static final int ELOOP = 40;

  /** Value too large for its type. */
  public static final int EOVERFLOW = 75;

  /** Not a socket. */
  public static final int ENOTSOCK = 88;

  /** Not supported. */
  public static final int EOPNOTSUPP = 95;

  /** Timed out. */
  public static final int ETIMEDOUT = 110;

  /**
   * Never seen by a guest: a signal came before anything was done. The call is issued again unless
   * a handler without SA_RESTART runs; then it is {@link #EINTR}.
   */
  public static final int ERESTARTSYS = 512;

  /**
   * Never seen by a guest: as {@link #ERESTARTSYS}, but every handler makes it {@link #EINTR}. Only
   * a signal that runs no handler lets the call go on.
   */
  public static final int ERESTARTNOHAND = 514;

  private Errno() {}
}
