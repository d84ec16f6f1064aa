// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;

/** The queues that every page is on one of, and the moves between them (P1, P26–P30). */
final class PageQueues {
  static final int INITIAL_ACTIVITY = 5;
  static final int MAX_ACTIVITY = 64;

  private final VmSystem vm;

  /** Frames without content; those full of zeros at the end. */
  final PageQueue free = new PageQueue("free");

  /** Clean and unmapped: reusable at once, and still found by a fault. */
  final PageQueue cache = new PageQueue("cache");

  final PageQueue inactive = new PageQueue("inactive");
  final PageQueue active = new PageQueue("active");

  /** Freed, but somebody still uses the bytes. */
  final PageQueue held = new PageQueue("hold");

  private int wired;
  private int dontNeedCount;

  PageQueues(VmSystem vm) {
    this.vm = vm;
  }

  /** Number of wired frames of RAM: v_wire_count. */
  int wired() {
    return wired;
  }

  /** Free and cached pages: what can be had without any writing. */
  int available() {
    return free.size() + cache.size();
  }

  /** Off its queue without waking the page daemon, whatever queue it is (F25). */
  void unqueueQuietly(VmPage p) {
    PageQueue q = p.queue;
    if (q != null) {
      q.remove(p);
    }
  }

  /** Off its queue; leaving the cache wakes the page daemon where it is needed (P30). */
  void unqueue(VmPage p) {
    PageQueue q = p.queue;
    if (q != null) {
      q.remove(p);
      if (q == cache) {
        vm.allocator.checkPaging();
      }
    }
  }

  /** P26. */
  void activate(VmPage p) {
    if (p.queue == active) {
      p.activity = Math.max(p.activity, INITIAL_ACTIVITY);
      return;
    }
    if (p.queue == cache) {
      vm.meter.increment(Counter.V_REACTIVATED);
    }
    unqueue(p);
    if (p.wireCount() == 0 && p.managed()) {
      p.activity = Math.max(p.activity, INITIAL_ACTIVITY);
      active.addLast(p);
    }
  }

  /** P27; at the head for pages that should go first (P28). */
  void deactivate(VmPage p, boolean atHead) {
    if (p.queue == inactive || p.wireCount() != 0 || !p.managed()) {
      return;
    }
    if (p.queue == cache) {
      vm.meter.increment(Counter.V_REACTIVATED);
    }
    p.clear(VmPage.WINATCFLS);
    unqueue(p);
    if (atHead) {
      inactive.addFirst(p);
    } else {
      inactive.addLast(p);
    }
  }

  /** P28: most of the time ages the page a lot, sometimes a little, by a running number. */
  void dontNeed(VmPage p) {
    int n = ++dontNeedCount;
    if ((n & 0x1F0) == 0 || p.queue == inactive || p.queue == cache) {
      if (p.activity >= INITIAL_ACTIVITY) {
        p.activity--;
      }
      return;
    }
    boolean dirty = p.isDirty();
    deactivate(p, !dirty && (n & 0x70) != 0);
  }

  /** Sets where {@link #dontNeed} stands, for tests. */
  void setDontNeedCount(int n) {
    dontNeedCount = n;
  }

  /** P29. True if the page is in the cache afterwards. */
  boolean cache(VmPage p) {
    if (p.isBusyAtAll() || !p.managed() || p.wireCount() != 0 || p.holdCount() != 0) {
      return false;
    }
    if (p.queue == cache) {
      return true;
    }
    p.unmap();
    if (p.dirty() != 0) {
      deactivate(p, false);
      return false;
    }
    unqueueQuietly(p);
    cache.addLast(p);
    vm.allocator.memoryFreed();
    return true;
  }

  /** P9. A fictitious page stays as it is (DV7). */
  void wire(VmPage p) {
    if (p.has(VmPage.FICTITIOUS)) {
      return;
    }
    if (p.wireCount() == 0) {
      unqueue(p);
      wired++;
    }
    p.changeWireCount(1);
  }

  /** P9. */
  void unwire(VmPage p, boolean activate) {
    if (p.has(VmPage.FICTITIOUS)) {
      return;
    }
    if (p.wireCount() <= 0) {
      throw new KernelPanic("page is not wired: " + p);
    }
    p.changeWireCount(-1);
    if (p.wireCount() != 0) {
      return;
    }
    wired--;
    if (!p.managed()) {
      return;
    }
    if (p.object == null) {
      // Its object ended while it was wired (O8).
      p.free();
    } else if (p.index >= p.object.size() && !p.isBusyAtAll()) {
      // Its file has shrunk while it was wired (O17).
      p.setBusy();
      p.unmap();
      p.free();
    } else if (activate) {
      activate(p);
    } else {
      deactivate(p, false);
    }
  }
}
