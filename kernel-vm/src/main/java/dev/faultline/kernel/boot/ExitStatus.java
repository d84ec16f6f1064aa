// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

/** The exit statuses that are Faultline's own; all others are the guest's. */
public final class ExitStatus {
  /** All went well. */
  public static final int OK = 0;

  /** A check found something wrong: vectors failed. */
  public static final int FAILED = 1;

  /** Bad flags, missing files, unusable executables. */
  public static final int USAGE = 2;

  /** The emulator found itself broken; a state dump is on standard error. */
  public static final int PANIC = 70;

  /**
   * {@code --timeout} or {@code --vtimeout} ran out, the power was cut, or nothing could ever
   * happen any more.
   */
  public static final int TIMEOUT = 124;

  private ExitStatus() {}
}
