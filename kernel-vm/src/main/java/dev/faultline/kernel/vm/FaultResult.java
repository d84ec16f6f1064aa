// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * How a page fault ended: the return code, and where it is a refusal, which rule refused. A
 * personality maps the latter to signals; nothing here knows of signals.
 */
public enum FaultResult {
  /** The page is mapped: try the access again. */
  RESOLVED(KernReturn.SUCCESS),
  /** No entry covers the address (F7). */
  NO_ENTRY(KernReturn.INVALID_ADDRESS),
  /** The stack may not grow down to the address (F131, M72, M73). */
  STACK_LIMIT(KernReturn.NO_SPACE),
  /** The entry's rights refuse the access (F8, F11, F116). */
  PROTECTION(KernReturn.PROTECTION_FAILURE),
  /** The address lies beyond the end of the object (F32). */
  BEYOND_OBJECT(KernReturn.PROTECTION_FAILURE),
  /** The object is dead (F22). */
  DEAD_OBJECT(KernReturn.PROTECTION_FAILURE),
  /** The pager met an I/O error (F63, F65). */
  PAGER_ERROR(KernReturn.FAILURE),
  /** The pager has no business with the page: its file system is gone (F64). */
  PAGER_BAD(KernReturn.PROTECTION_FAILURE),
  /** The thread was killed while it waited for memory (F36, D21). */
  KILLED(KernReturn.ABORTED);

  private final KernReturn code;

  FaultResult(KernReturn code) {
    this.code = code;
  }

  /** The return code that goes with it. */
  public KernReturn code() {
    return code;
  }

  /** True for {@link #RESOLVED}. */
  public boolean ok() {
    return this == RESOLVED;
  }
}
