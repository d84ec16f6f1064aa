// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.EnterResult;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * The page-fault handler: a ladder of steps over one {@link FaultState}.
 *
 * <pre>
 * look up → reference → walk down the chain (resident? pager? further) → zero-filled or found
 *         → copy or move up → look up again if the map changed → enter the page → account
 * </pre>
 *
 * <p>Whatever has to wait gives everything up, sleeps once and begins again with the lookup, so no
 * step needs to know what may have changed while it slept. A step says {@link Step#NEXT} to go on
 * down the ladder, {@link Step#AGAIN} to begin again, {@link Step#REFUSED} to end with {@link
 * FaultState#refusal}; on the last two it has released all.
 */
final class VmFault {
  private enum Step {
    NEXT,
    DESCEND,
    AGAIN,
    REFUSED
  }

  private final VmSystem vm;
  private final FaultCluster clusters;
  private final Prefault prefault;
  final FaultWiring wiring;
  private @Nullable FaultState freeStates;

  VmFault(VmSystem vm) {
    this.vm = vm;
    clusters = new FaultCluster(vm);
    prefault = new Prefault(vm);
    wiring = new FaultWiring(vm);
  }

  Prefault prefault() {
    return prefault;
  }

  /**
   * Makes the page at {@code at} accessible (F1–F6). Nothing may be locked.
   *
   * @param at page number; being one, it is page-truncated (F1)
   * @param type {@link Protection} bits
   * @param flags of {@link FaultState}
   */
  FaultResult fault(VmMap map, int at, int type, int flags) {
    vm.meter.increment(Counter.V_VM_FAULTS);
    FaultState s = takeState();
    s.begin(map, at, type, flags);
    Step step;
    do {
      step = attempt(s);
    } while (step == Step.AGAIN);
    FaultResult result = step == Step.NEXT ? FaultResult.RESOLVED : s.refusal;
    giveState(s);
    if (result == null) {
      throw new KernelPanic("refused without reason: " + s);
    }
    return result;
  }

  private FaultState takeState() {
    FaultState s = freeStates;
    if (s == null) {
      return new FaultState();
    }
    freeStates = s.nextFree;
    return s;
  }

  private void giveState(FaultState s) {
    s.end();
    s.nextFree = freeStates;
    freeStates = s;
  }

  private Step attempt(FaultState s) {
    Step step = lookUp(s);
    if (step != Step.NEXT) {
      return step;
    }
    reference(s);
    step = walk(s);
    if (step == Step.NEXT && !s.inFirst()) {
      bringUp(s);
    }
    if (step == Step.NEXT && !s.lookupStillTrue()) {
      step = lookUpAgain(s);
    }
    return step == Step.NEXT ? enter(s) : step;
  }

  // ---- section 4: lookup ---------------------------------------------------------------------

  /** F7–F17. On NEXT the map is locked shared. */
  private Step lookUp(FaultState s) {
    VmMap map = s.askedMap;
    if (map == null) {
      throw new KernelPanic("fault without map");
    }
    FaultResult result = map.lookup(s.at, s.askedType, s.found);
    if (result == FaultResult.PROTECTION
        && (s.flags & FaultState.WIRE_MASK) == FaultState.USER_WIRE) {
      result = map.lookup(s.at, Protection.READ | Protection.WRITE | VmMap.OVERRIDE_WRITE, s.found);
      if (result.ok() && !fixMaxProtection(s)) {
        return Step.AGAIN;
      }
    }
    if (!result.ok()) {
      s.refusal = result;
      return Step.REFUSED;
    }
    VmMapEntry e = s.found.entry;
    if (e != null && e.has(VmMapEntry.NOFAULT)) {
      throw new KernelPanic(
          String.format("fault on a kernel address that never faults: %08x", s.at << Page.SHIFT));
    }
    s.start();
    return Step.NEXT;
  }

  /** F12: what was not writable when it was wired never will be. False if the lock was lost. */
  private static boolean fixMaxProtection(FaultState s) {
    VmMapEntry e = s.found.entry;
    VmMap map = s.found.map;
    if (e == null || map == null || (e.protection & Protection.WRITE) != 0) {
      return true;
    }
    if ((e.maxProtection & Protection.WRITE) == 0) {
      return true;
    }
    if (!map.lock.upgrade()) {
      return false;
    }
    e.maxProtection &= ~Protection.WRITE;
    map.lock.downgrade();
    return true;
  }

  // ---- section 5: references and locks -------------------------------------------------------

  /** F18–F20: reference the object, lock the vnode, then count paging; in this order. */
  private static void reference(FaultState s) {
    VmObject first = s.first();
    first.reference();
    VmObject below = null;
    for (VmObject o = first; o != null && o != below; o = o.backing()) {
      below = o;
      VnodeRef vnode = o.vnode();
      if (vnode != null) {
        if (!o.isDead()) {
          vnode.lockShared();
          s.vnode = vnode;
        }
        break;
      }
    }
    first.beginPaging();
  }

  // ---- sections 6, 7: the walk ---------------------------------------------------------------

  /** Goes down the chain until the page is found or the chain ends (F22–F35, F67–F72). */
  private Step walk(FaultState s) {
    while (true) {
      Step step = level(s);
      if (step != Step.DESCEND) {
        return step;
      }
      if (!descend(s)) {
        return zeroFill(s);
      }
    }
  }

  /** One object of the chain. DESCEND: the page, if one is in hand, holds no data yet. */
  private Step level(FaultState s) {
    VmObject o = s.current();
    if (o.isDead()) {
      return refuse(s, FaultResult.DEAD_OBJECT);
    }
    VmPage p = o.lookup(s.index);
    if (p != null) {
      Step step = takeResident(s, p);
      if (step != Step.DESCEND) {
        return step;
      }
    }
    boolean tryPager = o.type() != ObjectType.DEFAULT && (!s.wiring() || s.wired);
    if (s.page == null && (tryPager || s.inFirst())) {
      Step step = allocate(s);
      if (step != Step.NEXT) {
        return step;
      }
    }
    return tryPager ? askPager(s) : leaveInvalid(s);
  }

  /**
   * Nobody has data for the page in hand. In the first object it stays as placeholder; below it is
   * given back, or if some of its chunks are valid it is the page that was looked for (H7, H8).
   */
  private static Step leaveInvalid(FaultState s) {
    VmPage p = s.page;
    if (p == null || s.inFirst()) {
      return Step.DESCEND;
    }
    if (p.valid() != 0) {
      p.zeroInvalid(true);
      return Step.NEXT;
    }
    s.page = null;
    discard(p, s.allocated);
    return Step.DESCEND;
  }

  /** F23–F29. NEXT: found. DESCEND: busy in our hands, but not wholly valid. */
  private Step takeResident(FaultState s, VmPage p) {
    if (p.isBusyAtAll()) {
      return waitForPage(s, p);
    }
    boolean cached = p.queue == vm.queues.cache;
    vm.queues.unqueueQuietly(p);
    if (cached && vm.allocator.severe()) {
      p.activate();
      return waitForMemory(s);
    }
    p.setBusy();
    s.page = p;
    s.allocated = false;
    if (p.fullyValid() || s.current() == vm.kernelObject()) {
      return Step.NEXT;
    }
    return Step.DESCEND;
  }

  /** F23, F24. The page was looked up with no sleep since, so it is still this page (H6). */
  private Step waitForPage(FaultState s, VmPage p) {
    VmObject first = s.first();
    releaseAll(s);
    p.sleepIfBusy(true);
    vm.meter.increment(Counter.V_INTRANS);
    first.deallocate();
    return Step.AGAIN;
  }

  /** F31–F37. NEXT: an invalid page is in hand. */
  private Step allocate(FaultState s) {
    VmObject o = s.current();
    if (Integer.compareUnsigned(s.index, o.size()) >= 0) {
      return refuse(s, FaultResult.BEYOND_OBJECT);
    }
    VmPage p = null;
    if (!vm.allocator.severe()) {
      boolean zero = s.vnode == null && o.backing() == null;
      p = vm.allocator.allocate(o, s.index, zero ? AllocationClass.ZERO : AllocationClass.NORMAL);
    }
    if (p == null) {
      return waitForMemory(s);
    }
    s.page = p;
    s.allocated = true;
    return Step.NEXT;
  }

  /** F36, F38. */
  private Step waitForMemory(FaultState s) {
    VmObject first = s.first();
    releaseAll(s);
    first.deallocate();
    if (vm.allocator.waitForMemory(true)) {
      return Step.AGAIN;
    }
    s.refusal = FaultResult.KILLED;
    return Step.REFUSED;
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
    if (!s.inFirst()) {
      o.endPaging();
    }
    s.setCurrent(behind);
    return true;
  }

  /** F70–F72, H8: the end of the chain; what is valid in the placeholder stays. */
  private Step zeroFill(FaultState s) {
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
    return Step.NEXT;
  }

  // ---- section 8: the pager ------------------------------------------------------------------

  /** F40–F66. NEXT: read. DESCEND: not here. */
  private Step askPager(FaultState s) {
    clusters.select(s);
    s.unlockMap();
    PagerResult result = PagerResult.FAIL;
    if (s.clusterCount > 0) {
      result = s.current().getPages(s.cluster, s.clusterCount, s.clusterWanted);
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
  private Step pageRead(FaultState s) {
    VmPage p = s.current().lookup(s.index);
    s.page = p;
    if (p == null) {
      return again(s);
    }
    s.hardFaults++;
    return Step.NEXT;
  }

  private void reportError(FaultState s) {
    ProcessView process = vm.currentProcess();
    String who =
        process == null ? "the kernel" : "pid " + process.pid() + " (" + process.command() + ")";
    vm.log(String.format("vm_fault: pager read error at %08x, %s", s.at << Page.SHIFT, who));
  }

  /** F63–F65; a page that was there before and holds data stays (H9). */
  private Step pagerRefused(FaultState s, FaultResult why) {
    VmPage p = s.page();
    s.page = null;
    discard(p, s.allocated);
    return refuse(s, why);
  }

  /** Frees a busy page that holds no data, lets go of one that does (H8, H9). */
  private static void discard(VmPage p, boolean ours) {
    if (p.wireCount() == 0 && (ours || p.valid() == 0)) {
      p.free();
    } else {
      p.deactivate();
      p.wakeup();
    }
  }

  // ---- section 9: copy or move ---------------------------------------------------------------

  /** F73–F78: the page was found below the first object. */
  private void bringUp(FaultState s) {
    VmPage own = s.placeholder;
    boolean merge = own != null && own.valid() != 0;
    if (!s.writes() && !merge) {
      s.protection &= ~Protection.WRITE;
      return;
    }
    if (own == null) {
      throw new KernelPanic("no placeholder to copy to: " + s);
    }
    if (!merge && mayMove(s)) {
      move(s, own);
    } else {
      copy(s, own);
    }
    s.current().endPaging();
    s.setCurrent(s.first());
    s.index = s.firstIndex;
    s.placeholder = null;
    vm.meter.increment(Counter.V_COW_FAULTS);
  }

  /** F75; nothing sleeps between the test and the move, so no lock need be taken (H13). */
  private static boolean mayMove(FaultState s) {
    VmObject o = s.current();
    return s.map().timestamp() == s.generation
        && o.shadowCount() == 1
        && o.references() == 1
        && o.plain()
        && s.first().backing() == o
        && (s.mapLocked || s.map().lock.isFree());
  }

  /** F76, H18. */
  private void move(FaultState s, VmPage own) {
    VmObject o = s.current();
    VmPage p = s.page();
    int oldIndex = p.index;
    own.free();
    p.rename(s.first(), s.firstIndex);
    p.setBusy();
    if (o.type() == ObjectType.SWAP) {
      vm.swap().free(o, oldIndex, 1);
    }
    vm.meter.increment(Counter.V_COW_OPTIM);
  }

  /** F77, H14; where the placeholder holds valid chunks, only the others are copied (H8). */
  private static void copy(FaultState s, VmPage own) {
    VmPage p = s.page();
    if (own.valid() == 0) {
      own.copyFrom(p);
    } else {
      own.completeFrom(p);
    }
    own.makeDirty();
    p.deactivate();
    p.wakeup();
    s.page = own;
  }

  // ---- section 10: revalidation --------------------------------------------------------------

  /** F80–F86. NEXT: the map is locked shared, and the page still belongs there. */
  private Step lookUpAgain(FaultState s) {
    s.unlockVnode();
    VmMap map = s.askedMap;
    if (map == null) {
      throw new KernelPanic("fault without map");
    }
    if (s.map().inFork) {
      return giveUp(s);
    }
    FaultResult result = map.lookup(s.at, s.access & ~Protection.WRITE, s.found);
    if (!result.ok()) {
      giveUp(s);
      s.refusal = result;
      return Step.REFUSED;
    }
    s.mapLocked = true;
    if (s.found.object != s.first() || s.found.index != s.firstIndex) {
      return giveUp(s);
    }
    s.protection &= s.found.protection;
    s.wired = s.found.wired;
    VmMapEntry e = s.found.entry;
    if (e != null) {
      s.entryStart = e.start;
      s.entryEnd = e.end;
      s.noSync = e.has(VmMapEntry.NOSYNC);
    }
    return Step.NEXT;
  }

  // ---- section 11: entering the page ---------------------------------------------------------

  /** F90–F102. */
  private Step enter(FaultState s) {
    VmPage p = s.page();
    VmObject o = s.current();
    if (!p.fullyValid()) {
      vm.log("vm_fault: page was not wholly valid: " + p);
      p.zeroInvalid(true);
    }
    EnterResult entered = s.map().pmap.enter(s.at << Page.SHIFT, p, s.protection, s.wired);
    if (entered != EnterResult.ENTERED) {
      return noRoomToEnter(s, entered);
    }
    if ((s.protection & Protection.WRITE) != 0) {
      noteWritable(s, p, o);
    }
    p.clear(VmPage.ZERO);
    p.set(VmPage.REFERENCED | (p.managed() ? VmPage.MAPPED : 0));
    if (!s.wiring() && !s.wired) {
      prefault.around(s);
    }
    if ((s.flags & FaultState.HOLD) != 0) {
      p.hold();
    }
    settle(s, p);
    account(s);
    VmObject first = s.first();
    p.wakeup();
    s.page = null;
    releaseAll(s);
    first.deallocate();
    return Step.NEXT;
  }

  /** F90–F93. */
  private static void noteWritable(FaultState s, VmPage p, VmObject o) {
    p.set(p.managed() ? VmPage.WRITEABLE : 0);
    o.set(VmObject.WRITEABLE);
    o.mightBeDirty();
    if (!s.noSync) {
      p.clear(VmPage.NOSYNC);
    } else if (p.dirty() == 0) {
      p.set(VmPage.NOSYNC);
    }
    if ((s.flags & FaultState.DIRTY) != 0) {
      p.makeDirty();
      Pager pager = o.pager();
      if (pager != null) {
        pager.unswapped(p);
      }
    }
  }

  /** F99, F100: the queue. */
  private static void settle(FaultState s, VmPage p) {
    if (!s.wiring()) {
      p.activate();
    } else if (s.wired) {
      p.wire();
    } else if (p.wireCount() > 0) {
      p.unwire(true);
    } else {
      p.activate();
    }
  }

  /** F101. */
  private void account(FaultState s) {
    ProcessView process = vm.currentProcess();
    if (process == null) {
      return;
    }
    if (s.hardFaults > 0) {
      process.countMajorFault();
    } else {
      process.countMinorFault();
    }
  }

  /** PM29, PM30: no table frame, or no PV entry, for the mapping. */
  private Step noRoomToEnter(FaultState s, EnterResult why) {
    releasePage(s);
    if (why == EnterResult.NO_TABLE) {
      return waitForMemory(s);
    }
    VmObject first = s.first();
    releaseAll(s);
    first.deallocate();
    if (!vm.dropIdleMappings()) {
      return again(vm, s);
    }
    return Step.AGAIN;
  }

  /** Nothing could be dropped: waits as for memory. */
  private static Step again(VmSystem vm, FaultState s) {
    if (vm.allocator.waitForMemory(true)) {
      return Step.AGAIN;
    }
    s.refusal = FaultResult.KILLED;
    return Step.REFUSED;
  }

  // ---- giving up -----------------------------------------------------------------------------

  private static Step refuse(FaultState s, FaultResult why) {
    again(s);
    s.refusal = why;
    return Step.REFUSED;
  }

  private static Step again(FaultState s) {
    VmObject first = s.first();
    releaseAll(s);
    first.deallocate();
    return Step.AGAIN;
  }

  /** F81–F85: the page in hand is good, but not for this address any more. */
  private static Step giveUp(FaultState s) {
    releasePage(s);
    return again(s);
  }

  /** F85. */
  private static void releasePage(FaultState s) {
    VmPage p = s.page();
    s.page = null;
    p.deactivate();
    p.wakeup();
  }

  /** F24, H21: everything but the reference, locks before references. Never sleeps. */
  private static void releaseAll(FaultState s) {
    VmPage p = s.page;
    if (p != null) {
      s.page = null;
      discard(p, s.allocated);
    }
    if (!s.inFirst()) {
      s.current().endPaging();
      VmPage own = s.placeholder;
      if (own != null) {
        s.placeholder = null;
        discard(own, s.placeholderAllocated);
      }
    }
    s.first().endPaging();
    s.unlockMap();
    s.unlockVnode();
  }
}
