// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/**
 * Walks the two-level i386 tables in guest RAM (SDM volume 3, section 4.3), sets accessed and dirty
 * bits, and says what it found in fields, so that a walk allocates nothing.
 *
 * <p>Not reentrant: one walker belongs to one {@link Mmu}; its results hold until the next walk.
 */
public final class PageWalker {
  private final PhysicalBus bus;

  private int frameAddress;
  private boolean global;
  private boolean large;
  private int errorCode;

  /** A walker over the tables that lie in {@code bus}'s RAM. */
  public PageWalker(PhysicalBus bus) {
    this.bus = bus;
  }

  /**
   * Translates one address.
   *
   * <p>On success A is set in every entry used and, for a write, D in the one that names the frame;
   * on failure nothing is written (PM4).
   *
   * @param va the virtual address
   * @param kind one of {@link Access}
   * @param user true at CPL 3
   * @return true if permitted: see {@link #frameAddress()}; false if it is a page fault: see {@link
   *     #errorCode()}
   */
  public boolean walk(int cr0, int cr3, int cr4, int va, int kind, boolean user) {
    boolean write = kind == Access.WRITE;
    if ((cr0 & ControlRegisters.CR0_PG) == 0) {
      found(Page.base(va), false, false);
      return true;
    }
    int attempt = (write ? PageFaultError.WRITE : 0) | (user ? PageFaultError.USER : 0);
    int pdeAddress = PageTableEntry.directoryEntryAddress(cr3, va);
    int pde = bus.read(pdeAddress, 4);
    if ((pde & PageTableEntry.PRESENT) == 0) {
      errorCode = attempt;
      return false;
    }
    if ((pde & PageTableEntry.LARGE) != 0 && (cr4 & ControlRegisters.CR4_PSE) != 0) {
      if (!permitted(cr0, pde, write, user)) {
        errorCode = attempt | PageFaultError.PROTECTION;
        return false;
      }
      mark(pdeAddress, pde, write);
      int inside = va & ~PageTableEntry.LARGE_FRAME_MASK & Page.MASK;
      found((pde & PageTableEntry.LARGE_FRAME_MASK) | inside, isGlobal(cr4, pde), true);
      return true;
    }
    int pteAddress = PageTableEntry.tableEntryAddress(pde, va);
    int pte = bus.read(pteAddress, 4);
    if ((pte & PageTableEntry.PRESENT) == 0) {
      errorCode = attempt;
      return false;
    }
    int rights = pde & pte;
    if (!permitted(cr0, rights, write, user)) {
      errorCode = attempt | PageFaultError.PROTECTION;
      return false;
    }
    mark(pdeAddress, pde, false);
    mark(pteAddress, pte, write);
    found(pte & PageTableEntry.FRAME_MASK, isGlobal(cr4, pte), false);
    return true;
  }

  private void found(int address, boolean isGlobal, boolean isLarge) {
    frameAddress = address;
    global = isGlobal;
    large = isLarge;
  }

  /**
   * U in both levels for user accesses; for writes W in both, which a supervisor needs under WP
   * only.
   */
  private static boolean permitted(int cr0, int rights, boolean write, boolean user) {
    if (user && (rights & PageTableEntry.USER) == 0) {
      return false;
    }
    return !write
        || (rights & PageTableEntry.WRITABLE) != 0
        || !user && (cr0 & ControlRegisters.CR0_WP) == 0;
  }

  private static boolean isGlobal(int cr4, int entry) {
    return (entry & PageTableEntry.GLOBAL) != 0 && (cr4 & ControlRegisters.CR4_PGE) != 0;
  }

  private void mark(int address, int entry, boolean write) {
    int marked = entry | PageTableEntry.ACCESSED | (write ? PageTableEntry.DIRTY : 0);
    if (marked != entry) {
      bus.write(address, 4, marked);
    }
  }

  /** Physical address of the 4 KiB frame that the last successful walk ended in. */
  public int frameAddress() {
    return frameAddress;
  }

  /** True if the translation survives a CR3 load. */
  public boolean global() {
    return global;
  }

  /** True if a 4 MiB page translated it. */
  public boolean large() {
    return large;
  }

  /** The error code ({@link PageFaultError}) of the last walk that failed. */
  public int errorCode() {
    return errorCode;
  }
}
