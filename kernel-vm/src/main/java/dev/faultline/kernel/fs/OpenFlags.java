// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** The flags of {@code open}, with Linux's numbers. */
public final class OpenFlags {
  /** The bits that hold the access mode. */
  public static final int ACCESS_MODE = 3;

  /** For reading only. */
  public static final int RDONLY = 0;

  /** For writing only. */
  public static final int WRONLY = 1;

  /** For both. */
  public static final int RDWR = 2;

  /** Make the file if there is none. */
  public static final int CREAT = 0x40;

  /** Fail if there is one. */
  public static final int EXCL = 0x80;

  /** Do not take a controlling terminal. */
  public static final int NOCTTY = 0x100;

  /** Empty it. */
  public static final int TRUNC = 0x200;

  /** Write at the end. */
  public static final int APPEND = 0x400;

  /** Do not wait. */
  public static final int NONBLOCK = 0x800;

  /** Writes reach the disk before they return (O_SYNC has a second bit for metadata). */
  public static final int DSYNC = 0x1000;

  /** Offsets of 64 bits. */
  public static final int LARGEFILE = 0x8000;

  /** Fail unless it is a directory. */
  public static final int DIRECTORY = 0x10000;

  /** Fail if the last component is a symbolic link. */
  public static final int NOFOLLOW = 0x20000;

  /** Close at exec; kept in the descriptor, not in the open file. */
  public static final int CLOEXEC = 0x80000;

  /** Only a name: no reading or writing. */
  public static final int PATH = 0x200000;

  /** The flags that F_SETFL may change. */
  public static final int SETTABLE = APPEND | NONBLOCK;

  private OpenFlags() {}

  /** True if a file opened so may be read. */
  public static boolean reads(int flags) {
    return (flags & PATH) == 0 && (flags & ACCESS_MODE) != WRONLY;
  }

  /** True if a file opened so may be written. */
  public static boolean writes(int flags) {
    int mode = flags & ACCESS_MODE;
    return (flags & PATH) == 0 && (mode == WRONLY || mode == RDWR);
  }
}
