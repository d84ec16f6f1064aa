// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.mmu.Page;

/** Resizing and moving of a mapping (mremap): entries move, their objects stay as they are. */
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
    int to = map.findSpace(start, newPages);
    if (to < 0) {
      to = map.findSpace(map.min, newPages);
    }
    if (to < 0) {
      return MapResult.refused(KernReturn.NO_SPACE);
    }
    return move(to);
  }

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
