// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** The bits of a page fault's error code (SDM volume 3, section 4.7; rule PM5). */
public final class PageFaultError {
  /** The page was present: its rights refused. Clear: nothing was mapped. */
  public static final int PROTECTION = 1;

  /** The access was a write. */
  public static final int WRITE = 1 << 1;

  /** The access was made at CPL 3. */
  public static final int USER = 1 << 2;

  private PageFaultError() {}
}
