// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.mmu.Page;

/**
 * Resizing, moving and doubling of a mapping (mremap): entries move, their objects stay as they
 * are.
 */
final class MapMove {
  private final VmMap map;
  private final int start;
  private final int oldPages;
  private final int newPages;

  MapMove(VmMap map, int start, int oldPages, int newPages) {
    this.map = map;
    this.start = start;
    this.oldPages = oldPages;
    this.newPages = newPages;
  }

  /**
   * Does it.
   *
   * @param mayMove whether the mapping may go elsewhere if it cannot grow where it is
   * @param target page where it shall go, or -1
   */
  MapResult remap(boolean mayMove, int target) {
    map.lock();
    MapResult result = remapLocked(mayMove, target);
    map.unlock();
    return result;
  }

  private MapResult remapLocked(boolean mayMove, int target) {
    if (oldPages == 0) {
      return twice(mayMove, target);
    }
    int oldEnd = start + oldPages;
    if (!map.covers(start, oldEnd)) {
      return MapResult.refused(KernReturn.INVALID_ADDRESS);
    }
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, oldEnd); e = map.after(e)) {
      if (e.has(VmMapEntry.IN_TRANSITION | VmMapEntry.IS_SUB_MAP)) {
        return MapResult.refused(KernReturn.INVALID_ARGUMENT);
      }
    }
    if (!map.hasRoom(4)) {
      return MapResult.refused(KernReturn.RESOURCE_SHORTAGE);
    }
    if (newPages > oldPages && isDevice(oldEnd - 1)) {
      return MapResult.refused(KernReturn.INVALID_ADDRESS);
    }
    if (target >= 0) {
      return moveTo(target);
    }
    if (newPages <= oldPages) {
      return result(map.remove(start + newPages, oldEnd), start);
    }
    if (growInPlace(start)) {
      return MapResult.at(start << Page.SHIFT);
    }
    if (!mayMove) {
      return MapResult.refused(KernReturn.NO_SPACE);
    }
    int to = findSpace();
    return to < 0 ? MapResult.refused(KernReturn.NO_SPACE) : move(to);
  }

  private int findSpace() {
    int to = map.findSpace(start, newPages);
    return to < 0 ? map.findSpace(Page.number(VmSpace.LOWEST), newPages) : to;
  }

  /** Of a device its driver has accepted what was mapped, and no page more (DV1). */
  private boolean isDevice(int page) {
    VmMapEntry e = map.entryAt(page);
    VmObject o = e == null ? null : e.object;
    return o != null && o.type() == ObjectType.DEVICE;
  }

  // ---- doubling ------------------------------------------------------------------------------

  /** Maps shared memory once more, from {@code start} on; the mapping that is there stays. */
  private MapResult twice(boolean mayMove, int target) {
    KernReturn refusal = mayDouble();
    if (refusal.ok() && !map.hasRoom(4)) {
      refusal = KernReturn.RESOURCE_SHORTAGE;
    }
    if (refusal.ok() && target < 0 && !mayMove) {
      refusal = KernReturn.NO_SPACE;
    }
    if (!refusal.ok()) {
      return MapResult.refused(refusal);
    }
    int to = target;
    if (target < 0) {
      to = findSpace();
    } else if (target + newPages > map.max) {
      return MapResult.refused(KernReturn.INVALID_ARGUMENT);
    } else {
      KernReturn removed = map.remove(target, target + newPages);
      // It may have slept, and may have removed the very mapping that was to be doubled.
      refusal = removed.ok() ? mayDouble() : removed;
      if (!refusal.ok()) {
        return MapResult.refused(refusal);
      }
    }
    return to < 0 ? MapResult.refused(KernReturn.NO_SPACE) : mapAgain(to);
  }

  private KernReturn mayDouble() {
    VmMapEntry e = map.entryAt(start);
    if (e == null || isDevice(start)) {
      return KernReturn.INVALID_ADDRESS;
    }
    VmObject o = e.object;
    if (o == null || !e.writesThrough()) {
      return KernReturn.INVALID_ARGUMENT;
    }
    // A file may end anywhere below its mappings; other memory is as long as it was made.
    int end = start - e.start + e.offset + newPages;
    return o.plain() && end > o.size() ? KernReturn.INVALID_ADDRESS : KernReturn.SUCCESS;
  }

  private MapResult mapAgain(int to) {
    VmMapEntry e = map.entryAt(start);
    VmObject o = e == null ? null : e.object;
    if (e == null || o == null) {
      return MapResult.refused(KernReturn.INVALID_ADDRESS);
    }
    o.reference();
    int kept = VmMapEntry.NOSYNC | VmMapEntry.NOCOREDUMP | VmMapEntry.NOFORK;
    KernReturn result =
        map.insert(
            o,
            start - e.start + e.offset,
            to,
            to + newPages,
            e.protection,
            e.maxProtection,
            e.inheritance,
            e.flags & kept);
    if (!result.ok()) {
      map.deferObject(o, 0, 0, false);
    }
    return result(result, to);
  }

  // ---- moving --------------------------------------------------------------------------------

  private static MapResult result(KernReturn code, int page) {
    return code.ok() ? MapResult.at(page << Page.SHIFT) : MapResult.refused(code);
  }

  private MapResult moveTo(int target) {
    boolean overlaps = target < start + oldPages && start < target + newPages;
    if (overlaps || target + newPages > map.max) {
      return MapResult.refused(KernReturn.INVALID_ARGUMENT);
    }
    KernReturn removed = map.remove(target, target + newPages);
    if (removed.ok() && newPages < oldPages) {
      removed = map.remove(start + newPages, start + oldPages);
    }
    if (!removed.ok()) {
      return MapResult.refused(removed);
    }
    // Removing may have slept: what was there before must still be.
    if (!map.covers(start, start + Math.min(oldPages, newPages))) {
      return MapResult.refused(KernReturn.INVALID_ADDRESS);
    }
    return move(target);
  }

  private MapResult move(int target) {
    int end = start + Math.min(oldPages, newPages);
    if (!MapClip.clipRange(map, start, end)) {
      return MapResult.refused(KernReturn.RESOURCE_SHORTAGE);
    }
    map.pmap.remove(start, end);
    VmMapEntry e = map.ceiling(start);
    while (map.isBefore(e, end)) {
      VmMapEntry after = e.next;
      int to = target + (e.start - start);
      relink(e, to);
      e = after;
    }
    if (newPages > oldPages && !growInPlace(target)) {
      return MapResult.refused(KernReturn.NO_SPACE);
    }
    return MapResult.at(target << Page.SHIFT);
  }

  private void relink(VmMapEntry e, int to) {
    map.entries.remove(e);
    e.end = to + e.pages();
    e.start = to;
    map.entries.add(e, map.floor(to));
  }

  /** Adds the missing pages behind the mapping, which now begins at {@code at}. */
  private boolean growInPlace(int at) {
    int end = at + oldPages;
    VmMapEntry last = map.entryAt(end - 1);
    if (last == null || last.end != end) {
      return false;
    }
    int to = at + newPages;
    if (to > map.max || last.next.start < to) {
      return false;
    }
    VmObject bottom = last.bottomObject();
    VmObject object = null;
    int offset = 0;
    int flags = last.flags & ~(VmMapEntry.USER_WIRED | VmMapEntry.NEEDS_COPY);
    if (bottom != null && !bottom.plain()) {
      bottom.reference();
      object = bottom;
      offset = last.bottomOffset() + last.pages();
      flags |= last.has(VmMapEntry.COW) ? VmMapEntry.NEEDS_COPY : 0;
    }
    KernReturn result =
        map.insert(
            object, offset, end, to, last.protection, last.maxProtection, last.inheritance, flags);
    if (!result.ok() && object != null) {
      map.deferObject(object, offset, 0, false);
    }
    return result.ok();
  }
}
