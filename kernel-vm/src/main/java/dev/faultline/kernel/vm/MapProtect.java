// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;

/** Rights and inheritance of ranges of a map (M28–M31, M35). */
final class MapProtect {
  private MapProtect() {}

  /** {@link VmMap#protect}. */
  static KernReturn protect(VmMap map, int start, int end, int protection, boolean setMax) {
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      if (e.has(VmMapEntry.IS_SUB_MAP)) {
        return KernReturn.INVALID_ARGUMENT;
      }
      if (!Protection.permits(e.maxProtection, protection)) {
        return KernReturn.PROTECTION_FAILURE;
      }
    }
    if (!MapClip.clipRange(map, start, end)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      int old = e.protection;
      if (setMax) {
        e.maxProtection = protection;
        e.protection = old & protection;
      } else {
        e.protection = protection;
      }
      if (e.protection != old) {
        int withheld = e.has(VmMapEntry.COW) ? Protection.WRITE : 0;
        map.pmap.protect(e.start, e.end, readable(e.protection) & ~withheld);
      }
    }
    MapClip.simplifyRange(map, start, end);
    return KernReturn.SUCCESS;
  }

  /** The hardware cannot tell execution from reading (PM16). */
  private static int readable(int protection) {
    return protection == Protection.NONE ? protection : protection | Protection.READ;
  }

  /** {@link VmMap#inherit}. */
  static KernReturn inherit(VmMap map, int start, int end, Inheritance inheritance) {
    if (!MapClip.clipRange(map, start, end)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      e.inheritance = inheritance;
    }
    MapClip.simplifyRange(map, start, end);
    return KernReturn.SUCCESS;
  }

  /** Where the first page at or above {@code start} is that lacks a right, or {@code end}. */
  static int permittedEnd(VmMap map, int start, int end, int wanted) {
    int at = start;
    VmMapEntry e = map.ceiling(start);
    while (at < end && !map.isEnd(e) && e.start <= at && Protection.permits(e.protection, wanted)) {
      at = e.end;
      e = map.after(e);
    }
    return Math.min(at, end);
  }
}
