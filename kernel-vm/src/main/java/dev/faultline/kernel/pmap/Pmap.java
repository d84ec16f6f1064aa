// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.mmu.PageTableEntry.ACCESSED;
import static dev.faultline.mmu.PageTableEntry.DIRTY;
import static dev.faultline.mmu.PageTableEntry.FRAME_MASK;
import static dev.faultline.mmu.PageTableEntry.GLOBAL;
import static dev.faultline.mmu.PageTableEntry.PRESENT;
import static dev.faultline.mmu.PageTableEntry.WRITABLE;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalMemory;
import org.jspecify.annotations.Nullable;

/**
 * One address space in the form that the hardware reads: a page directory and page tables in guest
 * RAM (PM1).
 *
 * <p>Addresses are 32-bit; ranges are given in page numbers, 0 to 0x100000, so that the end of the
 * address space is a positive number like any other. Nothing here sleeps, and between two sleeps
 * nobody else runs: a table entry can be read, changed and flushed without an interlock (PM10).
 */
public final class Pmap {
  /** First page of the part that all directories share (PM3). */
  public static final int KERNEL_PAGE = 0xC0000;

  /** One past the last page number. */
  public static final int END_PAGE = 0x100000;

  /** Software bit of an entry: wired. */
  static final int WIRED = PageTableEntry.AVAILABLE_0;

  /** Software bit of an entry: it has a PV entry. */
  static final int MANAGED = PageTableEntry.AVAILABLE_1;

  /** Ranges of more pages than this flush whole TLBs instead of single pages (PM11). */
  private static final int FLUSH_ALL_ABOVE = 32;

  private final PmapSystem system;
  private final PhysicalMemory memory;
  private final PageTables tables;
  private final CpuSet active = new CpuSet();
  private final PmapEntries entries;
  private final boolean isKernel;
  private final int hashSeed;

  @Nullable Pmap next;
  @Nullable Pmap previous;

  Pmap(PmapSystem system, int number, PageFrame directory, @Nullable Pmap kernel) {
    this.system = system;
    this.memory = system.memory;
    isKernel = kernel == null;
    hashSeed = number * 0x9E37_79B1 >>> 1;
    tables = new PageTables(system, directory, isKernel);
    entries = new PmapEntries(this, system, tables, active);
    if (kernel != null) {
      tables.copyKernelPart(kernel.tables);
    }
  }

  /** Spreads the pmap's addresses over the hash of the PV entries. */
  int hashSeed() {
    return hashSeed;
  }

  /** Physical address of the directory: what CR3 holds. */
  public int directoryAddress() {
    return tables.directoryAddress();
  }

  /** Number of present entries. */
  public int residentCount() {
    return entries.residentCount();
  }

  /** The largest {@link #residentCount} there has been. */
  public int residentPeak() {
    return entries.residentPeak();
  }

  /** Number of present entries with the wired bit. */
  public int wiredCount() {
    return entries.wiredCount();
  }

  // ---- CPUs ----------------------------------------------------------------------------------

  /** Makes a CPU translate by this pmap; it counts as active before CR3 is loaded (PM9). */
  public void activate(Mmu cpu) {
    Pmap old = system.loadedOn(cpu);
    if (old == this && cpu.cr3() == directoryAddress()) {
      return;
    }
    if (!active.contains(cpu)) {
      active.add(cpu);
    }
    system.setLoaded(cpu, this);
    cpu.loadCr3(directoryAddress());
    if (old != this && !old.isKernel) {
      old.active.remove(cpu);
    }
  }

  /** Makes a CPU leave this pmap for the kernel's, if it is on it. */
  public void deactivate(Mmu cpu) {
    if (system.loadedOn(cpu) == this) {
      system.kernel().activate(cpu);
    }
  }

  /** True if the CPU may hold translations of this pmap; of the kernel's every CPU may (PM9). */
  public boolean isActive(Mmu cpu) {
    return active.contains(cpu);
  }

  /** Rounds of invalidation that this pmap has needed (PM11). */
  long shootdowns() {
    return active.rounds();
  }

  // ---- entries -------------------------------------------------------------------------------

  /** The entry for {@code va}, 0 if there is no table. */
  int tableEntry(int va) {
    return tables.entry(va);
  }

  /** True if a table covers {@code va}: entering a page there takes no frame (PM29). */
  public boolean hasTable(int va) {
    return tables.entryAddress(va) != -1;
  }

  // ---- enter ---------------------------------------------------------------------------------

