// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.mmu.PageTableEntry.FRAME_MASK;
import static dev.faultline.mmu.PageTableEntry.LARGE;
import static dev.faultline.mmu.PageTableEntry.LARGE_FRAME_MASK;
import static dev.faultline.mmu.PageTableEntry.PRESENT;
import static dev.faultline.mmu.PageTableEntry.USER;
import static dev.faultline.mmu.PageTableEntry.WRITABLE;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalMemory;

/**
 * The page directory of a pmap and its page tables, all of them frames of guest RAM (PM1): finds,
 * makes and frees tables (PM2), and keeps the kernel's part the same in all directories (PM3).
 *
 * <p>What the entries mean is {@link Pmap}'s business.
 */
final class PageTables {
  /** Directory slots. */
  static final int SLOTS = 1024;

  /** Pages that one table covers. */
  static final int SLOT_PAGES = 1024;

  private static final int SLOT_SHIFT = 10;
  private static final int KERNEL_SLOT = Pmap.KERNEL_PAGE >>> SLOT_SHIFT;

  private final PmapSystem system;
  private final PhysicalMemory memory;
  private final PageFrame directory;
  private final boolean kernel;

  /** Tables under a directory, which holds the kernel's part already. */
  PageTables(PmapSystem system, PageFrame directory, boolean kernel) {
    this.system = system;
    this.directory = directory;
    this.kernel = kernel;
    memory = system.memory;
  }

  /** Physical address of the directory. */
  int directoryAddress() {
    return directory.frame() << Page.SHIFT;
  }

  /** The directory entry of a slot. */
  int directoryEntry(int slot) {
    return memory.read32(directoryAddress() + 4 * slot);
  }

  /** Takes over the kernel's part from another directory. */
  void copyKernelPart(PageTables from) {
    for (int slot = KERNEL_SLOT; slot < SLOTS; slot++) {
      memory.write32(directoryAddress() + 4 * slot, from.directoryEntry(slot));
    }
  }

  private void setDirectoryEntry(int slot, int pde) {
    if (slot >= KERNEL_SLOT) {
      system.setKernelDirectoryEntry(slot, pde);
    } else {
      memory.write32(directoryAddress() + 4 * slot, pde);
    }
  }

  /** Physical address of the entry for {@code va}, or -1 if there is no table. */
  int entryAddress(int va) {
    int pde = memory.read32(PageTableEntry.directoryEntryAddress(directoryAddress(), va));
    return (pde & (PRESENT | LARGE)) == PRESENT ? PageTableEntry.tableEntryAddress(pde, va) : -1;
  }

  /** The entry for {@code va}, 0 if there is no table. */
  int entry(int va) {
    int address = entryAddress(va);
    return address == -1 ? 0 : memory.read32(address);
  }

  /** The table that an entry lies in. */
  PageFrame tableOf(int entryAddress) {
    PageFrame table = system.frames.frame(entryAddress >>> Page.SHIFT);
    if (table == null) {
      throw new KernelPanic(String.format("page table at %08x is not RAM", entryAddress));
    }
    return table;
  }

  /** Makes the table for {@code va}; false if there is no frame. */
  boolean makeTable(int va) {
    PageFrame table = system.frames.allocateTable();
    if (table == null) {
      return false;
    }
    int pde = table.frame() << Page.SHIFT | PRESENT | WRITABLE | (kernel ? 0 : USER);
    setDirectoryEntry(Page.number(va) >>> SLOT_SHIFT, pde);
    return true;
  }

  /** Takes an empty table out of the directory; the caller flushes and then frees it. */
  void unlinkTable(int va) {
    setDirectoryEntry(Page.number(va) >>> SLOT_SHIFT, 0);
  }

  /** Gives the directory back, full of zeros; no table is left but the kernel's (PM33). */
  void freeDirectory() {
    for (int slot = KERNEL_SLOT; slot < SLOTS; slot++) {
      memory.write32(directoryAddress() + 4 * slot, 0);
    }
    system.frames.freeTable(directory);
  }

  /** The physical address that {@code va} translates to, or -1 if it does not (PM21). */
  long extract(int va) {
    int pde = memory.read32(PageTableEntry.directoryEntryAddress(directoryAddress(), va));
    if ((pde & (PRESENT | LARGE)) == (PRESENT | LARGE)) {
      return (pde & LARGE_FRAME_MASK | va & ~LARGE_FRAME_MASK) & 0xFFFF_FFFFL;
    }
    int pte = entry(va);
    if ((pte & PRESENT) == 0) {
      return -1;
    }
    return (pte & FRAME_MASK | va & Page.OFFSET_MASK) & 0xFFFF_FFFFL;
  }

  /** The first mapped page from {@code start} to before {@code end}; -1 if there is none. */
  int nextPresent(int start, int end) {
    int page = start;
    while (page < end) {
      int stop = slotEnd(page, end);
      int address = entryAddress(page << Page.SHIFT);
      for (; page < stop && address != -1; page++, address += 4) {
        if ((memory.read32(address) & PRESENT) != 0) {
          return page;
        }
      }
      page = stop;
    }
    return -1;
  }

  /** Where the table of a page ends, or the range that is worked on. */
  static int slotEnd(int page, int end) {
    return Math.min(end, (page | SLOT_PAGES - 1) + 1);
  }
}
