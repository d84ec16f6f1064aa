// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.mmu.PageTableEntry.ACCESSED;
import static dev.faultline.mmu.PageTableEntry.DIRTY;
import static dev.faultline.mmu.PageTableEntry.GLOBAL;
import static dev.faultline.mmu.PageTableEntry.PRESENT;
import static dev.faultline.mmu.PageTableEntry.USER;
import static dev.faultline.mmu.PageTableEntry.WRITABLE;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;

/**
 * The present entries of a pmap, one at a time: what each change of one does to the counts, to its
 * table (PM2), to the PV list of its page, and to what is known of the page's use: whoever takes an
 * entry away, or its W, hands A and D on first (PM10, PM17, PM35).
 */
final class PmapEntries {
  private final Pmap pmap;
  private final PmapSystem system;
  private final PhysicalMemory memory;
  private final PageTables tables;
  private final CpuSet active;

  private int residentCount;
  private int residentPeak;
  private int wiredCount;

  PmapEntries(Pmap pmap, PmapSystem system, PageTables tables, CpuSet active) {
    this.pmap = pmap;
    this.system = system;
    this.tables = tables;
    this.active = active;
    memory = system.memory;
  }

  /** Number of present entries. */
  int residentCount() {
    return residentCount;
  }

  /** The largest {@link #residentCount} there has been. */
  int residentPeak() {
    return residentPeak;
  }

  /** Number of present entries with the wired bit. */
  int wiredCount() {
    return wiredCount;
  }

  /** What an entry for a page looks like (PM13, PM16). */
  static int entryFor(int va, PageFrame page, int protection, boolean wired) {
    boolean user = Page.number(va) < Pmap.KERNEL_PAGE;
    return page.frame() << Page.SHIFT
        | PRESENT
        | ACCESSED
        | ((protection & Protection.WRITE) != 0 ? WRITABLE : 0)
        | (user && protection != Protection.NONE ? USER : 0)
        | (user ? 0 : GLOBAL)
        | (wired ? Pmap.WIRED : 0)
        | (page.managed() ? Pmap.MANAGED : 0);
  }

  /** A new entry, where none was present. */
  void add(int entryAddress, int pte) {
    memory.write32(entryAddress, pte);
    tables.tableOf(entryAddress).entryAdded();
    residentCount++;
    residentPeak = Math.max(residentPeak, residentCount);
    wiredCount += (pte & Pmap.WIRED) != 0 ? 1 : 0;
  }

  /** Same frame, new rights or wiring (PM15). */
  void replace(int va, int address, int old, int pte, PageFrame page) {
    int changed = pte;
    if ((old & DIRTY) != 0) {
      if ((pte & WRITABLE) != 0) {
        changed |= DIRTY;
      } else if (page.managed()) {
        page.makeDirty();
      }
    }
    memory.write32(address, changed);
    wiredCount += ((pte & Pmap.WIRED) != 0 ? 1 : 0) - ((old & Pmap.WIRED) != 0 ? 1 : 0);
    noteMapped(page, pte);
    if ((old & ~pte & (WRITABLE | USER)) != 0) {
      active.invalidate(va);
    }
  }

  /** Another frame, which is not managed and neither was the old one (PM31). */
  void repoint(int va, int address, int old, int pte) {
    memory.write32(address, pte);
    wiredCount -= (old & Pmap.WIRED) != 0 ? 1 : 0;
    active.invalidate(va);
  }

  /** The page is mapped by an entry like this. */
  static void noteMapped(PageFrame page, int pte) {
    if (page.managed()) {
      page.set(PageFrame.MAPPED | ((pte & WRITABLE) != 0 ? PageFrame.WRITEABLE : 0));
    }
  }

  /** Clears an entry and hands on what it knew; the caller invalidates. */
  void remove(int va, int address, int pte) {
    memory.write32(address, 0);
    wiredCount -= (pte & Pmap.WIRED) != 0 ? 1 : 0;
    if ((pte & Pmap.MANAGED) != 0) {
      PageFrame page = pageOf(pte);
      collect(page, pte);
      system.pv.remove(page, pmap, va);
      if (page.pvHead < 0) {
        page.clear(PageFrame.MAPPED | PageFrame.WRITEABLE);
      }
    }
    drop(address, va);
  }

  /** The page that a managed entry names. */
  PageFrame pageOf(int pte) {
    PageFrame page = system.frames.frame(pte >>> Page.SHIFT);
    if (page == null) {
      throw new KernelPanic(String.format("managed entry %08x names no RAM", pte));
    }
    return page;
  }

  private static void collect(PageFrame page, int pte) {
    if ((pte & DIRTY) != 0) {
      page.makeDirty();
    }
    if ((pte & ACCESSED) != 0) {
      page.set(PageFrame.REFERENCED);
    }
  }

  /** Frees the table if its last entry is gone (PM2). */
  private void drop(int entryAddress, int va) {
    PageFrame table = tables.tableOf(entryAddress);
    table.entryRemoved();
    residentCount--;
    if (table.holdCount() == 0) {
      tables.unlinkTable(va);
      flushAll();
      system.frames.freeTable(table);
    }
  }

  /** Every CPU forgets this pmap; the kernel's translations are global. */
  void flushAll() {
    if (pmap.isKernel()) {
      active.flushAll();
    } else {
      active.flushLocal();
    }
  }

  /** Takes write permission from an entry, if it has it; A and D are handed on (PM19). */
  boolean takeWrite(int address) {
    int pte = memory.read32(address);
    if ((pte & PRESENT) == 0 || (pte & WRITABLE) == 0) {
      return false;
    }
    if ((pte & Pmap.MANAGED) == 0) {
      memory.write32(address, pte & ~WRITABLE);
      return true;
    }
    memory.write32(address, pte & ~(WRITABLE | ACCESSED | DIRTY));
    collect(pageOf(pte), pte);
    return true;
  }

  /** Takes write permission from an entry; D goes to the page, A stays (PM20). */
  void writeProtect(int va, int address) {
    int pte = memory.read32(address);
    if ((pte & WRITABLE) != 0) {
      memory.write32(address, pte & ~(WRITABLE | DIRTY));
      active.invalidate(va);
      if ((pte & DIRTY) != 0) {
        pageOf(pte).makeDirty();
      }
    }
  }

  /** Clears bits of a present entry with invalidation; true if one of them was set. */
  boolean clearBits(int va, int address, int bits) {
    int pte = memory.read32(address);
    if ((pte & bits) == 0) {
      return false;
    }
    memory.write32(address, pte & ~bits);
    active.invalidate(va);
    return true;
  }

  /** Sets or clears the wired bit (PM22); false if nothing is mapped there. */
  boolean changeWiring(int address, boolean wired) {
    int pte = memory.read32(address);
    if ((pte & PRESENT) == 0) {
      return false;
    }
    boolean was = (pte & Pmap.WIRED) != 0;
    if (was != wired) {
      memory.write32(address, wired ? pte | Pmap.WIRED : pte & ~Pmap.WIRED);
      wiredCount += wired ? 1 : -1;
    }
    return true;
  }
}
