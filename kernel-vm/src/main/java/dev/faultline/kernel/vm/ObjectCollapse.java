// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * Keeps shadow chains short: an object takes over a backing object that nobody else uses (collapse,
 * O13), or steps around one that it has wholly overlaid (bypass, O14). What can be seen through any
 * map entry stays the same, byte for byte (O16).
 */
final class ObjectCollapse {
  private ObjectCollapse() {}

  static void collapse(VmObject object) {
    while (true) {
      VmObject behind = object.backing();
      if (behind == null || !candidate(object) || !candidate(behind)) {
        return;
      }
      if (object.paging() != 0 || behind.paging() != 0) {
        quickCollapse(object, behind);
        return;
      }
      if (behind.references() == 1) {
        if (hasWiredLoss(object, behind)) {
          return;
        }
        if (!sleepOnBusyPage(behind)) {
          absorb(object, behind);
        }
      } else if (!bypass(object, behind)) {
        return;
      }
    }
  }

  private static boolean candidate(VmObject o) {
    return o.plain() && !o.isDead();
  }

  /** I/O is under way: moves what is idle, leaves the structure (O11). */
  private static void quickCollapse(VmObject object, VmObject behind) {
    if (behind.references() != 1) {
      return;
    }
    VmPage next;
    for (VmPage p = behind.firstPage(); p != null; p = next) {
      next = behind.after(p);
      boolean idle = !p.isBusyAtAll() && p.holdCount() == 0 && p.wireCount() == 0 && p.valid() != 0;
      if (idle) {
        takeOver(object, behind, p, true);
      }
    }
  }

  /** A wired page that the collapse would throw away: its wiring must end first. */
  private static boolean hasWiredLoss(VmObject object, VmObject behind) {
    for (VmPage p = behind.firstPage(); p != null; p = behind.after(p)) {
      if (p.wireCount() != 0) {
        int index = p.index - object.backingOffset();
        if (index < 0 || index >= object.size() || object.lookup(index) != null) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean sleepOnBusyPage(VmObject behind) {
    for (VmPage p = behind.firstPage(); p != null; p = behind.after(p)) {
      if (p.sleepIfBusy(true)) {
        return true;
      }
    }
    return false;
  }

  /** Full collapse (O13). Nothing here sleeps, so no fault sees the backing object die. */
  private static void absorb(VmObject object, VmObject behind) {
    VmPage next;
    for (VmPage p = behind.firstPage(); p != null; p = next) {
      next = behind.after(p);
      takeOver(object, behind, p, false);
    }
    int offset = object.backingOffset();
    if (behind.type() == ObjectType.SWAP) {
      object.vm.swap().transfer(behind, object, offset, true);
    }
    VmObject further = behind.backing();
    int furtherOffset = behind.backingOffset();
    object.detach();
    behind.detach();
    if (further != null) {
      object.attach(further, offset + furtherOffset);
    }
    behind.dropReference();
    behind.terminate();
    object.vm.meter.increment(Counter.OBJECT_COLLAPSES);
  }

  /** One page of the backing object: the cases of O12. */
  private static void takeOver(VmObject object, VmObject behind, VmPage p, boolean quick) {
    int index = p.index - object.backingOffset();
    boolean inWindow = index >= 0 && index < object.size();
    VmPage own = inWindow ? object.lookup(index) : null;
    if (own != null && !own.fullyValid()) {
      if (quick) {
        // A fault runs on it and will look for the data here (O12a).
        return;
      }
      own.takeChunks(p);
      own.makeDirty();
    }
    p.setBusy();
    if (behind.type() == ObjectType.SWAP) {
      object.vm.swap().free(behind, p.index, 1);
    }
    boolean needed = inWindow && own == null && !object.pagerHas(index, object.vm.around);
    if (needed) {
      p.rename(object, index);
    } else {
      p.free();
    }
  }

  /** Steps around the backing object if nothing in it can be seen from here (O14). */
  private static boolean bypass(VmObject object, VmObject behind) {
    if (behind.type() != ObjectType.DEFAULT || !allShadowed(object, behind)) {
      return false;
    }
    VmObject further = behind.backing();
    int offset = object.backingOffset() + behind.backingOffset();
    object.detach();
    if (further != null) {
      further.reference();
      object.attach(further, offset);
    }
    behind.dropReference();
    object.vm.meter.increment(Counter.OBJECT_BYPASSES);
    return true;
  }

  private static boolean allShadowed(VmObject object, VmObject behind) {
    for (VmPage p = behind.firstPage(); p != null; p = behind.after(p)) {
      int index = p.index - object.backingOffset();
      if (index >= 0 && index < object.size()) {
        VmPage own = object.lookup(index);
        boolean shadowed =
            own == null ? object.pagerHas(index, object.vm.around) : own.fullyValid();
        if (!shadowed) {
          return false;
        }
      }
    }
    return true;
  }
}
