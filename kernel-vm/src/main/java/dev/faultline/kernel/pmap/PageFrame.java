// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

/**
 * One frame of memory as the pmap sees it: its number, where it is mapped, and what the hardware
 * has told about its use. The virtual-memory system's page extends it.
 */
public abstract class PageFrame {
  /** Flag: some entry may permit writing. Clear: none does (PM34). */
  public static final int WRITEABLE = 1;

  /** Flag: the PV list may be non-empty. */
  public static final int MAPPED = 1 << 1;

  /** Flag: used since the flag was last cleared. */
  public static final int REFERENCED = 1 << 2;

  /** Flag: stands for device memory; not a frame of RAM. */
  public static final int FICTITIOUS = 1 << 3;

  /** Flag: RAM outside paging: no PV entries, no queues. */
  public static final int UNMANAGED = 1 << 4;

  /** First flag bit left to the class that extends this one. */
  protected static final int FIRST_FREE_FLAG = 1 << 8;

  /** The mask of a page all of whose chunks are valid, or dirty. */
  public static final int ALL_CHUNKS = 0xFF;

  private int frame;

  /** Ends of the PV list: indexes into {@link PvTable}, or -1. */
  int pvHead = -1;

  int pvTail = -1;

  private int flags;
  private int valid;
  private int dirty;
  private int wireCount;
  private int holdCount;

  /** A frame that is nowhere mapped. */
  protected PageFrame(int frame, int flags) {
    this.frame = frame;
    this.flags = flags;
  }

  /** Told when a page that was not wholly dirty becomes so, whoever noticed it. */
  protected abstract void becameDirty();

  /** Physical address divided by the page size. */
  public final int frame() {
    return frame;
  }

  /** Points a fictitious page at another frame of its device. */
  protected final void setFrame(int newFrame) {
    frame = newFrame;
  }

  /** True if any of the flags is set. */
  public final boolean has(int anyFlag) {
    return (flags & anyFlag) != 0;
  }

  /** Sets flags. */
  public final void set(int someFlags) {
    flags |= someFlags;
  }

  /** Clears flags. */
  public final void clear(int someFlags) {
    flags &= ~someFlags;
  }

  /** All flags. */
  public final int flags() {
    return flags;
  }

  /** Forgets all flags but these. */
  protected final void keepFlags(int kept) {
    flags &= kept;
  }

  /** Which of the eight 512-byte chunks hold the page's content. */
  public final int valid() {
    return valid;
  }

  /** True if all chunks are valid. */
  public final boolean fullyValid() {
    return valid == ALL_CHUNKS;
  }

  /** Says which chunks are valid. */
  public final void setValid(int mask) {
    valid = mask;
  }

  /** Which chunks differ from the backing store, as far as is known without the hardware's bits. */
  public final int dirty() {
    return dirty;
  }

  /** Sets the dirty mask; {@link #makeDirty} is the way to make a page dirty. */
  protected final void setDirty(int mask) {
    dirty = mask;
  }

  /** Marks every chunk dirty (P14). */
  public final void makeDirty() {
    if (dirty != ALL_CHUNKS) {
      dirty = ALL_CHUNKS;
      becameDirty();
    }
  }

  /** How often the page is wired. */
  public final int wireCount() {
    return wireCount;
  }

  /** Sets the wire count. */
  protected final void setWireCount(int count) {
    wireCount = count;
  }

  /** How many holds keep the frame from reuse; in a page table, its present entries (PM2). */
  public final int holdCount() {
    return holdCount;
  }

  /** Sets the hold count. */
  protected final void setHoldCount(int count) {
    holdCount = count;
  }

  /** One more present entry in this table. */
  final void entryAdded() {
    holdCount++;
  }

  /** One present entry fewer in this table. */
  final void entryRemoved() {
    holdCount--;
  }

  /** True if the page has a PV list: a frame of RAM under paging. */
  public final boolean managed() {
    return (flags & (FICTITIOUS | UNMANAGED)) == 0;
  }
}