  /**
   * Maps a page (PM13–PM16). On {@link EnterResult#ENTERED} the mapping exists with exactly these
   * rights; otherwise nothing has changed.
   *
   * @param protection {@link Protection} bits; without any of them the user cannot reach the page
   */
  public EnterResult enter(int va, PageFrame page, int protection, boolean wired) {
    int address = tables.entryAddress(va);
    int old = address == -1 ? 0 : memory.read32(address);
    boolean present = (old & PRESENT) != 0;
    int pte = PmapEntries.entryFor(va, page, protection, wired);
    if (present && (old & FRAME_MASK) == (pte & FRAME_MASK)) {
      entries.replace(va, address, old, pte, page);
      return EnterResult.ENTERED;
    }
    if (page.managed() && system.pv.full()) {
      return EnterResult.NO_PV_ENTRY;
    }
    if (present) {
      // Keeps the table, should this be its only entry.
      tables.tableOf(address).entryAdded();
      entries.remove(va, address, old);
      active.invalidate(va);
      tables.tableOf(address).entryRemoved();
    }
    if (address == -1) {
      if (!tables.makeTable(va)) {
        return EnterResult.NO_TABLE;
      }
      address = tables.entryAddress(va);
    }
    if (page.managed()) {
      system.addMapping(page, this, va);
    }
    entries.add(address, pte);
    PmapEntries.noteMapped(page, pte);
    return EnterResult.ENTERED;
  }

  /**
   * Points a page of the kernel at a frame, RAM or a device's, whatever was there before (PM31): no
   * PV entry, no notice to the page. On return every CPU sees it. Undone by {@link #remove}.
   *
   * @param frame physical address divided by the page size
   * @return false if there is no frame for a table; never so where one entry of the table stands
   */
  public boolean enterWindow(int va, int frame, boolean writable) {
    if (!isKernel || Page.number(va) < KERNEL_PAGE) {
      throw new KernelPanic(String.format("no place for a window of the kernel: %08x", va));
    }
    int address = tables.entryAddress(va);
    if (address == -1) {
      if (!tables.makeTable(va)) {
        return false;
      }
      address = tables.entryAddress(va);
    }
    int old = memory.read32(address);
    int pte = frame << Page.SHIFT | PRESENT | ACCESSED | GLOBAL | (writable ? WRITABLE : 0);
    if ((old & PRESENT) == 0) {
      entries.add(address, pte);
    } else if ((old & MANAGED) == 0) {
      entries.repoint(va, address, old, pte);
    } else {
      throw new KernelPanic(String.format("a window over managed memory at %08x", va));
    }
    return true;
  }

  // ---- remove --------------------------------------------------------------------------------

  /** Removes all mappings of the pages from {@code start} to before {@code end} (PM17). */
  public void remove(int start, int end) {
    remove(start, end, false);
  }

  /**
   * Removes all mappings of user addresses but the wired ones, in one pass, at process exit (PM33).
   */
  public void removeUnwired() {
    remove(0, KERNEL_PAGE, true);
  }

  private void remove(int start, int end, boolean keepWired) {
    boolean flushAll = end - start > FLUSH_ALL_ABOVE;
    boolean any = false;
    int page = start;
    while (page < end) {
      int stop = PageTables.slotEnd(page, end);
      int address = tables.entryAddress(page << Page.SHIFT);
      for (; page < stop && address != -1; page++) {
        int va = page << Page.SHIFT;
        int pte = memory.read32(address);
        if ((pte & PRESENT) != 0 && !(keepWired && (pte & WIRED) != 0)) {
          boolean last = tables.tableOf(address).holdCount() == 1;
          entries.remove(va, address, pte);
          any = true;
          if (!flushAll) {
            active.invalidate(va);
          }
          if (last) {
            break;
          }
        }
        address += 4;
      }
      page = stop;
    }
    if (flushAll && any) {
      entries.flushAll();
    }
  }

  /** Removes the one mapping at {@code va}, which exists. */
  void removeMapping(int va) {
    int address = tables.entryAddress(va);
    entries.remove(va, address, memory.read32(address));
    active.invalidate(va);
  }

  // ---- protect -------------------------------------------------------------------------------

  /**
   * Lowers rights in a range, never raises them (PM19): without READ mappings go, with WRITE
   * nothing happens, else write permission is taken and A and D are handed on.
   */
  public void protect(int start, int end, int protection) {
    if ((protection & Protection.READ) == 0) {
      remove(start, end);
      return;
    }
    if ((protection & Protection.WRITE) != 0) {
      return;
    }
    boolean flushAll = end - start > FLUSH_ALL_ABOVE;
    boolean any = false;
    int page = start;
    while (page < end) {
      int stop = PageTables.slotEnd(page, end);
      int address = tables.entryAddress(page << Page.SHIFT);
      for (; page < stop && address != -1; page++, address += 4) {
        if (entries.takeWrite(address)) {
          any = true;
          if (!flushAll) {
            active.invalidate(page << Page.SHIFT);
          }
        }
      }
      page = stop;
    }
    if (flushAll && any) {
      entries.flushAll();
    }
  }

  /** Takes write permission from one mapping; D goes to the page, A stays (PM20). */
  void writeProtect(int va) {
    entries.writeProtect(va, tables.entryAddress(va));
  }

  /** Clears bits of a present entry with invalidation; true if one of them was set. */
  boolean clearBits(int va, int bits) {
    return entries.clearBits(va, tables.entryAddress(va), bits);
  }

  // ---- the rest ------------------------------------------------------------------------------

  /** The physical address that {@code va} translates to, or -1 if it does not (PM21). */
  public long extract(int va) {
    return tables.extract(va);
  }

