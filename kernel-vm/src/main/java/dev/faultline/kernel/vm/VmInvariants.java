// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of maps, objects, pages and queues between two operations (M1, O2, P1–P4, PM34,
 * PM35). For tests, and for a machine that is suspected: it looks at everything.
 */
final class VmInvariants {
  private final VmSystem vm;

  private VmInvariants(VmSystem vm) {
    this.vm = vm;
  }

  static void check(VmSystem vm) {
    VmInvariants checker = new VmInvariants(vm);
    checker.checkQueues();
    checker.checkPages();
    for (VmSpace s = vm.firstSpace(); s != null; s = s.next) {
      checker.checkMap(s.map());
      s.pmap().check();
    }
    checker.checkMap(vm.kernelMap());
    vm.pmaps.kernel().check();
  }

  private static void require(boolean holds, String rule, @Nullable Object what) {
    if (!holds) {
      throw new KernelPanic("invariant " + rule + " broken: " + what);
    }
  }

  // ---- queues and pages ----------------------------------------------------------------------

  private void checkQueues() {
    checkQueue(vm.queues.free);
    checkQueue(vm.queues.cache);
    checkQueue(vm.queues.inactive);
    checkQueue(vm.queues.active);
    checkQueue(vm.queues.held);
    int zero = 0;
    for (VmPage p = vm.queues.free.head; p != null; p = p.queueNext) {
      zero += p.has(VmPage.ZERO) ? 1 : 0;
    }
    require(zero == vm.allocator.zeroFrames(), "P11", "zero frames: " + zero);
  }

  private static void checkQueue(PageQueue queue) {
    int n = 0;
    VmPage before = null;
    for (VmPage p = queue.head; p != null; p = p.queueNext) {
      require(p.queue == queue, "P1", p);
      require(p.queuePrevious == before, "P1", p);
      before = p;
      n++;
    }
    require(n == queue.size() && queue.tail == before, "P1", queue + " has " + n);
  }

  private void checkPages() {
    int wired = 0;
    for (int f = 0; f < vm.memory.frames(); f++) {
      VmPage p = vm.allocator.frame(f);
      if (p != null) {
        checkPage(p);
        wired += p.wireCount() > 0 ? 1 : 0;
      }
    }
    require(wired == vm.queues.wired(), "P9", "wired frames: " + wired);
  }

  private void checkPage(VmPage p) {
    PageQueue q = p.queue;
    boolean unmapped = vm.pmaps.mappings(p) == 0;
    if (q == vm.queues.free) {
      require(
          p.object == null
              && p.valid() == 0
              && p.dirty() == 0
              && !p.isBusyAtAll()
              && p.wireCount() == 0
              && unmapped,
          "P2",
          p);
    }
    if (q == vm.queues.cache) {
      boolean idle = !p.isBusyAtAll() && p.holdCount() == 0 && p.wireCount() == 0;
      require(p.object != null && p.dirty() == 0 && unmapped && idle, "P2", p);
    }
    if (p.wireCount() > 0 || !p.managed()) {
      require(q == null, "P3", p);
    }
    VmObject o = p.object;
    if (o != null) {
      require(o.lookup(p.index) == p, "P4", p);
      require(!o.isDead(), "O8", p);
    } else {
      boolean known = q == vm.queues.free || q == vm.queues.held || p.wireCount() > 0;
      require(known, "P1", p);
    }
    require(p.has(PageFrame.MAPPED) || unmapped, "PM34", p);
  }

  // ---- maps and objects ----------------------------------------------------------------------

  private void checkMap(VmMap map) {
    int pages = 0;
    int count = 0;
    VmMapEntry before = map.header;
    for (VmMapEntry e = map.header.next; !map.isEnd(e); e = e.next) {
      require(e.start < e.end && e.start >= map.min && e.end <= map.max, "M1", e);
      require(before == map.header || before.end <= e.start, "M1", e);
      require(e.previous == before, "M1", e);
      require(Protection.permits(e.maxProtection, e.protection), "M1", e);
      require(!e.has(VmMapEntry.NEEDS_COPY) || e.has(VmMapEntry.COW), "M1", e);
      require(map.entryAt(e.start) == e && map.entryAt(e.end - 1) == e, "M4", e);
      VmObject o = e.object;
      if (o != null) {
        checkChain(o);
      }
      pages += e.pages();
      count++;
      before = e;
    }
    require(pages == map.pages() && count == map.count(), "M1", map);
  }

  private static void checkChain(VmObject top) {
    for (VmObject o = top; o != null; o = o.backing()) {
      require(!o.isDead(), "O5", o);
      require(o.references() >= 1, "O2", o);
      require(!o.type().anonymous() || o.references() >= o.shadowCount(), "O2", o);
      int shadows = 0;
      for (VmObject s = o.firstShadow; s != null; s = s.nextShadow) {
        require(s.backing() == o, "O2", s);
        shadows++;
      }
      require(shadows == o.shadowCount(), "O2", o);
      int resident = 0;
      for (VmPage p = o.firstPage(); p != null; p = p.objectNext) {
        require(p.object == o, "P4", p);
        resident++;
      }
      require(resident == o.residentPages(), "P4", o);
    }
  }

  /** After all threads have come to rest: nothing is busy, nothing is being paged (F4). */
  static void checkIdle(VmSystem vm) {
    for (int f = 0; f < vm.memory.frames(); f++) {
      VmPage p = vm.allocator.frame(f);
      if (p != null) {
        require(!p.isBusyAtAll(), "F4", p);
        require(p.object == null || p.object.paging() == 0, "F4", p.object);
      }
    }
    for (VmSpace s = vm.firstSpace(); s != null; s = s.next) {
      require(s.map().lock.isFree(), "F4", s.map());
    }
  }
}
