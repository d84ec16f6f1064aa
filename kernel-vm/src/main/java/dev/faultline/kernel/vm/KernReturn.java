// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** What a virtual-memory operation came to; values as Mach numbers them. */
public enum KernReturn {
  /** Done. */
  SUCCESS(0),
  /** The address or range is not (all) mapped, or lies outside the map. */
  INVALID_ADDRESS(1),
  /** The rights do not permit it. */
  PROTECTION_FAILURE(2),
  /** No free range of that size, or the range is taken. */
  NO_SPACE(3),
  /** An argument makes no sense. */
  INVALID_ARGUMENT(4),
  /** It failed: an I/O error. */
  FAILURE(5),
  /** A limit of the system or the process is reached. */
  RESOURCE_SHORTAGE(6),
  /** The thread is killed. */
  ABORTED(14);

  private final int code;

  KernReturn(int code) {
    this.code = code;
  }

  /** The number. */
  public int code() {
    return code;
  }

  /** True for {@link #SUCCESS}. */
  public boolean ok() {
    return this == SUCCESS;
  }
}
