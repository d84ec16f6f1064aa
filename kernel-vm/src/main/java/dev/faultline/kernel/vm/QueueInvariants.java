// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.pmap.Violations;
import dev.faultline.mmu.Page;

/** What must hold of the page queues and of every frame of RAM (P1-P6, P8, P9, P11). */
final class QueueInvariants {
  private final VmSystem vm;
  private final PageQueues queues;
  private final Violations out;
  private int wired;
  private int softBusy;
  private int queued;

  QueueInvariants(VmSystem vm, Violations out) {
    this.vm = vm;
    this.out = out;
    queues = vm.queues;
  }

  void check(boolean atRest) {
    int inLists = 0;
    inLists += checkQueue(queues.free);
    inLists += checkQueue(queues.cache);
    inLists += checkQueue(queues.inactive);
    inLists += checkQueue(queues.active);
    inLists += checkQueue(queues.held);
    checkFree(atRest);
    for (int f = 0; f < vm.memory.frames(); f++) {
      VmPage p = vm.allocator.frame(f);
      if (p != null) {
        checkFrame(p, atRest);
      }
    }
    // Every list holds pages that say they are on it; so if the sums agree, none is missing.
    out.require(queued == inLists, "P1", queued + " pages on queues, the lists have " + inLists);
    out.require(wired == queues.wired(), "P9", "wired frames, found " + wired);
    out.require(softBusy == vm.writesInFlight, "P6", "writes in flight, found " + softBusy);
  }

  /** Walks a list; how many pages it has, places of the page daemon not counted. */
  private int checkQueue(PageQueue queue) {
    int n = 0;
    int pages = 0;
    VmPage before = null;
    for (VmPage p = queue.head; p != null && n <= queue.size(); p = p.queueNext) {
      out.require(p.queue == queue, "P1", p);
      out.require(p.queuePrevious == before, "P1", p);
      before = p;
      n++;
      pages += p.has(VmPage.MARKER) ? 0 : 1;
    }
    out.require(n == queue.size() && queue.tail == before, "P1", queue + " has " + n);
    return pages;
  }

  private void checkFree(boolean atRest) {
    int zero = 0;
    for (VmPage p = queues.free.head; p != null && zero <= queues.free.size(); p = p.queueNext) {
      if (p.has(VmPage.ZERO)) {
        zero++;
        out.require(!atRest || isZero(p), "P11", "not zero: " + p);
      } else {
        out.require(zero == 0, "P1", "zeroed frames are not at the tail: " + p);
      }
    }
    out.require(zero == vm.allocator.zeroFrames(), "P11", "zero frames, found " + zero);
  }

  private boolean isZero(VmPage p) {
    for (int at = 0; at < Page.SIZE; at += 8) {
      if (vm.memory.read64(p.address() + at) != 0) {
        return false;
      }
    }
    return true;
  }

  private void checkFrame(VmPage p, boolean atRest) {
    PageQueue q = p.queue;
    wired += p.wireCount() > 0 ? 1 : 0;
    softBusy += p.softBusy();
    queued += q == null ? 0 : 1;
    out.require(p.wireCount() >= 0 && p.holdCount() >= 0 && p.softBusy() >= 0, "P9", p);
    out.require(p.activity >= 0 && p.activity <= PageQueues.MAX_ACTIVITY, "D8", p);
    out.require(!atRest || !p.isBusyAtAll(), "F4", p);
    boolean unmapped = vm.pmaps.mappings(p) == 0;
    out.require(unmapped || p.has(PageFrame.MAPPED), "PM34", p);
    if (q == queues.free) {
      boolean bare = p.valid() == 0 && p.dirty() == 0 && p.holdCount() == 0 && unmapped;
      out.require(bare && p.wireCount() == 0 && !p.isBusyAtAll(), "P2", p);
    } else if (q == queues.cache) {
      boolean idle = !p.isBusyAtAll() && p.holdCount() == 0 && p.wireCount() == 0;
      out.require(p.object != null && p.dirty() == 0 && unmapped && idle, "P2", p);
    } else if (q == queues.held) {
      out.require(p.holdCount() > 0 && p.valid() == 0 && unmapped, "P8", p);
    }
    if (p.wireCount() > 0 || !p.managed()) {
      out.require(q == null, "P3", p);
    }
    VmObject o = p.object;
    if (o == null) {
      boolean known = q == queues.free || q == queues.held || p.wireCount() > 0;
      out.require(known, "P1", "neither free nor anybody's: " + p);
      out.require(!p.isBusyAtAll(), "P5", p);
    } else {
      checkOwned(p, o);
    }
  }

  private void checkOwned(VmPage p, VmObject o) {
    PageQueue q = p.queue;
    out.require(o.lookup(p.index) == p, "P4", p);
    out.require(q != queues.free && q != queues.held, "P2", p);
    boolean reachable = q != null || p.wireCount() > 0 || p.isBusy() || !p.managed();
    out.require(reachable, "P1", "on no queue, though neither wired nor busy: " + p);
    if (p.softBusy() > 0) {
      out.require(!p.has(PageFrame.WRITEABLE), "PI6", "being written, but writable: " + p);
      out.require(o.paging() >= p.softBusy(), "PI6", p);
    }
  }
}
