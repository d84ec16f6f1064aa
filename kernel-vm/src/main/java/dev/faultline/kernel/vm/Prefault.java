// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.EnterResult;
import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** Maps resident pages before they are asked for: no I/O, no allocation, read-only (PM27–PM29). */
final class Prefault {
  private static final int[] OFFSETS = {-1, 1, -2, 2, -3, 3, -4, 4};
  private static final int PARTIAL_LIMIT = 96;

  private final VmSystem vm;

  Prefault(VmSystem vm) {
    this.vm = vm;
  }

  /** The neighbours of a page that a fault has just entered; the map did not change (PM27, H4). */
  void around(FaultState s) {
    Pmap pmap = s.map().pmap;
    for (int offset : OFFSETS) {
      int at = s.at + offset;
      if (at < s.entryStart || at >= s.entryEnd) {
        continue;
      }
      int va = at << Page.SHIFT;
      if (!pmap.hasTable(va) || pmap.isMapped(va)) {
        continue;
      }
      VmPage p = find(s.first(), s.firstIndex + offset);
      if (p == null) {
        return;
      }
      if (!enter(pmap, va, p, s.protection)) {
        return;
      }
    }
  }

  /** The page in the chain, as far down as objects have no pager. */
  private static @Nullable VmPage find(VmObject first, int firstIndex) {
    VmObject o = first;
    int index = firstIndex;
    while (true) {
      VmPage p = o.lookup(index);
      VmObject behind = o.backing();
      if (p != null || behind == null || o.type() != ObjectType.DEFAULT) {
        return p;
      }
      index += o.backingOffset();
      o = behind;
    }
  }

  /** False if the pmap has no room. */
  private boolean enter(Pmap pmap, int va, VmPage p, int protection) {
    if (!p.fullyValid() || p.isBusyAtAll() || !p.managed()) {
      return true;
    }
    if (p.queue == vm.queues.cache) {
      p.deactivate();
    }
    return pmap.enter(va, p, protection & ~Protection.WRITE, false) == EnterResult.ENTERED;
  }

  /**
   * The resident pages of a file in a range of a map (PM28).
   *
   * @param partial gives up where the range is large and much of it resident
   * @param advised stops when free memory is short
   */
  void preload(
      VmMap map,
      VmObject o,
      int index,
      int at,
      int count,
      int protection,
      boolean partial,
      boolean advised) {
    if (o.vnode() == null || (protection & Protection.READ) == 0) {
      return;
    }
    if (partial && count > PARTIAL_LIMIT && o.residentPages() > PARTIAL_LIMIT) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (advised && vm.allocator.scarce()) {
        return;
      }
      VmPage p = o.lookup(index + i);
      int va = at + i << Page.SHIFT;
      if (p != null && !map.pmap.isMapped(va) && !enter(map.pmap, va, p, protection)) {
        return;
      }
    }
  }
}
