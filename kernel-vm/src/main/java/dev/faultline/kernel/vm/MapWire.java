// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import org.jspecify.annotations.Nullable;

/** Wiring and unwiring of ranges of a map (M40–M47). */
final class MapWire {
  private final VmMap map;
  private final boolean user;

  private MapWire(VmMap map, boolean user) {
    this.map = map;
    this.user = user;
  }

  /**
   * Wires a range. User wiring counts once per entry, however often it is asked for; kernel wiring
   * counts every time (M40).
   */
  static KernReturn wire(VmMap map, int start, int end, boolean user) {
    return new MapWire(map, user).wire(start, end);
  }

  /** Undoes {@link #wire} (M44, M45). */
  static KernReturn unwire(VmMap map, int start, int end, boolean user) {
    return new MapWire(map, user).unwire(start, end);
  }

  /** M46: says of a fresh range that its owner wires the pages himself. The map is locked. */
  static void quickWire(VmMap map, int start, int end) {
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      e.wiredCount = 1;
    }
    MapClip.simplifyRange(map, start, end);
  }

  private KernReturn wire(int start, int end) {
    map.lock();
    KernReturn result = claim(start, end);
    if (!result.ok()) {
      map.unlock();
      return result;
    }
    int fresh = prepare(start, end);
    if (user && map.vm.queues.wired() + fresh > map.vm.allocator.reserves().maxWired()) {
      undo(start, end, start);
      finish(start, end);
      return KernReturn.RESOURCE_SHORTAGE;
    }
    int at = start;
    while (at < end) {
      VmMapEntry e = map.ceiling(at);
      if (map.isEnd(e) || e.start >= end) {
        break;
      }
      at = e.end;
      if (e.has(VmMapEntry.FRESHLY_WIRED) && e.wiredCount == 1) {
        int from = e.start;
        int to = e.end;
        map.unlock();
        FaultResult faulted = map.vm.fault.wiring.wire(map, from, to, user);
        map.lock();
        if (!faulted.ok()) {
          undo(start, end, from);
          finish(start, end);
          return faulted.code();
        }
      }
    }
    finish(start, end);
    return KernReturn.SUCCESS;
  }

  /**
   * Waits until nobody else is at work on the range (M50), checks that it has no hole (M41), clips
   * and marks it. The map is locked before and after.
   */
  private KernReturn claim(int start, int end) {
    while (true) {
      if (!map.covers(start, end)) {
        return KernReturn.INVALID_ADDRESS;
      }
      VmMapEntry busy = inTransition(start, end);
      if (busy == null) {
        break;
      }
      map.waitTransition(busy);
    }
    if (!MapClip.clipRange(map, start, end)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      e.flags |= VmMapEntry.IN_TRANSITION;
    }
    return KernReturn.SUCCESS;
  }

  private @Nullable VmMapEntry inTransition(int start, int end) {
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      if (e.has(VmMapEntry.IN_TRANSITION)) {
        return e;
      }
    }
    return null;
  }

  /** M42: private copies and missing objects are made first. Returns the pages to be wired. */
  private int prepare(int start, int end) {
    int fresh = 0;
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      if (user && e.has(VmMapEntry.USER_WIRED)) {
        continue;
      }
      if (e.wiredCount == 0) {
        fresh += e.pages();
        map.giveObject(e);
        boolean writable = (e.protection & Protection.WRITE) != 0;
        if (e.has(VmMapEntry.NEEDS_COPY) && writable && e.object != null) {
          e.shadow();
        }
      }
      e.wiredCount++;
      e.flags |= VmMapEntry.FRESHLY_WIRED | (user ? VmMapEntry.USER_WIRED : 0);
    }
    return fresh;
  }

  /** M43: takes back what this call has wired; pages of entries below {@code faulted} are in. */
  private void undo(int start, int end, int faulted) {
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      if (e.has(VmMapEntry.FRESHLY_WIRED)) {
        if (e.wiredCount == 1 && e.start < faulted) {
          map.vm.fault.wiring.unwire(map, e.start, e.end);
        }
        e.wiredCount--;
        e.flags &= ~(user ? VmMapEntry.USER_WIRED : 0);
      }
    }
  }

  private void finish(int start, int end) {
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      e.flags &= ~VmMapEntry.FRESHLY_WIRED;
      map.endTransition(e);
    }
    map.lock.touch();
    MapClip.simplifyRange(map, start, end);
    map.unlock();
  }

  private KernReturn unwire(int start, int end) {
    map.lock();
    KernReturn result = claim(start, end);
    if (!result.ok()) {
      map.unlock();
      return result;
    }
    boolean all = true;
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      all &= user ? e.has(VmMapEntry.USER_WIRED) : e.wiredCount != 0;
    }
    for (VmMapEntry e = map.ceiling(start); all && map.isBefore(e, end); e = map.after(e)) {
      e.flags &= ~(user ? VmMapEntry.USER_WIRED : 0);
      if (--e.wiredCount == 0) {
        map.vm.fault.wiring.unwire(map, e.start, e.end);
      }
    }
    finish(start, end);
    return all ? KernReturn.SUCCESS : KernReturn.INVALID_ARGUMENT;
  }
}
