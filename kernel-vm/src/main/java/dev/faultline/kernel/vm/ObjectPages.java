// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import java.util.Arrays;

/** Removal of ranges of an object's pages, and change of its size (O17, V27–V29). */
final class ObjectPages {
  private ObjectPages() {}

  /** The end of a range of which 0 says that it goes to the end of the object. */
  static int endOf(int end) {
    return end == 0 ? Integer.MAX_VALUE : end;
  }

  /**
   * The indexes of the resident pages of a range, ascending: found by index or by going through the
   * object's pages, whichever is less.
   */
  static int[] residentIn(VmObject o, int start, int end) {
    int[] indexes = new int[Math.min(end - start, o.residentPages())];
    int n = 0;
    if (end - start <= o.residentPages()) {
      for (int i = start; i < end; i++) {
        if (o.lookup(i) != null) {
          indexes[n++] = i;
        }
      }
      return Arrays.copyOf(indexes, n);
    }
    for (VmPage p = o.firstPage(); p != null; p = o.after(p)) {
      if (p.index >= start && p.index < end) {
        indexes[n++] = p.index;
      }
    }
    int[] found = Arrays.copyOf(indexes, n);
    Arrays.sort(found);
    return found;
  }

  /** O17. */
  static void remove(VmObject o, int start, int to, boolean cleanOnly) {
    if (o.type() == ObjectType.PHYS) {
      throw new KernelPanic("pages of " + o + " cannot be removed");
    }
    int end = endOf(to);
    o.beginPaging();
    boolean again = true;
    while (again) {
      again = false;
      for (int index : residentIn(o, start, end)) {
        VmPage p = o.lookup(index);
        again |= p != null && removeOne(p, cleanOnly);
      }
    }
    o.endPaging();
  }

  /** True if it slept, so that what was known of the object is void. */
  static boolean removeOne(VmPage p, boolean cleanOnly) {
    if (p.sleepIfBusy(true)) {
      return true;
    }
    if (p.wireCount() != 0 && !p.has(VmPage.FICTITIOUS)) {
      if (!cleanOnly) {
        p.unmap();
        p.setMasks(0, 0);
      }
      return false;
    }
    if (cleanOnly && (p.valid() == 0 || p.isDirty())) {
      return false;
    }
    p.setBusy();
    p.unmap();
    if (cleanOnly && p.dirty() != 0) {
      p.wakeup();
    } else {
      p.free();
    }
    return false;
  }

  // ---- size (V27–V29) ------------------------------------------------------------------------

  static void setSize(VmObject o, long bytes) {
    if (bytes == o.byteSize()) {
      return;
    }
    if (bytes < o.byteSize()) {
      int pages = VmObject.pagesOf(bytes);
      remove(o, pages, 0, false);
      PrivateCopies.removeFrom(o, pages);
      if (o.type() == ObjectType.SWAP) {
        o.vm.swap().free(o, pages, Integer.MAX_VALUE - pages);
      }
      o.setByteSize(bytes);
      int tail = (int) (bytes & Page.OFFSET_MASK);
      if (tail != 0) {
        clearTail(o, pages - 1, tail);
      }
    } else {
      o.setByteSize(bytes);
    }
  }

  /**
   * V29: what lies beyond the new end of the file in its last page becomes zero, if that is
   * resident; a copy on swap is void then.
   */
  private static void clearTail(VmObject o, int index, int tail) {
    VmPage p = o.lookup(index);
    while (p != null && p.sleepIfBusy(true)) {
      p = o.lookup(index);
    }
    if (p == null || p.valid() == 0) {
      return;
    }
    p.setBusy();
    p.unmap();
    o.vm.memory.fill(p.address() + tail, Page.SIZE - tail, 0);
    int firstWhole = (tail + VmPage.CHUNK - 1) / VmPage.CHUNK * VmPage.CHUNK;
    p.setValidClean(firstWhole, Page.SIZE - firstWhole);
    boolean onSwap = o.type() == ObjectType.SWAP && o.vm.swap().hasPage(o, p.index, o.vm.around);
    if (p.dirty() != 0 || onSwap) {
      p.makeDirty();
    }
    if (onSwap) {
      o.vm.swap().free(o, p.index, 1);
    }
    p.wakeup();
  }
}
