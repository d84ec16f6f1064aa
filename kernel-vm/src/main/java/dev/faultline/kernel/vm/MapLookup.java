// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import org.jspecify.annotations.Nullable;

/** The lookup for a fault, and what it finds (M16–M24); the found map is locked shared. */
final class MapLookup {
  @Nullable VmMap map;
  @Nullable VmMapEntry entry;
  @Nullable VmObject object;
  int index;
  int protection;
  boolean wired;

  void forget() {
    map = null;
    entry = null;
    object = null;
  }

  /** {@link VmMap#lookup}. */
  FaultResult find(VmMap asked, int at, int type) {
    VmMap in = asked;
    while (true) {
      in.lock.lockShared();
      VmMapEntry e = in.entryAt(at);
      if (e == null) {
        in.lock.unlockShared();
        return FaultResult.NO_ENTRY;
      }
      if (e.submap != null) {
        in.lock.unlockShared();
        in = e.submap;
        continue;
      }
      if (!permits(e, at, type)) {
        in.lock.unlockShared();
        return FaultResult.PROTECTION;
      }
      if (fill(in, e, at, type)) {
        return FaultResult.RESOLVED;
      }
    }
  }

  /** M18, M21. */
  private static boolean permits(VmMapEntry e, int at, int type) {
    boolean override = (type & VmMap.OVERRIDE_WRITE) != 0;
    int rights = override ? e.maxProtection : e.protection;
    if (!Protection.permits(rights, type & Protection.ALL)) {
      return false;
    }
    if (!e.has(VmMapEntry.USER_WIRED)
        || !e.has(VmMapEntry.COW)
        || (type & Protection.WRITE) == 0
        || override) {
      return true;
    }
    // Its private page was made when it was wired; only where it was not, a write is refused (H20).
    VmObject o = e.object;
    return o != null && !e.has(VmMapEntry.NEEDS_COPY) && o.lookup(at - e.start + e.offset) != null;
  }

  /** M19, M20, M22–M24. False if the lock was lost on the way: look up again. */
  private boolean fill(VmMap in, VmMapEntry e, int at, int type) {
    boolean isWired = e.wiredCount != 0;
    int rights = e.protection;
    int access = isWired ? e.protection : type;
    if (e.has(VmMapEntry.NEEDS_COPY) && e.object != null) {
      if ((access & Protection.WRITE) == 0) {
        rights &= ~Protection.WRITE;
      } else {
        if (!in.lock.upgrade()) {
          return false;
        }
        e.shadow();
        in.lock.downgrade();
      }
    }
    if (e.object == null && !in.isSystem()) {
      if (!in.lock.upgrade()) {
        return false;
      }
      in.giveObject(e);
      in.lock.downgrade();
    }
    map = in;
    entry = e;
    object = e.object;
    index = at - e.start + e.offset;
    protection = rights;
    wired = isWired;
    return true;
  }
}
