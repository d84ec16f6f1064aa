// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;

/** What a fault asks of the map, and what it takes hold of before it walks (sections 4 and 5). */
final class FaultLookup {
  private FaultLookup() {}

  /** F7–F17, F22. On NEXT the map is locked shared. */
  static FaultStep lookUp(FaultState s) {
    VmMap map = s.askedMap();
    FaultResult result = map.lookup(s.at, s.askedType, s.found);
    if (result == FaultResult.PROTECTION
        && (s.flags & FaultState.WIRE_MASK) == FaultState.USER_WIRE) {
      result = map.lookup(s.at, Protection.READ | Protection.WRITE | VmMap.OVERRIDE_WRITE, s.found);
      if (result.ok() && !fixMaxProtection(s)) {
        return FaultStep.AGAIN;
      }
    }
    if (!result.ok()) {
      s.refusal = result;
      return FaultStep.REFUSED;
    }
    VmMapEntry e = s.found.entry;
    if (e != null && e.has(VmMapEntry.NOFAULT)) {
      throw new KernelPanic(
          String.format("fault on a kernel address that never faults: %08x", s.at << Page.SHIFT));
    }
    s.start();
    if (s.first().isDead()) {
      // Takes no reference any more (O5).
      s.unlockMap();
      s.refusal = FaultResult.DEAD_OBJECT;
      return FaultStep.REFUSED;
    }
    return FaultStep.NEXT;
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

  /** F18–F20: reference the object, lock the vnode, then count paging; in this order. */
  static void reference(FaultState s) {
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
}
