// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all pmaps share: the frames for tables, the PV entries, the CPUs, the kernel's part of every
 * directory; and the operations on all mappings of one page, wherever they are.
 */
public final class PmapSystem {
  /** What a referenced count stops at (PM23). */
  private static final int MAX_REFERENCES = 5;

  final PhysicalMemory memory;
  final FrameSource frames;
  final PvTable pv;

  private Mmu[] cpus = new Mmu[0];
  private @Nullable Pmap[] loaded = new @Nullable Pmap[0];

  /** All pmaps, linked, for what concerns every directory (PM3). */
  private @Nullable Pmap first;

  private final Pmap kernel;
  private int lastNumber;

  /**
   * The shared part, with the kernel's pmap.
   *
   * @param pvLimit how many managed mappings may exist at a time (PM30)
   * @throws KernelPanic if there is no frame for the kernel's directory
   */
  public PmapSystem(PhysicalMemory memory, FrameSource frames, int pvLimit) {
    this.memory = memory;
    this.frames = frames;
    pv = new PvTable(pvLimit);
    PageFrame directory = frames.allocateTable();
    if (directory == null) {
      throw new KernelPanic("no frame for the kernel's page directory");
    }
    kernel = new Pmap(this, ++lastNumber, directory, null);
    register(kernel);
  }

  /** The kernel's own pmap; what it maps above {@link Pmap#KERNEL_PAGE} is in all others too. */
  public Pmap kernel() {
    return kernel;
  }

  /**
   * An empty pmap with the kernel's mappings.
   *
   * @return null if there is no frame for its directory
   */
  public @Nullable Pmap create() {
    PageFrame directory = frames.allocateTable();
    if (directory == null) {
      return null;
    }
    Pmap pmap = new Pmap(this, ++lastNumber, directory, kernel);
    register(pmap);
    return pmap;
  }

  private void register(Pmap pmap) {
    pmap.next = first;
    if (first != null) {
      first.previous = pmap;
    }
    first = pmap;
  }

  void unregister(Pmap pmap) {
    if (pmap.previous == null) {
      first = pmap.next;
    } else {
      pmap.previous.next = pmap.next;
    }
    if (pmap.next != null) {
      pmap.next.previous = pmap.previous;
    }
    for (int i = 0; i < loaded.length; i++) {
      if (loaded[i] == pmap) {
        kernel.activate(cpus[i]);
      }
    }
  }

  /** Puts a directory entry of the kernel's part into every directory (PM3). */
  void setKernelDirectoryEntry(int slot, int pde) {
    for (Pmap p = first; p != null; p = p.next) {
      memory.write32(p.directoryAddress() + 4 * slot, pde);
    }
  }

  // ---- CPUs ----------------------------------------------------------------------------------

  /** Makes a CPU known; it starts on the kernel's pmap, with paging as the caller has set it. */
  public void addCpu(Mmu cpu) {
    int n = cpus.length;
    cpus = Arrays.copyOf(cpus, n + 1);
    loaded = Arrays.copyOf(loaded, n + 1);
    cpus[n] = cpu;
    kernel.activate(cpu);
  }

  /** The pmap a CPU translates by. */
  public Pmap loadedOn(Mmu cpu) {
    Pmap pmap = loaded[indexOf(cpu)];
    return pmap == null ? kernel : pmap;
  }

  void setLoaded(Mmu cpu, Pmap pmap) {
    loaded[indexOf(cpu)] = pmap;
  }

  private int indexOf(Mmu cpu) {
    for (int i = 0; i < cpus.length; i++) {
      if (cpus[i] == cpu) {
        return i;
      }
    }
    throw new KernelPanic("a CPU that was never added");
  }

  // ---- PV entries ----------------------------------------------------------------------------

  /** Managed mappings that exist. */
  public int pvEntries() {
    return pv.used();
  }

  /** How many may exist. */
  public int pvLimit() {
    return pv.limit();
  }

  /** True if so many exist that idle ones should go (PM30). */
  public boolean pvEntriesHigh() {
    return pv.high();
  }

