// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;

/**
 * The page daemon's walk over the active queue: pages gain activity by use and lose it by disuse,
 * and leave at zero (D15–D17).
 */
final class ActiveScan {
  /** What a use adds beside the number of uses. */
  static final int ADVANCE = 3;

  private static final int FULL_STATISTICS_EVERY = 4;

  private final VmSystem vm;
  private final PageQueues queues;
  private int statisticsRuns;

  ActiveScan(VmSystem vm) {
    this.vm = vm;
    queues = vm.queues;
  }

  /** Adds activity, up to the most there is (X12). */
  static void advance(VmPage p, int by) {
    p.activity = Math.min(p.activity + by, PageQueues.MAX_ACTIVITY);
  }

  private void toTail(VmPage p) {
    queues.active.remove(p);
    queues.active.addLast(p);
  }

  // ---- in shortage (D16, D17) ------------------------------------------------------------------

  /** Makes up to {@code asked} pages inactive, looking at each page once. */
  void scan(int asked) {
    int wanted = asked;
    int toLookAt = queues.active.size();
    VmPage p = queues.active.head;
    while (p != null && toLookAt-- > 0 && wanted > 0) {
      VmPage next = p.queueNext;
      if (p.isBusyAtAll() || p.holdCount() != 0) {
        toTail(p);
      } else {
        vm.meter.increment(Counter.V_PDPAGES);
        if (aged(p)) {
          wanted--;
        }
      }
      p = next;
    }
  }

  /** Ages an active page by what was seen of its use; true if it left the queue. */
  private boolean aged(VmPage p) {
    VmObject object = p.object;
    boolean used = object != null && object.references() != 0;
    int uses = 0;
    if (used) {
      uses = (p.has(PageFrame.REFERENCED) ? 1 : 0) + vm.pmaps.referenced(p);
    }
    p.clear(PageFrame.REFERENCED);
    if (uses > 0) {
      advance(p, ADVANCE + uses);
      toTail(p);
      return false;
    }
    p.activity = Math.max(0, p.activity - 1);
    if (used && p.activity != 0) {
      toTail(p);
      return false;
    }
    if (used) {
      p.deactivate();
    } else {
      p.unmap();
      if (p.dirty() == 0) {
        queues.cache(p);
      } else {
        p.deactivate();
      }
    }
    return true;
  }

  // ---- while idle (D15) ------------------------------------------------------------------------

  /** True if so few pages are inactive, free or cached that the others should be watched. */
  boolean statisticsNeeded() {
    Reserves r = vm.allocator.reserves();
    return r.inactiveTarget() + r.cacheMax() + r.min()
        > queues.available() + queues.inactive.size();
  }

  /** Ages part of the queue while nothing presses, so that a later scan knows more. */
  void statistics() {
    if (!statisticsNeeded()) {
      return;
    }
    int toLookAt = queues.active.size();
    if (++statisticsRuns % FULL_STATISTICS_EVERY != 0) {
      toLookAt = Math.max(1, toLookAt / FULL_STATISTICS_EVERY);
    }
    VmPage p = queues.active.head;
    while (p != null && toLookAt-- > 0) {
      VmPage next = p.queueNext;
      if (p.isBusyAtAll() || p.holdCount() != 0) {
        toTail(p);
      } else {
        watch(p);
      }
      p = next;
    }
  }

  private void watch(VmPage p) {
    int uses = (p.has(PageFrame.REFERENCED) ? 1 : 0) + vm.pmaps.referenced(p);
    p.clear(PageFrame.REFERENCED);
    if (uses > 0) {
      advance(p, ADVANCE + uses);
      toTail(p);
    } else if (p.activity == 0) {
      p.unmap();
      p.deactivate();
    } else {
      p.activity--;
      toTail(p);
    }
  }
}
