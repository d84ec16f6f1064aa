// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

/** Rights to memory, as bits. */
public final class Protection {
  /** No right at all. */
  public static final int NONE = 0;

  /** Loads. */
  public static final int READ = 1;

  /** Stores. */
  public static final int WRITE = 2;

  /** Instruction fetches; the hardware has no bit for it, so it reads as {@link #READ} (PM16). */
  public static final int EXECUTE = 4;

  /** All of them. */
  public static final int ALL = READ | WRITE | EXECUTE;

  private Protection() {}

  /** True if {@code rights} contain all of {@code wanted}. */
  public static boolean permits(int rights, int wanted) {
    return (wanted & ~rights) == 0;
  }
}
