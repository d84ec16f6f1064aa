// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** Takes ranges out of a map, and what only they showed out of memory (M11–M14). */
final class MapRemove {
  private MapRemove() {}

  /** {@link VmMap#remove}. */
  static KernReturn remove(VmMap map, int start, int end) {
    if (start >= end) {
      return KernReturn.SUCCESS;
    }
    int from = start;
    while (true) {
      VmMapEntry e = awaitTransition(map, from, end);
      if (map.isEnd(e) || e.start >= end) {
        return KernReturn.SUCCESS;
      }
      boolean clips = e.start < from || e.end > end;
      if (clips && !map.hasRoom(2)) {
        return KernReturn.RESOURCE_SHORTAGE;
      }
      MapClip.clipStart(map, e, from);
      MapClip.clipEnd(map, e, end);
      from = e.end;
      removeEntry(map, e);
      if (from >= end) {
        return KernReturn.SUCCESS;
      }
    }
  }

  /** M13: mappings go before the reference, so that late dirty bits reach the right page. */
  private static void removeEntry(VmMap map, VmMapEntry e) {
    if (e.wiredCount != 0) {
      map.vm.fault.wiring.unwire(map, e.start, e.end);
      e.wiredCount = 0;
    }
    map.pmap.remove(e.start, e.end);
    map.entries.remove(e);
    map.defer(e);
  }

  /** The first entry of the range that nobody is at work on; waits for those before it (M14). */
  private static VmMapEntry awaitTransition(VmMap map, int from, int end) {
    VmMapEntry e = map.ceiling(from);
    while (!map.isEnd(e) && e.start < end && e.has(VmMapEntry.IN_TRANSITION)) {
      map.waitTransition(e);
      e = map.ceiling(from);
    }
    return e;
  }

  /** M12: pages that only this entry showed go now, if the object lives on; then its reference. */
  static void release(VmSystem vm, VmMapEntry e) {
    VmObject o = e.object;
    if (o != null) {
      if (e.pages() > 0) {
        purge(o, e.offset, e.offset + e.pages(), e.has(VmMapEntry.CONTENT_ONLY));
      }
      o.deallocate();
    }
    vm.entries.give(e);
  }

  private static void purge(VmObject o, int from, int to, boolean rangeStays) {
    if (!o.type().anonymous() || o.references() == 1 || !o.mappedOnce()) {
      return;
    }
    if (!rangeStays) {
      o.collapse();
    }
    o.removePages(from, to, false);
    if (o.type() == ObjectType.SWAP) {
      o.vm.swap().free(o, from, to - from);
    }
    if (!rangeStays && to >= o.size() && from < o.size()) {
      o.setPages(from);
    }
  }
}