  /** Notes a managed mapping; when so many exist that idle ones should go, says so once (PM30). */
  void addMapping(PageFrame page, Pmap pmap, int va) {
    pv.add(page, pmap, va);
    if (pv.used() == pv.highWater() + 1) {
      frames.mappingsHigh();
    }
  }

  /** True if a mapping of the page exists. */
  public boolean isMapped(PageFrame page) {
    return page.pvHead >= 0;
  }

  /** Number of mappings of a page. */
  public int mappings(PageFrame page) {
    return pv.count(page);
  }

  /** A wired mapping of the page exists. */
  public boolean wiredAnywhere(PageFrame page) {
    for (int e = page.pvHead; e >= 0; e = pv.next(e)) {
      if ((pte(e) & Pmap.WIRED) != 0) {
        return true;
      }
    }
    return false;
  }

  // ---- all mappings of a page ----------------------------------------------------------------

  /** Removes every mapping of the page, collecting what the hardware noted (PM18). */
  public void removeAll(PageFrame page) {
    while (page.pvHead >= 0) {
      int e = page.pvHead;
      pv.pmap(e).removeMapping(pv.address(e));
    }
  }

  /** Takes write permission from every mapping of the page; D goes to the page (PM20, PM35). */
  public void writeProtect(PageFrame page) {
    for (int e = page.pvHead; e >= 0; e = pv.next(e)) {
      pv.pmap(e).writeProtect(pv.address(e));
    }
    page.clear(PageFrame.WRITEABLE);
  }

  /**
   * How many mappings were used since the last call, 5 at most; their A bits are cleared, and
   * because a large TLB would keep them from being set again, their translations too (PM7, PM23).
   */
  public int referenced(PageFrame page) {
    int count = 0;
    int last = page.pvTail;
    int e = last < 0 ? -1 : page.pvHead;
    while (e >= 0 && count < MAX_REFERENCES) {
      if (pv.pmap(e).clearBits(pv.address(e), PageTableEntry.ACCESSED)) {
        count++;
      }
      pv.rotate(page);
      e = e == last ? -1 : page.pvHead;
    }
    return count;
  }

  /** True if some mapping has been used; changes nothing. */
  public boolean isReferenced(PageFrame page) {
    return anyHas(page, PageTableEntry.ACCESSED);
  }

  /** True if the page was stored to through some mapping; changes nothing (PM24). */
  public boolean isModified(PageFrame page) {
    return anyHas(page, PageTableEntry.DIRTY);
  }

  private boolean anyHas(PageFrame page, int bit) {
    for (int e = page.pvHead; e >= 0; e = pv.next(e)) {
      if ((pte(e) & bit) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Clears D in all mappings; the next store through any of them sets it again (PM6, PM24). */
  public void clearModify(PageFrame page) {
    clearAll(page, PageTableEntry.DIRTY);
  }

  /** Clears A in all mappings (PM24). */
  public void clearReference(PageFrame page) {
    clearAll(page, PageTableEntry.ACCESSED);
  }

  private void clearAll(PageFrame page, int bit) {
    for (int e = page.pvHead; e >= 0; e = pv.next(e)) {
      pv.pmap(e).clearBits(pv.address(e), bit);
    }
  }

  // ---- checks --------------------------------------------------------------------------------

  /** Looks for what is broken in the tables and PV lists of all pmaps (PM34, PM35). */
  public void check(Violations out) {
    PmapInvariants.checkAll(all(), this, out, true);
  }

  /** Checks all pmaps over frames that no virtual-memory system counts; panics on a violation. */
  void check() {
    Violations found = new Violations();
    PmapInvariants.checkAll(all(), this, found, false);
    if (!found.isEmpty()) {
      throw new KernelPanic("broken invariants: " + found.lines());
    }
  }

  private List<Pmap> all() {
    List<Pmap> all = new ArrayList<>();
    for (Pmap p = first; p != null; p = p.next) {
      all.add(p);
    }
    return all;
  }

  private int pte(int e) {
    return pv.pmap(e).tableEntry(pv.address(e));
  }
}
