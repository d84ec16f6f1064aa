// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import org.jspecify.annotations.Nullable;

/**
 * The memory-management unit of one virtual CPU: CR0, CR2, CR3, CR4, the TLB in front of the
 * walker, and the way of a fault (design, section 3).
 *
 * <p>{@code read…} and {@code write…} are the access path: one load and one compare against the
 * TLB, then RAM. All else is in the slow path: walking, faults resolved in place by the {@link
 * PageFaultHandler}, accesses that straddle pages, devices, code pages, traced pages. An access
 * that the handler refuses throws {@link RefusedPageFault} before any byte has changed.
 *
 * <p>A handler that sleeps lets others run, and what was translated before is then worth nothing.
 * So everything that voids a translation moves {@link #epoch()}, and an access of several parts
 * probes them until all are in with the epoch unmoved.
 *
 * <p>Not thread-safe: whoever holds the virtual CPU uses it.
 */
public final class Mmu {
  private final PhysicalMemory memory;
  private final PhysicalBus bus;
  private final byte[] ram;
  private final Tlb tlb;
  private final long[] reads;
  private final long[] writes;
  private final long[] fetches;
  private final PageWalker walker;
  private PageFaultHandler handler = (va, errorCode) -> false;

  private int cr0 = ControlRegisters.CR0_PE;
  private int cr2;
  private int cr3;
  private int cr4;
  private boolean user = true;
  private int faultError;
  private int epoch;

  private boolean countHits;
  private long hits;
  private @Nullable AccessTracer tracer;
  private boolean @Nullable [] tracedFrames;

  /** An MMU with a TLB of {@code tlbSize} entries of each kind; paging off, at CPL 3. */
  public Mmu(PhysicalBus bus, int tlbSize) {
    this.bus = bus;
    memory = bus.memory();
    ram = memory.array();
    tlb = new Tlb(tlbSize);
    reads = tlb.entries(Access.READ);
    writes = tlb.entries(Access.WRITE);
    fetches = tlb.entries(Access.FETCH);
    walker = new PageWalker(bus);
  }

  /** Names the kernel's fault handler; without one every fault is refused. */
  public void setPageFaultHandler(PageFaultHandler newHandler) {
    handler = newHandler;
  }

  /** The RAM behind this MMU. */
  public PhysicalMemory memory() {
    return memory;
  }

  /** The bus behind this MMU. */
  public PhysicalBus bus() {
    return bus;
  }

  /** The TLB, for inlined checks and counters. */
  public Tlb tlb() {
    return tlb;
  }

  // ---- the access path -----------------------------------------------------------------------

  /** Reads one byte, zero-extended. */
  public int read8(int va) {
    long e = reads[va >>> Page.SHIFT & reads.length - 1];
    if ((int) e == (va & Page.MASK)) {
      return ram[va + (int) (e >>> 32)] & 0xFF;
    }
    return (int) readSlow(va, 1);
  }

  /** Reads two bytes, zero-extended. */
  public int read16(int va) {
    long e = reads[va >>> Page.SHIFT & reads.length - 1];
    if ((int) e == (va + 1 & Page.MASK)) {
      return (short) PhysicalMemory.SHORT.get(ram, va + (int) (e >>> 32)) & 0xFFFF;
    }
    return (int) readSlow(va, 2);
  }

  /** Reads four bytes. */
  public int read32(int va) {
    long e = reads[va >>> Page.SHIFT & reads.length - 1];
    if ((int) e == (va + 3 & Page.MASK)) {
      return (int) PhysicalMemory.INT.get(ram, va + (int) (e >>> 32));
    }
    return (int) readSlow(va, 4);
  }

  /** Reads eight bytes. */
  public long read64(int va) {
    long e = reads[va >>> Page.SHIFT & reads.length - 1];
    if ((int) e == (va + 7 & Page.MASK)) {
      return (long) PhysicalMemory.LONG.get(ram, va + (int) (e >>> 32));
    }
    return readSlow(va, 8);
  }

  /** Writes the low byte of {@code value}. */
  public void write8(int va, int value) {
    long e = writes[va >>> Page.SHIFT & writes.length - 1];
    if ((int) e == (va & Page.MASK)) {
      ram[va + (int) (e >>> 32)] = (byte) value;
    } else {
      writeSlow(va, 1, value);
    }
  }

  /** Writes the low two bytes of {@code value}. */
  public void write16(int va, int value) {
    long e = writes[va >>> Page.SHIFT & writes.length - 1];
    if ((int) e == (va + 1 & Page.MASK)) {
      PhysicalMemory.SHORT.set(ram, va + (int) (e >>> 32), (short) value);
    } else {
      writeSlow(va, 2, value);
    }
  }

