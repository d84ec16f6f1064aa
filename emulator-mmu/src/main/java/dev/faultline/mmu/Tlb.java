// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import java.util.Arrays;

/**
 * The software TLB: direct-mapped, with separate read, write and fetch entries, so that one compare
 * decides an access.
 *
 * <p>An entry is one {@code long}. The low half is the tag: the virtual page address, with zero in
 * the twelve low bits where the entry serves the fast path. The high half is the addend: physical
 * minus virtual address. An access of {@code n} bytes at {@code a} hits iff
 *
 * <pre>{@code (int) entries[a >>> 12 & entries.length - 1] == ((a + n - 1) & Page.MASK)}</pre>
 *
 * <p>so an access that crosses into the next page misses by construction. A set {@link #SLOW} bit
 * in the tag keeps a valid entry off the fast path: chosen pages pay, nobody else does. A write
 * entry exists only where the D bit of the page-table entry is known to be set (PM6).
 */
public final class Tlb {
  /** Entries of each kind, unless told otherwise. */
  public static final int DEFAULT_SIZE = 512;

  /** Tag bit: the entry is valid, but its page takes the slow path. */
  public static final int SLOW = 1;

  private static final long INVALID = 0xFFF;

  private static final byte GLOBAL = 1;
  private static final byte LARGE = 2;

  private final long[][] entries = new long[Access.KINDS][];
  private final byte[][] attributes = new byte[Access.KINDS][];

  /** How many fills since the last full flush came from 4 MiB pages or were global. */
  private int largeFills;

  private int globalFills;
  private long fills;

  /**
   * An empty TLB.
   *
   * @param size entries of each kind, a power of two from 16 to 65,536
   */
  public Tlb(int size) {
    if (size < 16 || size > 1 << 16 || Integer.bitCount(size) != 1) {
      throw new IllegalArgumentException(
          "TLB of " + size + " entries: want a power of two, 16 to 65536");
    }
    for (int kind = 0; kind < Access.KINDS; kind++) {
      entries[kind] = new long[size];
      attributes[kind] = new byte[size];
    }
    flushAll();
  }

  /** The entries of one kind ({@link Access}), for the inlined check. The array never changes. */
  public long[] entries(int kind) {
    return entries[kind];
  }

  /** Number of fills since the machine started: {@code tlb_fills}. */
  public long fills() {
    return fills;
  }

  /** True if a valid entry, slow or not, translates {@code va} for this kind of access. */
  public boolean holds(int kind, int va) {
    return ((int) entry(kind, va) & ~SLOW) == Page.base(va);
  }

  /** The addend of the entry that {@link #holds} found. */
  int addend(int kind, int va) {
    return (int) (entry(kind, va) >>> 32);
  }

  private long entry(int kind, int va) {
    long[] array = entries[kind];
    return array[va >>> Page.SHIFT & array.length - 1];
  }

  /** Puts a translation in; {@link Mmu} decides which kinds. */
  void fill(int kind, int va, int frameAddress, boolean slow, boolean global, boolean large) {
    int page = Page.base(va);
    int index = va >>> Page.SHIFT & entries[kind].length - 1;
    entries[kind][index] =
        (long) (frameAddress - page) << 32 | (page | (slow ? SLOW : 0)) & 0xFFFF_FFFFL;
    attributes[kind][index] = (byte) ((global ? GLOBAL : 0) | (large ? LARGE : 0));
    largeFills += large ? 1 : 0;
    globalFills += global ? 1 : 0;
  }

  void countFill() {
    fills++;
  }

  /** INVLPG: forgets the page of {@code va}, global or not; a 4 MiB page goes as one. */
  void invalidate(int va) {
    for (int kind = 0; kind < Access.KINDS; kind++) {
      if (holds(kind, va)) {
        int index = va >>> Page.SHIFT & entries[kind].length - 1;
        entries[kind][index] = INVALID;
      }
    }
    if (largeFills != 0) {
      invalidateLarge(va);
    }
  }

  private void invalidateLarge(int va) {
    for (int kind = 0; kind < Access.KINDS; kind++) {
      for (int i = 0; i < entries[kind].length; i++) {
        boolean same = (((int) entries[kind][i] ^ va) & PageTableEntry.LARGE_FRAME_MASK) == 0;
        if (same && (attributes[kind][i] & LARGE) != 0) {
          entries[kind][i] = INVALID;
        }
      }
    }
  }

  /** CR3 load with CR4.PGE: forgets all but global entries (PM8). */
  void flushLocal() {
    if (globalFills == 0) {
      flushAll();
      return;
    }
    for (int kind = 0; kind < Access.KINDS; kind++) {
      for (int i = 0; i < entries[kind].length; i++) {
        if ((attributes[kind][i] & GLOBAL) == 0) {
          entries[kind][i] = INVALID;
        }
      }
    }
  }

  /** Forgets everything. */
  void flushAll() {
    for (long[] array : entries) {
      Arrays.fill(array, INVALID);
    }
    largeFills = 0;
    globalFills = 0;
  }

  /**
   * Forgets the write entries that lead to a frame, whatever their page. Called when the frame is
   * marked as code, so that the next store into it takes the slow path.
   */
  public void dropWrites(int frame) {
    dropFrame(Access.WRITE, frame);
  }

  /** Forgets all entries that lead to a frame. */
  void dropFrame(int frame) {
    for (int kind = 0; kind < Access.KINDS; kind++) {
      dropFrame(kind, frame);
    }
  }

  private void dropFrame(int kind, int frame) {
    long[] array = entries[kind];
    for (int i = 0; i < array.length; i++) {
      long e = array[i];
      if (((int) e & Page.OFFSET_MASK & ~SLOW) == 0
          && Page.number((int) e + (int) (e >>> 32)) == frame) {
        array[i] = INVALID;
      }
    }
  }
}
