// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.mmu.PageTableEntry.DIRTY;
import static dev.faultline.mmu.PageTableEntry.PRESENT;
import static dev.faultline.mmu.PageTableEntry.WRITABLE;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;

/** What must hold of every pmap and of every page's PV list between two operations (PM34, PM35). */
final class PmapInvariants {
  private static final int SLOTS = 1024;

  private PmapInvariants() {}

  /**
   * Walks a pmap's tables: counts, PV entries, no D without W.
   *
   * @return how many managed mappings it has
   */
  static int check(Pmap pmap, PmapSystem system) {
    int from = pmap.isKernel() ? Pmap.KERNEL_PAGE / SLOTS : 0;
    int to = pmap.isKernel() ? SLOTS : Pmap.KERNEL_PAGE / SLOTS;
    int resident = 0;
    int wired = 0;
    int managed = 0;
    for (int slot = from; slot < to; slot++) {
      int pde = pmap.directoryEntry(slot);
      if ((pde & PRESENT) == 0) {
        continue;
      }
      PageFrame table = system.frames.frame(pde >>> Page.SHIFT);
      require(table != null, "PDE %08x names no RAM", pde);
      int present = 0;
      for (int i = 0; i < SLOTS; i++) {
        int pte = pmap.tableEntry((slot * SLOTS + i) << Page.SHIFT);
        if ((pte & PRESENT) != 0) {
          present++;
          wired += (pte & Pmap.WIRED) != 0 ? 1 : 0;
          managed += (pte & Pmap.MANAGED) != 0 ? 1 : 0;
          checkEntry(pmap, system, (slot * SLOTS + i) << Page.SHIFT, pte);
        }
      }
      require(present > 0, "the table of slot %d is empty", slot);
      require(table == null || table.holdCount() == present, "table count of slot %d", slot);
      resident += present;
    }
    require(resident == pmap.residentCount(), "resident count, found %d", resident);
    require(wired == pmap.wiredCount(), "wired count, found %d", wired);
    return managed;
  }

  private static void checkEntry(Pmap pmap, PmapSystem system, int va, int pte) {
    if ((pte & Pmap.MANAGED) == 0) {
      return;
    }
    PageFrame page = system.frames.frame(pte >>> Page.SHIFT);
    require(page != null, "managed entry at %08x names no RAM", va);
    if (page == null) {
      return;
    }
    require(page.has(PageFrame.MAPPED), "mapped page at %08x lacks MAPPED", va);
    require(system.pv.contains(pmap, va), "no PV entry for %08x", va);
    boolean writable = (pte & WRITABLE) != 0;
    require(!writable || page.has(PageFrame.WRITEABLE), "W at %08x, page not WRITEABLE", va);
    require(writable || (pte & DIRTY) == 0, "D without W at %08x", va);
  }

  private static void require(boolean holds, String what, int value) {
    if (!holds) {
      throw new KernelPanic("pmap invariant: " + String.format(what, value));
    }
  }
}
