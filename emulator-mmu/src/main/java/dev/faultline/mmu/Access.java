// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** The three kinds of memory access that the MMU tells apart, as small integers for hot paths. */
public final class Access {
  /** A data read. */
  public static final int READ = 0;

  /** A data write, or the probe of a read-modify-write. */
  public static final int WRITE = 1;

  /** An instruction fetch. Without NX its rights and error code are those of a read. */
  public static final int FETCH = 2;

  /** How many kinds there are. */
  public static final int KINDS = 3;

  private Access() {}
}
