// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

/**
 * Something the user asked for cannot be done: a bad flag, a missing file, an executable of the
 * wrong kind. The message is one line that says what, where, and what to do; the exit status is
 * {@link ExitStatus#USAGE}.
 */
public final class UsageError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with the line that the user reads. */
  public UsageError(String message) {
    super(message);
  }
}
