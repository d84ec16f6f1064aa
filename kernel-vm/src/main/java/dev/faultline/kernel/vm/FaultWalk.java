// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * The way down the shadow chain until a page with data is found or the chain ends: resident pages,
 * the pager, placeholders, zero fill (sections 6 to 9: F22–F72).
 */
final class FaultWalk {
  private final VmSystem vm;
  private final FaultCluster clusters;

  FaultWalk(VmSystem vm) {
    this.vm = vm;
    clusters = new FaultCluster(vm);
  }

  /** Goes down the chain until the page is found or the chain ends (F22–F35, F67–F72). */
  FaultStep walk(FaultState s) {
    while (true) {
      FaultStep step = level(s);
      if (step == FaultStep.NEXT && s.partial != null) {
        return completePartial(s, s.page());
      }
      if (step != FaultStep.DESCEND) {
        return step;
      }
      if (!descend(s)) {
        return s.partial == null ? zeroFill(s) : completePartial(s, null);
      }
    }
  }

  /** One object of the chain. DESCEND: the page, if one is in hand, holds no data yet. */
  private FaultStep level(FaultState s) {
    VmObject o = s.current();
    if (o.isDead()) {
      return FaultRelease.refuse(s, FaultResult.DEAD_OBJECT);
    }
    VmPage p = o.lookup(s.index);
    if (p != null) {
      FaultStep step = takeResident(s, p);
      if (step != FaultStep.DESCEND) {
        return step;
      }
      if (p.valid() == 0 && beyond(o, s.index)) {
        // Wired when the file was cut off before it: no more there than an absent page (O17).
        return FaultRelease.refuse(s, FaultResult.BEYOND_OBJECT);
      }
    }
    boolean tryPager = o.type() != ObjectType.DEFAULT && (!s.wiring() || s.wired);
    if (s.page == null && (tryPager || s.inFirst())) {
      FaultStep step = allocate(s);
      if (step != FaultStep.NEXT) {
        return step;
      }
    }
    return tryPager ? askPager(s) : leaveInvalid(s);
  }

  /**
   * Nobody has data for the page in hand. In the first object it stays as placeholder; below it is
   * given back, or if some of its chunks are valid it is the page that was looked for (H7), once
   * the others have been found further down (H8).
   */
  private static FaultStep leaveInvalid(FaultState s) {
    VmPage p = s.page;
    if (p == null || s.inFirst()) {
      return FaultStep.DESCEND;
    }
    s.page = null;
    if (p.valid() == 0) {
      FaultRelease.discard(p, s.allocated);
    } else if (s.partial == null) {
      s.partial = p;
    } else {
      s.partial.takeChunks(p);
      FaultRelease.letGo(p);
    }
    return FaultStep.DESCEND;
  }

  /**
   * H7, H8: the chunks that a page on the way down lacks come from the page that was found below
   * it, or are zero at the end of the chain. Then the walk is back at that page, which is now the
   * one that was looked for.
   */
  private static FaultStep completePartial(FaultState s, @Nullable VmPage from) {
    VmPage p = s.partial;
    VmObject o = p == null ? null : p.object;
    if (p == null || o == null) {
      throw new KernelPanic("no page to complete: " + s);
    }
    if (from != null) {
      p.takeChunks(from);
      FaultRelease.letGo(from);
    }
    p.zeroInvalid(true);
    if (o.plain()) {
      // Nobody else has it put together like this (H14).
      p.makeDirty();
    }
    s.partial = null;
    if (s.current() != o) {
      s.current().endPaging();
      s.setCurrent(o);
    }
    s.index = p.index;
    s.page = p;
    s.allocated = false;
    return FaultStep.NEXT;
  }

  /** F23–F29. NEXT: found. DESCEND: busy in our hands, but not wholly valid. */
  private FaultStep takeResident(FaultState s, VmPage p) {
    if (p.isBusyAtAll()) {
      return FaultRelease.waitForPage(s, p);
    }
    boolean cached = p.queue == vm.queues.cache;
    vm.queues.unqueueQuietly(p);
    if (cached && vm.allocator.severe()) {
      p.activate();
      return FaultRelease.waitForMemory(s);
    }
    p.setBusy();
    s.page = p;
    s.allocated = false;
    if (p.fullyValid() || s.current() == vm.kernelObject()) {
      return FaultStep.NEXT;
    }
    return FaultStep.DESCEND;
  }