  /** The first mapped page number from {@code start} to before {@code end}; -1 if none is. */
  public int nextMapped(int start, int end) {
    return tables.nextPresent(start, end);
  }

  /** True if something is mapped at {@code va}. */
  public boolean isMapped(int va) {
    return (tableEntry(va) & PRESENT) != 0;
  }

  /** The managed page mapped at {@code va}; null if there is none. */
  public @Nullable PageFrame pageAt(int va) {
    int pte = tableEntry(va);
    return (pte & (PRESENT | MANAGED)) == (PRESENT | MANAGED) ? entries.pageOf(pte) : null;
  }

  /** True if the mapping at {@code va} exists and permits stores. */
  public boolean isWritable(int va) {
    return (tableEntry(va) & (PRESENT | WRITABLE)) == (PRESENT | WRITABLE);
  }

  /** True if the mapping at {@code va} exists and carries the wired bit. */
  public boolean isWired(int va) {
    return (tableEntry(va) & (PRESENT | WIRED)) == (PRESENT | WIRED);
  }

  /** True if the mapping at {@code va} exists and was used. */
  public boolean isAccessed(int va) {
    return (tableEntry(va) & (PRESENT | ACCESSED)) == (PRESENT | ACCESSED);
  }

  /** True if the mapping at {@code va} exists and was stored through. */
  public boolean isDirty(int va) {
    return (tableEntry(va) & (PRESENT | DIRTY)) == (PRESENT | DIRTY);
  }

  /**
   * Sets or clears the wired bit of a mapping, which must exist; translation is as before (PM22).
   */
  public void changeWiring(int va, boolean wired) {
    int address = tables.entryAddress(va);
    if (address == -1 || !entries.changeWiring(address, wired)) {
      throw new KernelPanic(String.format("no mapping at %08x to wire or unwire", va));
    }
  }

  /**
   * Copies mappings to another pmap at the same addresses, so that a child's resident pages need no
   * fault to be read (PM25). Advisory: stops when frames or PV entries are scarce.
   */
  public void copyTo(Pmap child, int start, int end) {
    int page = start;
    while (page < end) {
      int stop = PageTables.slotEnd(page, end);
      int address = tables.entryAddress(page << Page.SHIFT);
      for (; page < stop && address != -1; page++, address += 4) {
        int pte = memory.read32(address);
        if ((pte & (PRESENT | MANAGED)) == (PRESENT | MANAGED)
            && !child.copyEntry(page << Page.SHIFT, pte)) {
          return;
        }
      }
      page = stop;
    }
  }

  private boolean copyEntry(int va, int pte) {
    if (system.pv.high() || system.frames.scarce()) {
      return false;
    }
    int address = tables.entryAddress(va);
    if (address == -1) {
      if (!tables.makeTable(va)) {
        return false;
      }
      address = tables.entryAddress(va);
    }
    if ((memory.read32(address) & PRESENT) == 0) {
      system.addMapping(entries.pageOf(pte), this, va);
      entries.add(address, pte & ~(ACCESSED | DIRTY | WIRED));
    }
    return true;
  }

  /**
   * Ends this pmap: every mapping goes, tables and directory are freed as frames of zeros (PM33).
   * CPUs still on it go to the kernel's pmap.
   */
  public void destroy() {
    system.unregister(this);
    remove(0, KERNEL_PAGE);
    if (residentCount() != 0) {
      throw new KernelPanic("a pmap dies with " + residentCount() + " mappings");
    }
    tables.freeDirectory();
  }

  /** Shown every mapping of a pmap, lowest address first. */
  @FunctionalInterface
  public interface MappingVisitor {
    /**
     * One mapping.
     *
     * @param at its page number
     * @param page what is mapped; null if that is not managed
     */
    void mapping(int at, @Nullable PageFrame page, boolean writable);
  }

  /** Shows every mapping that is this pmap's own. The visitor must not change any. */
  public void forEachMapping(MappingVisitor visitor) {
    int page = isKernel ? KERNEL_PAGE : 0;
    int end = isKernel ? END_PAGE : KERNEL_PAGE;
    while (page < end) {
      int stop = PageTables.slotEnd(page, end);
      int address = tables.entryAddress(page << Page.SHIFT);
      for (; page < stop && address != -1; page++, address += 4) {
        int pte = memory.read32(address);
        if ((pte & PRESENT) != 0) {
          visitor.mapping(
              page, (pte & MANAGED) != 0 ? entries.pageOf(pte) : null, (pte & WRITABLE) != 0);
        }
      }
      page = stop;
    }
  }

  /** Checks the invariants of the tables against the pages (PM34, PM35); panics on a violation. */
  void check() {
    Violations found = new Violations();
    PmapInvariants.check(this, system, found);
    if (!found.isEmpty()) {
      throw new KernelPanic("broken invariants: " + found.lines());
    }
  }

  /** Reads a directory entry, for checks. */
  int directoryEntry(int slot) {
    return tables.directoryEntry(slot);
  }

  boolean isKernel() {
    return isKernel;
  }

  @Override
  public String toString() {
    return String.format("pmap of directory %08x", directoryAddress());
  }
}
