// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.mmu.PageTableEntry.ACCESSED;
import static dev.faultline.mmu.PageTableEntry.DIRTY;
import static dev.faultline.mmu.PageTableEntry.GLOBAL;
import static dev.faultline.mmu.PageTableEntry.LARGE;
import static dev.faultline.mmu.PageTableEntry.PRESENT;
import static dev.faultline.mmu.PageTableEntry.USER;
import static dev.faultline.mmu.PageTableEntry.WRITABLE;

import dev.faultline.mmu.Page;

/**
 * What must hold of the page tables in guest RAM and of every page's PV list between two operations
 * (PM2, PM3, PM8, PM13, PM34, PM35). It reads the bytes that the hardware reads.
 */
final class PmapInvariants {
  private static final int SLOTS = 1024;
  private static final int KERNEL_SLOT = Pmap.KERNEL_PAGE / SLOTS;

  private final PmapSystem system;
  private final Violations out;

  /** Managed entries met, in all pmaps. */
  private int managed;

  /** False where there are no pages of a virtual-memory system, whose wiring could be compared. */
  private final boolean whole;

  private PmapInvariants(PmapSystem system, Violations out, boolean whole) {
    this.system = system;
    this.out = out;
    this.whole = whole;
  }

  /** Walks the tables of one pmap. */
  static void check(Pmap pmap, PmapSystem system, Violations out) {
    new PmapInvariants(system, out, false).checkPmap(pmap);
  }

  /**
   * Walks the tables of all pmaps, then the PV lists of all pages.
   *
   * @param whole whether the frames are pages of a virtual-memory system, which counts wirings
   */
  static void checkAll(Iterable<Pmap> pmaps, PmapSystem system, Violations out, boolean whole) {
    PmapInvariants checker = new PmapInvariants(system, out, whole);
    for (Pmap p : pmaps) {
      checker.checkPmap(p);
    }
    checker.checkPvLists();
  }

  private void checkPmap(Pmap pmap) {
    int resident = 0;
    int wired = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      int pde = pmap.directoryEntry(slot);
      if (pmap.isKernel() != slot >= KERNEL_SLOT) {
        checkForeign(pmap, slot, pde);
        continue;
      }
      if ((pde & PRESENT) == 0) {
        require(pde == 0, "PM2", "a directory entry without table is not zero", pmap, slot);
        continue;
      }
      if ((pde & LARGE) != 0) {
        continue;
      }
      PageFrame table = system.frames.frame(pde >>> Page.SHIFT);
      if (table == null) {
        require(false, "PM2", "a directory entry names no RAM", pmap, slot);
        continue;
      }
      boolean kept = !table.managed() && (!whole || table.wireCount() == 1);
      require(kept, "PM2", "table not wired", pmap, slot);
      int present = 0;
      int address = table.frame() << Page.SHIFT;
      for (int i = 0; i < SLOTS; i++) {
        int pte = system.memory.read32(address + 4 * i);
        if (pte != 0) {
          present++;
          wired += (pte & Pmap.WIRED) != 0 ? 1 : 0;
          checkEntry(pmap, (slot * SLOTS + i) << Page.SHIFT, pte);
        }
      }
      require(present > 0, "PM2", "an empty table was kept", pmap, slot);
      require(table.holdCount() == present, "PM2", "the table's count of entries", pmap, slot);
      resident += present;
    }
    require(resident == pmap.residentCount(), "PM34", "resident count, found", pmap, resident);
    require(wired == pmap.wiredCount(), "PM34", "wired count, found", pmap, wired);
  }

  /** The part of a directory that is not this pmap's own: the kernel's, or nothing (PM3). */
  private void checkForeign(Pmap pmap, int slot, int pde) {
    int expected = pmap.isKernel() ? 0 : system.kernel().directoryEntry(slot);
    int hardware = ACCESSED | DIRTY;
    boolean same = (pde & ~hardware) == (expected & ~hardware);
    require(same, "PM3", "directory differs from the kernel's", pmap, slot);
  }

  private void checkEntry(Pmap pmap, int va, int pte) {
    if ((pte & PRESENT) == 0) {
      require(false, "PM17", "an absent entry is not zero", pmap, va);
      return;
    }
    boolean user = !pmap.isKernel();
    require((pte & USER) == 0 || user, "PM13", "users reach a kernel address", pmap, va);
    require(((pte & GLOBAL) != 0) != user, "PM8", "the global bit", pmap, va);
    PageFrame page = system.frames.frame(pte >>> Page.SHIFT);
    if ((pte & Pmap.MANAGED) == 0) {
      boolean unmanaged = !whole || page == null || !page.managed() || pmap.isKernel();
      require(unmanaged, "PM13", "a managed page is mapped without PV entry", pmap, va);
      return;
    }
    managed++;
    if (page == null) {
      require(false, "PM34", "a managed entry names no RAM", pmap, va);
      return;
    }
    require(page.managed(), "PM26", "a managed entry names an unmanaged page", pmap, va);
    require(page.has(PageFrame.MAPPED), "PM34", "the page lacks MAPPED", pmap, va);
    require(hasPvEntry(page, pmap, va), "PM34", "no PV entry for", pmap, va);
    boolean writable = (pte & WRITABLE) != 0;
    boolean noted = !writable || page.has(PageFrame.WRITEABLE);
    require(noted, "PM34", "W, but the page is not WRITEABLE", pmap, va);
    require(writable || (pte & DIRTY) == 0, "PM35", "D without W", pmap, va);
    boolean wired = !whole || (pte & Pmap.WIRED) == 0 || page.wireCount() > 0;
    require(wired, "PM34", "a wired entry maps a page that is not wired", pmap, va);
  }

  private boolean hasPvEntry(PageFrame page, Pmap pmap, int va) {
    if (!system.pv.contains(pmap, va)) {
      return false;
    }
    int bound = system.pv.used();
    for (int e = page.pvHead; e >= 0 && bound-- > 0; e = system.pv.next(e)) {
      if (system.pv.pmap(e) == pmap && system.pv.address(e) == va) {
        return true;
      }
    }
    return false;
  }

  /** As many PV entries as managed table entries, and each list ends where its page says. */
  private void checkPvLists() {
    int total = 0;
    int bound = system.pv.used();
    int frames = system.memory.frames();
    for (int f = 0; f < frames; f++) {
      PageFrame page = system.frames.frame(f);
      if (page == null) {
        continue;
      }
      int last = -1;
      for (int e = page.pvHead; e >= 0 && total <= bound; e = system.pv.next(e)) {
        total++;
        last = e;
      }
      if (last != page.pvTail) {
        out.add("PM34", "the PV list of frame " + f + " ends elsewhere");
      }
      if (last >= 0 && !page.has(PageFrame.MAPPED)) {
        out.add("PM34", "frame " + f + " has PV entries, but not MAPPED");
      }
    }
    if (total != bound || total != managed) {
      out.add(
          "PM34",
          managed + " managed mappings, " + total + " PV entries in lists, " + bound + " in use");
    }
  }

  private void require(boolean holds, String rule, String what, Pmap pmap, int where) {
    if (!holds) {
      out.add(rule, String.format("%s %08x, %s", what, where, pmap));
    }
  }
}
