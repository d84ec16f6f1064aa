// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Operations on ranges of an object's pages: removal, cleaning, change of size, advice. */
final class ObjectPages {
  /** Flag of {@link #clean}: leave out pages that the syncer need not write (V25). */
  static final int SKIP_NOSYNC = 8;

  private static final int CLUSTER = 16;

  private ObjectPages() {}

  private static int endOf(int end) {
    return end == 0 ? Integer.MAX_VALUE : end;
  }

  /** O17. */
  static void remove(VmObject o, int start, int to, boolean cleanOnly) {
    if (o.type() == ObjectType.PHYS) {
      throw new KernelPanic("pages of " + o + " cannot be removed");
    }
    int end = endOf(to);
    o.beginPaging();
    boolean again = o.residentPages() > 0;
    while (again) {
      again = false;
      if (end - start <= o.residentPages()) {
        for (int i = start; i < end; i++) {
          VmPage p = o.lookup(i);
          again |= p != null && removeOne(p, cleanOnly);
        }
      } else {
        VmPage next;
        for (VmPage p = o.firstPage(); p != null && !again; p = next) {
          next = p.objectNext;
          again = p.index >= start && p.index < end && removeOne(p, cleanOnly);
        }
      }
    }
    o.endPaging();
  }

  /** True if it slept, so that what was known of the object is void. */
  private static boolean removeOne(VmPage p, boolean cleanOnly) {
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

  // ---- clean (O21) ---------------------------------------------------------------------------

  /** O21, O21a. False if some page could not be written. */
  static boolean clean(VmObject o, int start, int to, int flags) {
    if (o.type() != ObjectType.VNODE || !o.mayHaveDirtyPages()) {
      return true;
    }
    int end = endOf(to);
    boolean skipNosync = (flags & SKIP_NOSYNC) != 0;
    boolean skipped = false;
    for (VmPage p = o.firstPage(); p != null; p = p.objectNext) {
      if (p.index >= start && p.index < end) {
        if (skipNosync && p.has(VmPage.NOSYNC)) {
          skipped = true;
        } else {
          // A later store faults and marks the object again.
          p.writeProtect();
        }
      }
    }
    if (start == 0 && end >= o.size() && !skipped) {
      o.clear(VmObject.WRITEABLE | VmObject.MIGHTBEDIRTY);
    }
    boolean ok = true;
    int[] indexes = residentIndexes(o, start, end);
    for (int index : indexes) {
      ok &= cleanFrom(o, index, end, flags);
    }
    if (!ok) {
      o.mightBeDirty();
    }
    return ok;
  }

  private static int[] residentIndexes(VmObject o, int start, int end) {
    int[] indexes = new int[o.residentPages()];
    int n = 0;
    for (VmPage p = o.firstPage(); p != null; p = p.objectNext) {
      if (p.index >= start && p.index < end) {
        indexes[n++] = p.index;
      }
    }
    int[] sorted = Arrays.copyOf(indexes, n);
    Arrays.sort(sorted);
    return sorted;
  }

  /** Writes the page at an index, if it needs it, together with its dirty neighbours (O21a). */
  private static boolean cleanFrom(VmObject o, int index, int end, int flags) {
    VmPage p = o.lookup(index);
    while (p != null && wantsCleaning(o, p, flags) && p.sleepIfBusy(true)) {
      p = o.lookup(index);
    }
    if (p == null || !wantsCleaning(o, p, flags)) {
      return true;
    }
    int last = index;
    while (last - index < CLUSTER - 1 && last + 1 < end && idleDirty(o, last + 1, flags) != null) {
      last++;
    }
    int first = index;
    while (last - first < CLUSTER - 1 && first > 0 && idleDirty(o, first - 1, flags) != null) {
      first--;
    }
    int count = last - first + 1;
    VmPage[] pages = new VmPage[count];
    PagerResult[] results = new PagerResult[count];
    for (int i = 0; i < count; i++) {
      VmPage member = o.lookup(first + i);
      if (member == null) {
        throw new KernelPanic("page vanished from its cluster: " + (first + i) + " of " + o);
      }
      pages[i] = member;
    }
    o.vm.pageOut.flush(o, pages, count, flags & ~SKIP_NOSYNC, results);
    for (PagerResult r : results) {
      if (r == PagerResult.ERROR || r == PagerResult.FAIL) {
        return false;
      }
    }
    return true;
  }

  private static boolean wantsCleaning(VmObject o, VmPage p, int flags) {
    return p.valid() != 0
        && p.queue != o.vm.queues.cache
        && !((flags & SKIP_NOSYNC) != 0 && p.has(VmPage.NOSYNC))
        && p.isDirty();
  }

  private static @Nullable VmPage idleDirty(VmObject o, int index, int flags) {
    VmPage p = o.lookup(index);
    return p != null && !p.isBusyAtAll() && wantsCleaning(o, p, flags) ? p : null;
  }

  // ---- size (V27–V29) ------------------------------------------------------------------------

  static void setSize(VmObject o, long bytes) {
    if (bytes == o.byteSize()) {
      return;
    }
    if (bytes < o.byteSize()) {
      int pages = VmObject.pagesOf(bytes);
      remove(o, pages, 0, false);
      o.setByteSize(bytes);
      int tail = (int) (bytes & Page.OFFSET_MASK);
      if (tail != 0) {
        clearTail(o, pages - 1, tail);
      }
    } else {
      o.setByteSize(bytes);
    }
  }

  /** V29: what lies beyond the new end of the file in its last page becomes zero. */
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
    if (p.dirty() != 0) {
      p.makeDirty();
    }
    p.wakeup();
  }

  // ---- advice (O22–O25) ----------------------------------------------------------------------

  /** Applies advice to {@code count} pages from an index, each where the chain has it. */
  static void advise(VmObject top, int start, int count, Advice advice) {
    for (int i = 0; i < count; i++) {
      boolean slept;
      do {
        slept = adviseOne(top, start + i, advice);
      } while (slept);
    }
  }

  private static boolean adviseOne(VmObject top, int startIndex, Advice advice) {
    VmObject o = top;
    int index = startIndex;
    while (true) {
      if (advice == Advice.FREE && !(o.type().anonymous() && o.has(VmObject.ONEMAPPING))) {
        return false;
      }
      VmPage p = o.lookup(index);
      if (p != null) {
        return advisePage(p, advice);
      }
      if (advice == Advice.FREE && o.type() == ObjectType.SWAP) {
        o.vm.swap().free(o, index, 1);
      }
      VmObject behind = o.backing();
      if (behind == null) {
        return false;
      }
      index += o.backingOffset();
      o = behind;
    }
  }

  private static boolean advisePage(VmPage p, Advice advice) {
    if (p.holdCount() != 0 || p.wireCount() != 0 || !p.managed() || !p.fullyValid()) {
      return false;
    }
    if (p.sleepIfBusy(true)) {
      return true;
    }
    switch (advice) {
      case WILLNEED -> p.activate();
      case DONTNEED -> p.dontNeed();
      case FREE -> {
        p.cleaned();
        p.activity = 0;
        p.dontNeed();
        VmObject o = p.object;
        if (o != null && o.type() == ObjectType.SWAP) {
          o.vm.swap().free(o, p.index, 1);
        }
      }
      default -> throw new KernelPanic("not an advice on pages: " + advice);
    }
    return false;
  }
}
