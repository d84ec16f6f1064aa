// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** Wiring and unwiring of ranges page by page, and the copy of wired pages at fork (section 12). */
final class FaultWiring {
  private final VmSystem vm;

  FaultWiring(VmSystem vm) {
    this.vm = vm;
  }

  /**
   * Faults in and wires a range (F110–F113); the entries' wired counts were raised before. Nothing
   * is locked.
   *
   * @param user whether for mlock, which needs no write permission
   */
  FaultResult wire(VmMap map, int start, int end, boolean user) {
    int type = user ? Protection.READ : Protection.READ | Protection.WRITE;
    int flags = user ? FaultState.USER_WIRE : FaultState.CHANGE_WIRING;
    for (int at = start; at < end; at++) {
      FaultResult result = vm.fault.fault(map, at, type, flags);
      if (!result.ok()) {
        unwire(map, start, at);
        return result;
      }
    }
    return FaultResult.RESOLVED;
  }

  /**
   * Unwires the pages of a range, whose map is locked; mappings stay (F114). The pages are found
   * through the object: a mapping may have been dropped meanwhile, by truncation perhaps, which
   * leaves wired pages without content (O17); and what is not RAM has nothing to unwire (H16).
   * Never sleeps.
   */
  void unwire(VmMap map, int start, int end) {
    for (int at = start; at < end; at++) {
      int va = at << Page.SHIFT;
      if (map.pmap.isMapped(va)) {
        map.pmap.changeWiring(va, false);
      }
      VmMapEntry e = map.entryAt(at);
      VmPage p =
          e == null || e.object == null ? null : findWired(e.object, at - e.start + e.offset);
      if (p != null) {
        p.unwire(true);
      }
    }
  }

  /** The uppermost wired page of the chain: the one that was there when the entry was wired. */
  private static @Nullable VmPage findWired(VmObject top, int topIndex) {
    int index = topIndex;
    for (VmObject o = top; o != null; o = o.backing()) {
      VmPage p = o.lookup(index);
      if (p != null && p.wireCount() > 0) {
        return p;
      }
      index += o.backingOffset();
    }
    return null;
  }

  /**
   * Copies a wired entry for a child, page by page, now (F120–F125). Both maps are locked
   * exclusively.
   *
   * @return false if the thread was killed while it waited for memory
   */
  boolean copyEntry(VmMap childMap, VmMapEntry from, VmMapEntry to) {
    VmObject source = from.object;
    VmObject copy = VmObject.anonymous(vm, from.pages());
    to.object = copy;
    to.offset = 0;
    // Wired without write permission, the parent's may have none of its own yet: the child's has.
    to.flags &= ~VmMapEntry.NEEDS_COPY;
    for (int i = 0; i < from.pages(); i++) {
      VmPage p = source == null ? null : findIdle(source, from.offset + i);
      if (p == null) {
        continue;
      }
      VmPage own = copy.grabPage(i);
      if (own == null) {
        return false;
      }
      // The wait may have moved it to another object, or truncation may have emptied it.
      VmPage now = source == null ? null : findIdle(source, from.offset + i);
      if (now == null) {
        own.free();
        continue;
      }
      own.copyFrom(now);
      own.makeDirty();
      int va = to.start + i << Page.SHIFT;
      // If there is no room in the pmap, the child's first touch will find the page.
      childMap.pmap.enter(va, own, to.protection, false);
      own.activate();
      own.wakeup();
    }
    return true;
  }

  /** The page down the chain, once it is not busy; null if there is none (F122). */
  private static @Nullable VmPage findIdle(VmObject top, int topIndex) {
    while (true) {
      VmPage p = find(top, topIndex);
      if (p == null || !p.sleepIfBusy(false)) {
        return p;
      }
    }
  }

  private static @Nullable VmPage find(VmObject top, int topIndex) {
    int index = topIndex;
    for (VmObject o = top; o != null; o = o.backing()) {
      VmPage p = o.lookup(index);
      if (p != null && p.valid() != 0) {
        return p;
      }
      index += o.backingOffset();
    }
    return null;
  }
}
