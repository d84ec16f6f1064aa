// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * Where an object's pages come from and go to (PI1–PI7). One pager may serve many objects; what it
 * knows of one hangs at {@link VmObject#pagerData()}.
 */
public interface Pager {
  /** Flag of {@link #putPages}: return only when the data is written. */
  int SYNC = 1;

  /** Flag of {@link #putPages}: the pages will be thrown away; implies {@link #SYNC}. */
  int INVALIDATE = 2;

  /** Flag of {@link #putPages}: writing may be delayed so that it can be combined. */
  int CLUSTER = 4;

  /** How many pages around one could come in the same transfer; filled by {@link #hasPage}. */
  final class Neighbours {
    /** Pages right before the asked one. */
    public int before;

    /** Pages right after it. */
    public int after;

    /** None. */
    public Neighbours() {}

    /** Sets both. */
    public void set(int pagesBefore, int pagesAfter) {
      before = pagesBefore;
      after = pagesAfter;
    }
  }

  /**
   * True if the pager has the page (PI5).
   *
   * @param around receives the neighbours that could come in the same transfer, 0 and 0 if false
   */
  boolean hasPage(VmObject object, int index, Neighbours around);

  /**
   * Reads pages (PI1–PI4). All enter hard-busy, ascending and contiguous. On return the wanted
   * index is hard-busy, or was replaced by another busy page; every other page has been unbusied or
   * freed. On {@link PagerResult#OK} the wanted page is readable; otherwise it is still in the
   * object and the caller's to dispose of.
   *
   * @param count how many of {@code pages} take part
   * @param wanted which of them must come
   */
  PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted);

  /**
   * Writes pages (PI6). All enter soft-busy and write-protected, the object's paging count raised
   * by {@code count}. Who gets a result other than {@link PagerResult#PEND} back undoes both; the
   * completion does it for a pending page.
   *
   * @param flags of {@link #SYNC}, {@link #INVALIDATE}, {@link #CLUSTER}
   * @param results receives one result per page
   */
  void putPages(VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results);

  /** Frees the pages that came along, so that the wanted one alone is left (PI1). */
  static void freeOthers(VmPage[] pages, int count, int wanted) {
    for (int i = 0; i < count; i++) {
      if (i != wanted) {
        pages[i].free();
      }
    }
  }

  /** The page has become dirty: a stored copy is worthless (PI7). */
  default void unswapped(VmPage page) {}

  /** The object ends, all I/O on it is over: frees what is stored for it. */
  default void dealloc(VmObject object) {}
}
