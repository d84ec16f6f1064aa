// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/**
 * The bits of a page-directory or page-table entry (Intel SDM volume 3, section 4.3: 32-bit
 * paging).
 *
 * <p>Entries are plain {@code int}s in guest RAM; this class only names their parts.
 */
public final class PageTableEntry {
  /** The entry maps something; all other bits are the operating system's when it is clear. */
  public static final int PRESENT = 1;

  /** Writes are permitted. */
  public static final int WRITABLE = 1 << 1;

  /** CPL 3 may use it. */
  public static final int USER = 1 << 2;

  /** Write-through; kept but without effect here: there is no modelled cache. */
  public static final int WRITE_THROUGH = 1 << 3;

  /** Cache disable; kept but without effect here. */
  public static final int CACHE_DISABLE = 1 << 4;

  /** Set by the walk when the entry is used to translate (PM4). */
  public static final int ACCESSED = 1 << 5;

  /** Set by the walk of a store, in the entry that names the frame (PM4). */
  public static final int DIRTY = 1 << 6;

  /** In a directory entry, with CR4.PSE: it maps 4 MiB by itself. */
  public static final int LARGE = 1 << 7;

  /** With CR4.PGE: survives a CR3 load in the TLB. */
  public static final int GLOBAL = 1 << 8;

  /** First of the three bits left to software. */
  public static final int AVAILABLE_0 = 1 << 9;

  /** Second of the three bits left to software. */
  public static final int AVAILABLE_1 = 1 << 10;

  /** Third of the three bits left to software. */
  public static final int AVAILABLE_2 = 1 << 11;

  /** The frame address in an entry for 4 KiB, or of a table. */
  public static final int FRAME_MASK = 0xFFFF_F000;

  /** The frame address in an entry for 4 MiB. */
  public static final int LARGE_FRAME_MASK = 0xFFC0_0000;

  /** Bytes that one large entry maps. */
  public static final int LARGE_SIZE = 1 << 22;

  private PageTableEntry() {}

  /** Physical address of the directory entry for {@code va} under {@code cr3}. */
  public static int directoryEntryAddress(int cr3, int va) {
    return (cr3 & FRAME_MASK) | (va >>> 20 & 0xFFC);
  }

  /** Physical address of the table entry for {@code va} in the table that {@code pde} names. */
  public static int tableEntryAddress(int pde, int va) {
    return (pde & FRAME_MASK) | (va >>> 10 & 0xFFC);
  }
}