  /** Writes four bytes. */
  public void write32(int va, int value) {
    long e = writes[va >>> Page.SHIFT & writes.length - 1];
    if ((int) e == (va + 3 & Page.MASK)) {
      PhysicalMemory.INT.set(ram, va + (int) (e >>> 32), value);
    } else {
      writeSlow(va, 4, value);
    }
  }

  /** Writes eight bytes. */
  public void write64(int va, long value) {
    long e = writes[va >>> Page.SHIFT & writes.length - 1];
    if ((int) e == (va + 7 & Page.MASK)) {
      PhysicalMemory.LONG.set(ram, va + (int) (e >>> 32), value);
    } else {
      writeSlow(va, 8, value);
    }
  }

  /**
   * The RAM index of a read-modify-write operand, where the write TLB has it.
   *
   * @param size bytes, 1 to 8
   * @return index into {@link PhysicalMemory#array()}, good until the next access; or -1: then use
   *     {@link #readForWrite} and a {@code write…}
   */
  public int writeIndex(int va, int size) {
    long e = writes[va >>> Page.SHIFT & writes.length - 1];
    return (int) e == (va + size - 1 & Page.MASK) ? va + (int) (e >>> 32) : -1;
  }

  /**
   * The RAM index of a code byte, where the fetch TLB has it.
   *
   * @return index into {@link PhysicalMemory#array()}, or -1: then use {@link #translate}
   */
  public int fetchIndex(int va) {
    long e = fetches[va >>> Page.SHIFT & fetches.length - 1];
    return (int) e == (va & Page.MASK) ? va + (int) (e >>> 32) : -1;
  }

  // ---- the slow path -------------------------------------------------------------------------

  /**
   * Reads an operand that the same instruction will write: faults as a write does. The write that
   * follows cannot fault, unless the thread sleeps between.
   *
   * @param size 1, 2, 4 or 8 bytes
   * @return the value, zero-extended
   */
  public long readForWrite(int va, int size) {
    countHit(va, size, Access.WRITE);
    probe(va, size, Access.WRITE);
    return load(va, size, Access.WRITE);
  }

  /**
   * Makes sure that {@code size} bytes can be accessed: all pages are translated, with no sleep
   * since the first of them. Throws {@link RefusedPageFault} if one cannot.
   *
   * @param size 1 to 4,096 bytes, on two pages at most
   */
  public void probe(int va, int size, int kind) {
    int last = va + size - 1;
    if (((va ^ last) & Page.MASK) == 0) {
      translate(va, kind);
      return;
    }
    int second = Page.base(last);
    int before;
    do {
      before = epoch;
      translate(va, kind);
      translate(second, kind);
    } while (before != epoch);
  }

  /**
   * Translates one address, resolving faults in place.
   *
   * @return the physical address, RAM or not
   */
  public int translate(int va, int kind) {
    while (!tlb.holds(kind, va)) {
      if (walker.walk(cr0, cr3, cr4, va, kind, user)) {
        fill(va, kind);
      } else {
        fault(va, walker.errorCode());
      }
    }
    return va + tlb.addend(kind, va);
  }

  private void fault(int va, int errorCode) {
    cr2 = va;
    if (!handler.handle(va, errorCode)) {
      // Set again: a handler that slept let other faults pass through here.
      cr2 = va;
      faultError = errorCode;
      throw RefusedPageFault.INSTANCE;
    }
  }

  private void fill(int va, int kind) {
    int frameAddress = walker.frameAddress();
    boolean isRam = memory.contains(frameAddress);
    int frame = Page.number(frameAddress);
    boolean observed = kind != Access.FETCH && (countHits || isTraced(frameAddress));
    boolean slow = !isRam || observed;
    tlb.countFill();
    if (kind == Access.WRITE) {
      boolean slowWrite = slow || memory.isCode(frame);
      tlb.fill(Access.WRITE, va, frameAddress, slowWrite, walker.global(), walker.large());
      // A page that may be written may be read.
      tlb.fill(Access.READ, va, frameAddress, slow, walker.global(), walker.large());
    } else {
      tlb.fill(kind, va, frameAddress, slow, walker.global(), walker.large());
    }
  }

  private long readSlow(int va, int size) {
    countHit(va, size, Access.READ);
    probe(va, size, Access.READ);
    return load(va, size, Access.READ);
  }

  private void writeSlow(int va, int size, long value) {
    countHit(va, size, Access.WRITE);
    probe(va, size, Access.WRITE);
    store(va, size, value);
  }

  private void countHit(int va, int size, int kind) {
    if (countHits && tlb.holds(kind, va) && tlb.holds(kind, va + size - 1)) {
      hits++;
    }
  }

