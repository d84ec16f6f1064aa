// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.mmu.Page;

/**
 * Takes whole processes out of memory when they have slept for long and pages are short (D19), and
 * holds processes to their limit of resident pages (D23).
 *
 * <p>What goes are mappings: the pages become inactive, and the page daemon takes them from there.
 * A process that is out comes in with its next fault, as soon as there is memory; one that has a
 * fault under way stays (F132). Nothing here sleeps.
 */
final class SwapOut {
  private static final long SECOND = 1_000_000_000L;

  /** How long a process must have slept. */
  private static final long IDLE = 2 * SECOND;

  /** Passes of one shrinking: over what was not used lately, then over all. */
  private static final int PASSES = 2;

  private final VmSystem vm;
  private long nextRun;

  SwapOut(VmSystem vm) {
    this.vm = vm;
  }

  /**
   * Looks at all processes, once a second at most.
   *
   * @return how many pages lost their mapping
   */
  int run() {
    long now = vm.time.now();
    if (now < nextRun) {
      return 0;
    }
    nextRun = now + SECOND;
    int taken = 0;
    for (VmSpace s = vm.firstSpace(); s != null; s = s.next) {
      ProcessView p = s.process();
      if (p != null && p.isAlive() && !s.map().lock.isExclusive()) {
        taken += visit(s, p, now);
      }
    }
    return taken;
  }

  private int visit(VmSpace s, ProcessView p, long now) {
    if (!s.swappedOut() && mayGo(s, p, now)) {
      s.setSwappedOut();
      p.countSwap();
    }
    long limit = s.swappedOut() ? 0 : p.residentLimit() >>> Page.SHIFT;
    return s.residentPages() > limit ? shrink(s, (int) limit) : 0;
  }

  private static boolean mayGo(VmSpace s, ProcessView p, long now) {
    long since = p.sleepingSince();
    return !s.faulting() && !p.isSystem() && !p.killPending() && since <= now - IDLE;
  }

  /** Takes mappings until {@code limit} are left, those not used lately first. */
  private int shrink(VmSpace s, int limit) {
    Pmap pmap = s.pmap();
    int taken = 0;
    for (int pass = 0; pass < PASSES; pass++) {
      int at = pmap.nextMapped(0, Pmap.KERNEL_PAGE);
      while (at >= 0 && pmap.residentCount() > limit) {
        taken += take(pmap, at, pass == 0) ? 1 : 0;
        at = pmap.nextMapped(at + 1, Pmap.KERNEL_PAGE);
      }
    }
    return taken;
  }

  private boolean take(Pmap pmap, int at, boolean spareUsed) {
    int va = at << Page.SHIFT;
    if (!(pmap.pageAt(va) instanceof VmPage p)
        || pmap.isWired(va)
        || p.wireCount() != 0
        || p.holdCount() != 0
        || p.isBusyAtAll()
        || (spareUsed && (pmap.isAccessed(va) || p.has(VmPage.REFERENCED)))) {
      return false;
    }
    pmap.remove(at, at + 1);
    if (!vm.pmaps.isMapped(p)) {
      p.clear(VmPage.REFERENCED);
      p.deactivate();
    }
    return true;
  }
}
