// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import org.jspecify.annotations.Nullable;

/**
 * A small paged machine for tests: page tables in RAM written by hand, one MMU at CPL 3 with WP,
 * PSE and PGE on. Tables take frames 1 to 15; tests use the rest.
 */
final class Machine {
  static final int P = PageTableEntry.PRESENT;
  static final int W = PageTableEntry.WRITABLE;
  static final int U = PageTableEntry.USER;
  static final int A = PageTableEntry.ACCESSED;
  static final int D = PageTableEntry.DIRTY;
  static final int PS = PageTableEntry.LARGE;
  static final int G = PageTableEntry.GLOBAL;

  /** What a user data page has. */
  static final int RW = P | W | U;

  /** What a user text page has. */
  static final int RO = P | U;

  static final int DIRECTORY = 0x1000;

  final PhysicalMemory memory;
  final PhysicalBus bus;
  final Mmu mmu;

  private int nextTable = 0x2000;

  Machine() {
    this(PhysicalMemory.MIN_SIZE, 16);
  }

  Machine(int ramSize, int tlbSize) {
    memory = new PhysicalMemory(ramSize);
    bus = new PhysicalBus(memory);
    mmu = new Mmu(bus, tlbSize);
    mmu.loadCr3(DIRECTORY);
    mmu.loadCr4(ControlRegisters.CR4_PSE | ControlRegisters.CR4_PGE);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_WP | ControlRegisters.CR0_PG);
  }

  /** Maps one 4 KiB page in the current directory; invalidates nothing. */
  Machine map(int va, int frame, int bits) {
    memory.write32(pteAddress(va), frame << Page.SHIFT | bits);
    return this;
  }

  /** Maps one 4 MiB page in the current directory; invalidates nothing. */
  Machine mapLarge(int va, int base, int bits) {
    memory.write32(pdeAddress(va), base | bits | PS);
    return this;
  }

  /** Clears the table entry; invalidates nothing. */
  Machine unmap(int va) {
    memory.write32(pteAddress(va), 0);
    return this;
  }

  int pde(int va) {
    return memory.read32(pdeAddress(va));
  }

  int pte(int va) {
    return memory.read32(pteAddress(va));
  }

  void setPte(int va, int entry) {
    memory.write32(pteAddress(va), entry);
  }

  int pdeAddress(int va) {
    return (mmu.cr3() & Page.MASK) + (va >>> 22) * 4;
  }

  /** Makes a table where there is none. */
  int pteAddress(int va) {
    int pde = pde(va);
    if (pde == 0) {
      pde = nextTable | RW;
      nextTable += Page.SIZE;
      memory.write32(pdeAddress(va), pde);
    }
    return (pde & Page.MASK) + (va >>> 12 & 0x3FF) * 4;
  }

  /** The tag of the TLB entry that {@code va} would use. */
  int tag(int kind, int va) {
    long[] entries = mmu.tlb().entries(kind);
    return (int) entries[va >>> 12 & entries.length - 1];
  }

  /** The refused fault that {@code access} ends in, as CR2 and error code; null if it succeeds. */
  @Nullable Fault faultOf(Runnable access) {
    try {
      access.run();
      return null;
    } catch (RefusedPageFault refused) {
      return new Fault(mmu.cr2(), mmu.faultError());
    }
  }

  /** A page fault as the guest sees it. */
  record Fault(int cr2, int error) {
    @Override
    public String toString() {
      return String.format("#PF(cr2=%08x, error=%d)", cr2, error);
    }
  }
}
