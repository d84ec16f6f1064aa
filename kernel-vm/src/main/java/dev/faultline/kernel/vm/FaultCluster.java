// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** Chooses what a fault reads beside the wanted page (section 8: F40–F58). */
final class FaultCluster {
  private static final int READ_AHEAD = 8;
  private static final int READ_BEHIND = 7;
  private static final int BACKWARD_SCAN = 32;

  private final VmSystem vm;

  FaultCluster(VmSystem vm) {
    this.vm = vm;
  }

  /**
   * Fills the state's cluster: {@link FaultState#clusterCount} busy pages, ascending and
   * contiguous, the page in hand among them; none if the pager does not have it (F52).
   */
  void select(FaultState s) {
    int behind = 0;
    int ahead = 0;
    boolean sequential = sequential(s);
    if (s.behaviour != Advice.RANDOM) {
      int n = s.at - s.entryStart;
      behind = Math.min(READ_BEHIND, n);
      ahead = Math.min(READ_AHEAD, s.entryEnd - s.entryStart - 1 - n);
    }
    if (sequential) {
      ahead += behind;
      behind = 0;
      letGoBehind(s);
    }
    addPages(s, behind, ahead);
    noteLastRead(s, behind);
  }

  /** F42. */
  private static boolean sequential(FaultState s) {
    if (s.first().type() == ObjectType.DEVICE || s.behaviour == Advice.RANDOM) {
      return false;
    }
    return s.behaviour == Advice.SEQUENTIAL
        || (s.lastRead <= s.index && s.index < s.lastRead + FaultState.CLUSTER);
  }

  /** F48, H3: only while the entry is known to be there. */
  private static void noteLastRead(FaultState s, int behind) {
    VmMapEntry e = s.found.entry;
    if (e != null && s.lookupStillTrue()) {
      e.lastRead = s.index + s.clusterCount - behind;
    }
  }

  /** F44–F47, H2, H19: what a sequential reader has passed is let go. */
  private void letGoBehind(FaultState s) {
    int last = Math.max(0, s.firstIndex - BACKWARD_SCAN);
    for (int i = s.firstIndex - 1; i >= last; i--) {
      VmPage p = s.first().lookup(i);
      if (p == null || !p.fullyValid()) {
        return;
      }
      if (!p.isBusyAtAll() && p.managed() && p.holdCount() == 0 && p.wireCount() == 0) {
        p.unmap();
        if (p.dirty() != 0) {
          p.deactivate();
        } else {
          p.cache();
        }
      }
    }
  }

  // ---- additional pages (F50–F58) ------------------------------------------------------------

  private void addPages(FaultState s, int wantedBehind, int wantedAhead) {
    VmObject o = s.current();
    only(s);
    if (o.type() == ObjectType.DEVICE) {
      return;
    }
    if (!o.pagerHas(s.index, s.around)) {
      s.clusterCount = 0;
      return;
    }
    int behind = Math.min(wantedBehind, s.around.before);
    int ahead = Math.min(wantedAhead, s.around.after);
    if (behind + ahead == 0) {
      return;
    }
    if (behind + ahead > vm.allocator.spare()) {
      vm.daemon.request();
      return;
    }
    if (addBehind(s, o, behind)) {
      addAhead(s, o, ahead);
    }
  }

  /** The page in hand alone. */
  static void only(FaultState s) {
    s.cluster[0] = s.page();
    s.clusterCount = 1;
    s.clusterWanted = 0;
  }

  /** F56, F57. False if it failed: then the wanted page goes alone. */
  private boolean addBehind(FaultState s, VmObject o, int behind) {
    int start = s.index;
    while (start > 0 && s.index - start < behind && o.lookup(start - 1) == null) {
      start--;
    }
    int n = s.index - start;
    for (int i = 0; i < n; i++) {
      VmPage p = vm.allocator.allocate(o, start + i, AllocationClass.NORMAL);
      if (p == null) {
        for (int k = 0; k < i; k++) {
          s.cluster[k].free();
        }
        only(s);
        return false;
      }
      s.cluster[i] = p;
    }
    s.cluster[n] = s.page();
    s.clusterWanted = n;
    s.clusterCount = n + 1;
    return true;
  }

  /** F58. */
  private void addAhead(FaultState s, VmObject o, int ahead) {
    for (int i = 1; i <= ahead; i++) {
      int index = s.index + i;
      if (index >= o.size() || o.lookup(index) != null) {
        return;
      }
      VmPage p = vm.allocator.allocate(o, index, AllocationClass.NORMAL);
      if (p == null) {
        return;
      }
      s.cluster[s.clusterCount++] = p;
    }
  }
}
