// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import org.jspecify.annotations.Nullable;

/** Writes the dirty pages of a file's object back, in clusters (O21, O21a). */
final class ObjectClean {
  /** Flag of {@link #clean}: leave out pages that the syncer need not write (V25). */
  static final int SKIP_NOSYNC = 8;

  private static final int CLUSTER = 16;

  private ObjectClean() {}

  /** O21, O21a. False if some page could not be written. */
  static boolean clean(VmObject o, int start, int to, int flags) {
    if (o.type() != ObjectType.VNODE || (!o.mayHaveDirtyPages() && o.paging() == 0)) {
      return true;
    }
    int end = ObjectPages.endOf(to);
    int[] indexes = ObjectPages.residentIn(o, start, end);
    boolean skipped = false;
    for (int index : indexes) {
      VmPage p = o.lookup(index);
      if (p != null && (flags & SKIP_NOSYNC) != 0 && p.has(VmPage.NOSYNC)) {
        skipped = true;
      } else if (p != null) {
        // A later store faults and marks the object again.
        p.writeProtect();
      }
    }
    if (start == 0 && end >= o.size() && !skipped) {
      o.clear(VmObject.WRITEABLE | VmObject.MIGHTBEDIRTY);
    }
    boolean ok = true;
    for (int index : indexes) {
      ok &= cleanFrom(o, index, end, flags);
    }
    if (!ok) {
      o.mightBeDirty();
    }
    return ok;
  }

  /** Writes the page at an index, if it needs it, together with its dirty neighbours (O21a). */
  private static boolean cleanFrom(VmObject o, int index, int end, int flags) {
    VmPage p = o.lookup(index);
    boolean waits = (flags & (Pager.SYNC | Pager.INVALIDATE)) != 0;
    while (p != null && wantsCleaning(o, p, flags)) {
      if (!waits && p.softBusy() > 0) {
        // It is being written already, and write-protected since.
        return true;
      }
      if (!p.sleepIfBusy(true)) {
        break;
      }
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
}
