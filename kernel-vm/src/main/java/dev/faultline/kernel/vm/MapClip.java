// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * Splits entries at the ends of a range, so that the range can get attributes of its own, and joins
 * entries again where nothing tells them apart (M25–M27). The map is locked exclusively.
 */
final class MapClip {
  private MapClip() {}

  /** Splits so that {@code e} begins at {@code at}; the lower part is a new entry (M25). */
  static void clipStart(VmMap map, VmMapEntry e, int at) {
    if (at <= e.start) {
      return;
    }
    map.giveObject(e);
    VmMapEntry low = map.vm.entries.take();
    low.takeAttributes(e);
    low.start = e.start;
    low.end = at;
    low.stackLeft = e.stackLeft;
    e.stackLeft = 0;
    e.offset += at - e.start;
    split(map, e, low);
  }

  /** Splits so that {@code e} ends at {@code at}; the upper part is a new entry (M25). */
  static void clipEnd(VmMap map, VmMapEntry e, int at) {
    if (at >= e.end) {
      return;
    }
    map.giveObject(e);
    VmMapEntry high = map.vm.entries.take();
    high.takeAttributes(e);
    high.start = at;
    high.end = e.end;
    high.offset = e.offset + (at - e.start);
    split(map, e, high);
  }

  private static void split(VmMap map, VmMapEntry e, VmMapEntry part) {
    if (part.object != null) {
      part.object.reference();
    }
    map.entries.split(e, part);
  }

  /** Clips whatever crosses the ends of the range; false if there is no room for that. */
  static boolean clipRange(VmMap map, int start, int end) {
    if (start >= end) {
      return true;
    }
    if (!map.hasRoom(2)) {
      return false;
    }
    VmMapEntry e = map.entryAt(start);
    if (e != null) {
      clipStart(map, e, start);
    }
    e = map.entryAt(end - 1);
    if (e != null) {
      clipEnd(map, e, end);
    }
    return true;
  }

  /** Joins an entry with its neighbours where nothing tells them apart (M26, M27). */
  static void simplify(VmMap map, VmMapEntry e) {
    if (e.has(VmMapEntry.IN_TRANSITION | VmMapEntry.IS_SUB_MAP)) {
      map.vm.meter.increment(Counter.V_INTRANS_COLL);
      return;
    }
    VmMapEntry low = e.previous;
    if (!map.isEnd(low) && joinable(low, e)) {
      map.entries.remove(low);
      e.offset = low.offset;
      e.stackLeft = low.stackLeft;
      map.entries.resize(e, low.start, e.end);
      giveBackJoined(map, low);
    }
    VmMapEntry high = e.next;
    if (!map.isEnd(high) && joinable(e, high)) {
      map.entries.remove(high);
      map.entries.resize(e, e.start, high.end);
      giveBackJoined(map, high);
    }
  }

  private static void giveBackJoined(VmMap map, VmMapEntry gone) {
    gone.end = gone.start;
    map.defer(gone);
  }

  private static boolean joinable(VmMapEntry low, VmMapEntry high) {
    return low.end == high.start
        && low.object == high.object
        && (low.object == null || low.offset + low.pages() == high.offset)
        && low.flags == high.flags
        && !low.has(VmMapEntry.IN_TRANSITION | VmMapEntry.IS_SUB_MAP)
        && low.protection == high.protection
        && low.maxProtection == high.maxProtection
        && low.inheritance == high.inheritance
        && low.wiredCount == high.wiredCount
        && low.behaviour == high.behaviour
        && high.stackLeft == 0;
  }

  /** Simplifies every entry that the range touches. */
  static void simplifyRange(VmMap map, int start, int end) {
    for (VmMapEntry e = map.ceiling(start); !map.isEnd(e) && e.start <= end; e = map.after(e)) {
      simplify(map, e);
    }
  }
}
