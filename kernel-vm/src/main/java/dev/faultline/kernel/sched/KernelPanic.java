// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/** The kernel found itself broken: an invariant failed, or a Java exception reached its top. */
public final class KernelPanic extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A panic with its reason. */
  public KernelPanic(String message) {
    super(message);
  }

  /** A panic because of an exception that nobody expected. */
  public KernelPanic(String message, Throwable cause) {
    super(message, cause);
  }
}
