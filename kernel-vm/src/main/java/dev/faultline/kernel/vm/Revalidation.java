// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import org.jspecify.annotations.Nullable;

/**
 * The second look at the map of a fault that unlocked it, once the timestamp has moved (section
 * 10). It changes nothing and never sleeps: the fault holds a busy page, for which whoever holds a
 * vnode's lock may wait, while another fault waits for that vnode with the map locked. So where the
 * map is not to be had at once, the fault gives all up and begins again.
 */
final class Revalidation {
  private Revalidation() {}

  /** F80–F86. NEXT: the map is locked shared, and the page still belongs there. */
  static FaultStep lookUpAgain(FaultState s) {
    s.unlockVnode();
    VmMap map = mapReached(s);
    if (map == null) {
      return FaultRelease.giveUp(s);
    }
    int access = s.access & ~Protection.WRITE;
    VmMapEntry e = map.entryAt(s.at);
    if (e == null || !Protection.permits(e.protection, access)) {
      FaultRelease.releasePage(s);
      return FaultRelease.refuse(s, e == null ? FaultResult.NO_ENTRY : FaultResult.PROTECTION);
    }
    if (e.object != s.first() || s.at - e.start + e.offset != s.firstIndex) {
      return FaultRelease.giveUp(s);
    }
    map.lock.lockShared();
    s.relocked(map, e);
    return FaultStep.NEXT;
  }

  /** F15: the map that holds the address now; null if one on the way is locked or forks (F81). */
  private static @Nullable VmMap mapReached(FaultState s) {
    VmMap map = s.askedMap();
    while (!map.inFork && map.lock.isSharable()) {
      VmMapEntry e = map.entryAt(s.at);
      if (e == null || e.submap == null) {
        return map;
      }
      map = e.submap;
    }
    return null;
  }
}
