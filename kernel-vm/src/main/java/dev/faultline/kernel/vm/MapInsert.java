// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import org.jspecify.annotations.Nullable;

/**
 * Puts memory into a free range of a map, as part of the entry below or with that entry's object
 * where that is possible (M5–M9, O20).
 */
final class MapInsert {
  private MapInsert() {}

  /** {@link VmMap#insert}. */
  static KernReturn insert(
      VmMap map,
      @Nullable VmObject given,
      int givenOffset,
      int start,
      int end,
      int protection,
      int maxProtection,
      Inheritance inheritance,
      int flags) {
    if ((flags & VmMapEntry.NOFAULT) != 0 && given != null) {
      throw new KernelPanic("an object where no fault may happen: " + given);
    }
    if (start < map.min || end > map.max || start >= end) {
      return KernReturn.INVALID_ADDRESS;
    }
    VmMapEntry below = map.floor(start);
    if ((!map.isEnd(below) && below.end > start) || below.next.start < end) {
      return KernReturn.NO_SPACE;
    }
    VmObject object = given;
    int offset = givenOffset;
    if (object != null) {
      if (object.references() > 1 || object.shadowCount() != 0) {
        object.clear(VmObject.ONEMAPPING);
      }
    } else if (below.inheritance == inheritance && continues(map, below, start, end, flags)) {
      if (below.protection == protection && below.maxProtection == maxProtection) {
        map.entries.resize(below, below.start, end);
        MapClip.simplify(map, below);
        return KernReturn.SUCCESS;
      }
      object = below.object;
    }
    if (!map.hasRoom(1)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    if (object != null && given == null) {
      object.reference();
      offset = below.offset + below.pages();
    }
    VmMapEntry e = map.link(below, start, end);
    e.object = object;
    e.offset = offset;
    e.protection = protection;
    e.maxProtection = maxProtection;
    e.inheritance = inheritance;
    e.flags = flags;
    return KernReturn.SUCCESS;
  }

  /** True if the object of the entry below can go on over the new range (M6). */
  private static boolean continues(VmMap map, VmMapEntry below, int start, int end, int flags) {
    return !map.isEnd(below)
        && below.end == start
        && below.flags == flags
        && below.wiredCount == 0
        && below.behaviour == Advice.NORMAL
        && below.submap == null
        && (below.object == null || coalesce(below, end - start));
  }

  /** Extends the object of an entry over the pages behind it, if that is possible (O20). */
  private static boolean coalesce(VmMapEntry e, int more) {
    VmObject o = e.object;
    if (o == null || !o.plain()) {
      return false;
    }
    o.collapse();
    int next = e.offset + e.pages();
    if (o.backing() != null || (o.references() > 1 && o.size() != next)) {
      return false;
    }
    if (next < o.size()) {
      o.removePages(next, next + more, false);
      if (o.type() == ObjectType.SWAP) {
        o.vm.swap().free(o, next, more);
      }
    }
    if (next + more > o.size()) {
      o.setPages(next + more);
    }
    return true;
  }
}
