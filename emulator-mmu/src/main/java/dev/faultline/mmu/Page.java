// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** The page size of the machine and the arithmetic that goes with it. */
public final class Page {
  /** log2 of {@link #SIZE}. */
  public static final int SHIFT = 12;

  /** Bytes in a page. */
  public static final int SIZE = 1 << SHIFT;

  /** The bits of an address within its page. */
  public static final int OFFSET_MASK = SIZE - 1;

  /** The bits of an address that name its page. */
  public static final int MASK = ~OFFSET_MASK;

  private Page() {}

  /** The first address of the page that holds {@code address}. */
  public static int base(int address) {
    return address & MASK;
  }

  /** The page number of {@code address}, 0 to 0xFFFFF. */
  public static int number(int address) {
    return address >>> SHIFT;
  }

  /** True if {@code size} bytes (at least 1) from {@code address} do not stay in one page. */
  public static boolean straddles(int address, int size) {
    return ((address ^ (address + size - 1)) & MASK) != 0;
  }
}
