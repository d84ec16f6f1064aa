// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.EnterResult;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;

/** The end of a fault: the page is mapped, marked, queued and accounted for (section 11). */
final class PageEntry {
  private final VmSystem vm;
  private final Prefault prefault;

  PageEntry(VmSystem vm, Prefault prefault) {
    this.vm = vm;
    this.prefault = prefault;
  }

  /** F90–F102. */
  FaultStep enter(FaultState s) {
    VmPage p = s.page();
    VmObject o = s.current();
    if (!p.fullyValid()) {
      vm.log("vm_fault: page was not wholly valid: " + p);
      p.zeroInvalid(true);
    }
    // While wiring is under way, others may be here before it: their page is not wired yet.
    boolean wired = s.wired && (s.wiring() || p.wireCount() > 0);
    EnterResult entered = s.map().pmap.enter(s.at << Page.SHIFT, p, s.protection, wired);
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
    FaultRelease.releaseAll(s);
    first.deallocate();
    return FaultStep.NEXT;
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
      o.pager().unswapped(p);
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
  private FaultStep noRoomToEnter(FaultState s, EnterResult why) {
    FaultRelease.releasePage(s);
    if (why == EnterResult.NO_TABLE) {
      return FaultRelease.waitForMemory(s);
    }
    VmObject first = s.first();
    FaultRelease.releaseAll(s);
    first.deallocate();
    if (!vm.dropIdleMappings()) {
      return FaultRelease.sleepForMemory(vm, s);
    }
    return FaultStep.AGAIN;
  }
}
