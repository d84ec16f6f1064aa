// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/**
 * Unwinds an access whose page fault the kernel refused. One preallocated instance without a stack
 * trace: the only throwable on a hot path. Address and error code are in {@link Mmu#cr2()} and
 * {@link Mmu#faultError()}; the engine catches it and makes the architectural state precise.
 */
@SuppressWarnings(
    "StaticAssignmentOfThrowable") // preallocated on purpose: no stack trace, no allocation
public final class RefusedPageFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The one instance. */
  public static final RefusedPageFault INSTANCE = new RefusedPageFault();

  private RefusedPageFault() {
    super("page fault refused", null, false, false);
  }
}
