// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;

/** Writes pages out through their object's pager (D13, D14). */
final class PageOut {
  private final VmSystem vm;

  /** Requests of the page daemon, which is one thread. */
  private final VmPage[] window;

  private final PagerResult[] results;

  PageOut(VmSystem vm) {
    this.vm = vm;
    int cluster = vm.allocator.reserves().cluster();
    window = new VmPage[cluster];
    results = new PagerResult[cluster];
  }

  /**
   * Writes a dirty page and its dirty inactive neighbours (D13): backwards to a multiple of the
   * cluster, then forwards, then backwards again if there is room.
   *
   * @return how many pages were written or are being written
   */
  int cleanCluster(VmPage p) {
    VmObject object = p.object;
    if (object == null) {
      throw new KernelPanic("page without object is to be cleaned: " + p);
    }
    int max = window.length;
    int first = p.index;
    int end = p.index + 1;
    while (end - first < max && first % max != 0 && joins(object, first - 1)) {
      first--;
    }
    while (end - first < max && joins(object, end)) {
      end++;
    }
    while (end - first < max && first > 0 && joins(object, first - 1)) {
      first--;
    }
    for (int i = first; i < end; i++) {
      VmPage member = object.lookup(i);
      if (member == null) {
        throw new KernelPanic("page vanished from its cluster: index " + i + " of " + object);
      }
      window[i - first] = member;
    }
    return flush(object, window, end - first, Pager.CLUSTER, results);
  }

  private boolean joins(VmObject object, int index) {
    VmPage p = object.lookup(index);
    return p != null
        && p.queue == vm.queues.inactive
        && !p.isBusyAtAll()
        && p.holdCount() == 0
        && p.wireCount() == 0
        && p.managed()
        && p.fullyValid()
        && p.isDirty();
  }

  /**
   * Writes adjacent pages of one object (D14). They are soft-busy and write-protected meanwhile.
   *
   * @return how many pages were written or are being written
   */
  int flush(VmObject object, VmPage[] pages, int count, int flags, PagerResult[] outcome) {
    for (int i = 0; i < count; i++) {
      pages[i].beginIo();
      pages[i].writeProtect();
    }
    object.beginPaging(count);
    object.pager().putPages(object, pages, count, flags, outcome);
    int written = 0;
    for (int i = 0; i < count; i++) {
      written += finish(object, pages[i], outcome[i]) ? 1 : 0;
    }
    return written;
  }

  /** Ends the writing of one page; true if that is done, or will be by a completion. */
  boolean finish(VmObject object, VmPage p, PagerResult result) {
    if (result == PagerResult.PEND) {
      return true;
    }
    switch (result) {
      case OK, BAD -> p.cleaned();
      case ERROR, FAIL -> {
        p.activate();
        object.mightBeDirty();
      }
      default -> {
        // AGAIN: the page stays as it is.
      }
    }
    object.endPaging();
    p.endIo();
    if (p.dirty() == 0 && vm.allocator.severe()) {
      p.cache();
    }
    return result == PagerResult.OK;
  }
}