  /**
   * Reads what {@link #probe} has let pass as an access of {@code kind}. Inside one page the bus
   * sees the whole access.
   */
  private long load(int va, int size, int kind) {
    if (!Page.straddles(va, size)) {
      int address = translate(va, kind);
      trace(Access.READ, va, address, size);
      if (size == 8) {
        return bus.read(address, 4) & 0xFFFF_FFFFL | ((long) bus.read(address + 4, 4) << 32);
      }
      return bus.read(address, size) & 0xFFFF_FFFFL;
    }
    long value = 0;
    for (int i = 0; i < size; i++) {
      int address = translate(va + i, kind);
      trace(Access.READ, va + i, address, 1);
      value |= (long) bus.read(address, 1) << (8 * i);
    }
    return value;
  }

  /** Writes what {@link #probe} has let pass. */
  private void store(int va, int size, long value) {
    if (!Page.straddles(va, size)) {
      int address = translate(va, Access.WRITE);
      trace(Access.WRITE, va, address, size);
      if (size == 8) {
        bus.write(address, 4, (int) value);
        bus.write(address + 4, 4, (int) (value >>> 32));
      } else {
        bus.write(address, size, (int) value);
      }
      return;
    }
    for (int i = 0; i < size; i++) {
      int address = translate(va + i, Access.WRITE);
      trace(Access.WRITE, va + i, address, 1);
      bus.write(address, 1, (int) (value >>> (8 * i)));
    }
  }

  private void trace(int kind, int va, int address, int size) {
    if (tracer != null && isTraced(address)) {
      tracer.access(kind, va, address, size);
    }
  }

  private boolean isTraced(int address) {
    return tracedFrames != null && memory.contains(address) && tracedFrames[Page.number(address)];
  }

  // ---- control -------------------------------------------------------------------------------

  /** CR0. */
  public int cr0() {
    return cr0;
  }

  /** Loads CR0; the TLB is flushed whole. */
  public void loadCr0(int value) {
    cr0 = value;
    flush();
  }

  /** The address of the last page fault. */
  public int cr2() {
    return cr2;
  }

  /** Loads CR2. */
  public void loadCr2(int value) {
    cr2 = value;
  }

  /** CR3: physical address of the page directory. */
  public int cr3() {
    return cr3;
  }

  /** Loads CR3: all but global translations are forgotten (PM8). */
  public void loadCr3(int value) {
    cr3 = value;
    tlb.flushLocal();
    epoch++;
  }

  /** CR4. */
  public int cr4() {
    return cr4;
  }

  /** Loads CR4; the TLB is flushed whole. */
  public void loadCr4(int value) {
    cr4 = value;
    flush();
  }

  /** True at CPL 3. */
  public boolean user() {
    return user;
  }

  /** Enters or leaves CPL 3. Entries were judged at the other level: they go. */
  public void setUser(boolean isUser) {
    if (user != isUser) {
      user = isUser;
      flush();
    }
  }

  /** The error code of the refused fault that {@link RefusedPageFault} stands for. */
  public int faultError() {
    return faultError;
  }

  /** INVLPG. */
  public void invalidate(int va) {
    tlb.invalidate(va);
    epoch++;
  }

  /** Forgets all translations, global ones too. */
  public void flush() {
    tlb.flushAll();
    epoch++;
  }

  /** Moves whenever a translation may have become void; compare for equality only. */
  public int epoch() {
    return epoch;
  }

  /**
   * Says that another guest thread has run on this CPU: what an instruction still holds is void.
   */
  public void voidTranslations() {
    epoch++;
  }

  // ---- observation ---------------------------------------------------------------------------

  /**
   * Sends every data access through the slow path so that hits can be counted, or back. Slows the
   * machine down severalfold; changes nothing that a guest sees, nor {@link Tlb#fills()} but for
   * the flush made here.
   */
  public void setCountHits(boolean count) {
    countHits = count;
    hits = count ? 0 : hits;
    flush();
  }

  /**
   * Data accesses that found all of their translations, counted since {@link #setCountHits}. A
   * read-modify-write is two: a read, and a write that always finds what the read has fetched.
   */
  public long hits() {
    return hits;
  }

  /** Names who is told of data accesses to traced frames. */
  public void setTracer(AccessTracer newTracer) {
    tracer = newTracer;
  }

  /** Sends data accesses to one frame through the slow path and to the tracer, or ends that. */
  public void trace(int frame, boolean on) {
    if (tracedFrames == null) {
      tracedFrames = new boolean[memory.frames()];
    }
    tracedFrames[frame] = on;
    tlb.dropFrame(frame);
    epoch++;
  }
}