  /** F32. */
  private static boolean beyond(VmObject o, int index) {
    return Integer.compareUnsigned(index, o.size()) >= 0;
  }

  /** F31–F37. NEXT: an invalid page is in hand. */
  private FaultStep allocate(FaultState s) {
    VmObject o = s.current();
    if (beyond(o, s.index)) {
      return FaultRelease.refuse(s, FaultResult.BEYOND_OBJECT);
    }
    VmPage p = null;
    if (!vm.allocator.severe()) {
      boolean zero = s.vnode == null && o.backing() == null;
      p = vm.allocator.allocate(o, s.index, zero ? AllocationClass.ZERO : AllocationClass.NORMAL);
    }
    if (p == null) {
      return FaultRelease.waitForMemory(s);
    }
    s.page = p;
    s.allocated = true;
    return FaultStep.NEXT;
  }

  /** To the next object (F67–F69). False at the end of the chain. */
  private static boolean descend(FaultState s) {
    VmObject o = s.current();
    if (s.inFirst()) {
      s.placeholder = s.page;
      s.placeholderAllocated = s.allocated;
    }
    VmObject behind = o.backing();
    if (behind == null) {
      return false;
    }
    if (behind == o) {
      throw new KernelPanic("an object behind itself: " + o);
    }
    s.page = null;
    s.index += o.backingOffset();
    behind.beginPaging();
    if (!s.inFirst() && (s.partial == null || s.partial.object != o)) {
      o.endPaging();
    }
    s.setCurrent(behind);
    return true;
  }

  /** F70–F72, H8: the end of the chain; what is valid in the placeholder stays. */
  private FaultStep zeroFill(FaultState s) {
    if (!s.inFirst()) {
      s.current().endPaging();
      s.setCurrent(s.first());
      s.index = s.firstIndex;
    }
    VmPage p = s.placeholder;
    if (p == null) {
      throw new KernelPanic("no placeholder at the end of the chain: " + s);
    }
    s.placeholder = null;
    s.page = p;
    if (p.valid() == 0) {
      if (p.has(VmPage.ZERO)) {
        vm.meter.increment(Counter.V_OZFOD);
      } else {
        vm.memory.fillFrame(p.frame(), 0);
      }
      vm.meter.increment(Counter.V_ZFOD);
      p.setValid(VmPage.ALL_CHUNKS);
    } else {
      p.zeroInvalid(true);
    }
    return FaultStep.NEXT;
  }

  // ---- the pager (section 8) -----------------------------------------------------------------

  /** F40–F66. NEXT: read. DESCEND: not here. */
  private FaultStep askPager(FaultState s) {
    clusters.select(s);
    s.unlockMap();
    PagerResult result = PagerResult.FAIL;
    if (s.clusterCount > 0) {
      result = s.current().getPages(s.cluster, s.clusterCount, s.clusterWanted);
      if (result == PagerResult.ERROR && s.clusterCount > 1) {
        // Perhaps it is a neighbour that cannot be read: nobody asked for that one.
        FaultCluster.only(s);
        result = s.current().getPages(s.cluster, 1, 0);
      }
    }
    return switch (result) {
      case OK -> pageRead(s);
      case FAIL -> leaveInvalid(s);
      case BAD -> pagerRefused(s, FaultResult.PAGER_BAD);
      default -> {
        reportError(s);
        yield pagerRefused(s, FaultResult.PAGER_ERROR);
      }
    };
  }

  /** F60: the pager may have put another page in the place of ours (DV4). */
  private FaultStep pageRead(FaultState s) {
    VmPage p = s.current().lookup(s.index);
    s.page = p;
    if (p == null) {
      return FaultRelease.again(s);
    }
    s.hardFaults++;
    return FaultStep.NEXT;
  }

  private void reportError(FaultState s) {
    ProcessView process = vm.currentProcess();
    String who =
        process == null ? "the kernel" : "pid " + process.pid() + " (" + process.command() + ")";
    vm.log(String.format("vm_fault: pager read error at %08x, %s", s.at << Page.SHIFT, who));
  }

  /** F63–F65; a page that was there before and holds data stays (H9). */
  private FaultStep pagerRefused(FaultState s, FaultResult why) {
    VmPage p = s.page();
    s.page = null;
    FaultRelease.discard(p, s.allocated);
    return FaultRelease.refuse(s, why);
  }
}
