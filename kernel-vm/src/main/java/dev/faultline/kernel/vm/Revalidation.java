// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;

/** The second lookup of a fault whose map may have changed while it slept (section 10). */
final class Revalidation {
  private Revalidation() {}

  /** F80–F86. NEXT: the map is locked shared, and the page still belongs there. */
  static FaultStep lookUpAgain(FaultState s) {
    s.unlockVnode();
    if (s.map().inFork) {
      return FaultRelease.giveUp(s);
    }
    FaultResult result = s.askedMap().lookup(s.at, s.access & ~Protection.WRITE, s.found);
    if (!result.ok()) {
      FaultRelease.giveUp(s);
      s.refusal = result;
      return FaultStep.REFUSED;
    }
    s.mapLocked = true;
    if (s.found.object != s.first() || s.found.index != s.firstIndex) {
      return FaultRelease.giveUp(s);
    }
    s.protection &= s.found.protection;
    s.wired = s.found.wired;
    VmMapEntry e = s.found.entry;
    if (e != null) {
      s.entryStart = e.start;
      s.entryEnd = e.end;
      s.noSync = e.has(VmMapEntry.NOSYNC);
    }
    return FaultStep.NEXT;
  }
}
