// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/** What a parent learns of a child, as the one number that {@code wait4} stores. */
public final class WaitStatus {
  /** The child goes on. */
  public static final int CONTINUED = 0xFFFF;

  private static final int STOPPED = 0x7F;
  private static final int SIGNAL_EXIT_CODE = 128;

  private WaitStatus() {}

  /** It ended by itself. */
  public static int exited(int code) {
    return (code & 0xFF) << 8;
  }

  /** A signal ended it. */
  public static int killed(int signal) {
    return signal & 0x7F;
  }

  /** A signal stopped it. */
  public static int stopped(int signal) {
    return signal << 8 | STOPPED;
  }

  /** The exit code that a shell would show: the child's own, or 128 and the signal. */
  public static int exitCode(int status) {
    int signal = status & 0x7F;
    return signal == 0 ? status >> 8 & 0xFF : SIGNAL_EXIT_CODE + signal;
  }
}
