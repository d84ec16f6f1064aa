// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/**
 * Copies what a chain of anonymous objects shows into a new object, page by page, now: for memory
 * that others go on writing to, so that it cannot be copied on write (M67). Pages on swap are read
 * in. Sleeps; the caller keeps the chain alive.
 */
final class ObjectCopy {
  private final VmObject top;
  private KernReturn result = KernReturn.SUCCESS;

  private ObjectCopy(VmObject top) {
    this.top = top;
  }

  /**
   * Fills {@code copy}, which is empty and nobody else's, from {@code offset} of the chain on.
   *
   * @return {@link KernReturn#ABORTED} if the thread is killed, {@link KernReturn#FAILURE} if a
   *     page cannot be read
   */
  static KernReturn copy(VmObject top, int offset, VmObject copy) {
    ObjectCopy copier = new ObjectCopy(top);
    for (int i = 0; i < copy.size() && copier.result.ok(); i++) {
      copier.copyPage(offset + i, copy, i);
    }
    return copier.result;
  }

  private void copyPage(int index, VmObject copy, int to) {
    if (find(index) == null) {
      return;
    }
    VmPage own = copy.grabPage(to);
    if (own == null) {
      result = KernReturn.ABORTED;
      return;
    }
    // The wait for memory may have moved the page, or taken it out.
    VmPage p = find(index);
    if (p == null) {
      own.free();
      return;
    }
    own.copyFrom(p);
    own.makeDirty();
    own.activate();
    own.wakeup();
  }

  /** The idle page that the chain shows at an index; null if it shows none or on failure. */
  private @Nullable VmPage find(int topIndex) {
    int index = topIndex;
    VmObject o = top;
    while (o != null && result.ok()) {
      VmPage p = o.lookup(index);
      if (p != null && p.sleepIfBusy(false)) {
        o = top;
        index = topIndex;
      } else if (p != null && p.fullyValid()) {
        return p;
      } else if (o.pagerHas(index, o.vm.around)) {
        read(o, index);
        o = top;
        index = topIndex;
      } else {
        index += o.backingOffset();
        o = o.backing();
      }
    }
    return null;
  }

  /** Reads a page in, unless somebody else did so first. */
  private void read(VmObject o, int index) {
    o.beginPaging();
    VmPage p = o.grabPage(index);
    if (p == null) {
      result = KernReturn.ABORTED;
    } else if (p.fullyValid()) {
      p.wakeup();
    } else if (o.getPages(new VmPage[] {p}, 1, 0) == PagerResult.OK) {
      VmPage now = o.lookup(index);
      if (now != null) {
        now.activate();
        now.wakeup();
      }
    } else {
      p.free();
      result = KernReturn.FAILURE;
    }
    o.endPaging();
  }
}
