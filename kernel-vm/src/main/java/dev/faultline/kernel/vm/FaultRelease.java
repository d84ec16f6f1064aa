// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * Giving up: what an attempt of a fault holds goes back, locks before references, because giving a
 * reference back may sleep (F24, F85, H21). Then the fault waits, begins again or ends refused.
 */
final class FaultRelease {
  private FaultRelease() {}

  // ---- ends of an attempt --------------------------------------------------------------------

  /** Begins again at once. */
  static FaultStep again(FaultState s) {
    VmObject first = s.first();
    releaseAll(s);
    first.deallocate();
    return FaultStep.AGAIN;
  }

  /** Ends the call. */
  static FaultStep refuse(FaultState s, FaultResult why) {
    again(s);
    s.refusal = why;
    return FaultStep.REFUSED;
  }

  /** F81–F85: the page in hand is good, but not for this address any more. */
  static FaultStep giveUp(FaultState s) {
    releasePage(s);
    return again(s);
  }

  /** F23, F24. The page was looked up with no sleep since, so it is still this page (H6). */
  static FaultStep waitForPage(FaultState s, VmPage p) {
    VmObject first = s.first();
    releaseAll(s);
    p.sleepIfBusy(true);
    first.vm.meter.increment(Counter.V_INTRANS);
    // Kept until here, so that the object could not go while its page was waited for.
    first.deallocate();
    return FaultStep.AGAIN;
  }

  /** F26, F36–F38. */
  static FaultStep waitForMemory(FaultState s) {
    VmSystem vm = s.first().vm;
    again(s);
    return sleepForMemory(vm, s);
  }

  /** Waits for memory with nothing held; a killed thread does not wait (F36). */
  static FaultStep sleepForMemory(VmSystem vm, FaultState s) {
    if (vm.allocator.waitForMemory(true)) {
      return FaultStep.AGAIN;
    }
    s.refusal = FaultResult.KILLED;
    return FaultStep.REFUSED;
  }

  // ---- parts ---------------------------------------------------------------------------------

  /** F85: the page in hand stays with its object. */
  static void releasePage(FaultState s) {
    VmPage p = s.page();
    s.page = null;
    // If it is a copy, what it was copied from may still be mapped here, though it is covered now.
    s.map().pmap.remove(s.at, s.at + 1);
    letGo(p);
  }

  /** F24: everything but the reference. Never sleeps. */
  static void releaseAll(FaultState s) {
    VmPage p = s.page;
    if (p != null) {
      s.page = null;
      discard(p, s.allocated);
    }
    if (!s.inFirst()) {
      s.current().endPaging();
      VmPage partial = s.partial;
      if (partial != null) {
        s.partial = null;
        letGoPartial(partial);
      }
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

  /** Frees a busy page that holds no data, lets go of one that does (H8, H9). */
  static void discard(VmPage p, boolean allocated) {
    if (p.wireCount() == 0 && (allocated || p.valid() == 0)) {
      p.free();
    } else {
      letGo(p);
    }
  }

  /** A page that was kept on the way down, and its object with it (H8). */
  private static void letGoPartial(VmPage p) {
    VmObject o = p.object;
    letGo(p);
    if (o != null) {
      o.endPaging();
    }
  }

  static void letGo(VmPage p) {
    p.deactivate();
    p.wakeup();
  }
}
