// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.cpu.fpu.Fpu;
import dev.faultline.cpu.fpu.IntegerUnit;
import dev.faultline.mmu.Access;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * The architectural state of one guest thread: registers, flags, segments, x87, and how many
 * instructions it has retired. All threads share the MMU of the virtual CPU they run on.
 *
 * <p>Everything may be read and written between two runs. Inside a page-fault handler, which is
 * called in the middle of an instruction of this thread, everything may be read and is exact as of
 * the start of that instruction; of the setters only {@link #setBudget} may then be called.
 *
 * <p>The six status flags are lazy. {@code result} is the last result, sign-extended: it gives ZF,
 * SF and PF. {@code carries} holds the carries into each bit position, {@code a ^ b ^ (a ± b)} in
 * 64 bits with the operands at the top of 32: CF is bit 32, OF bit 32 ^ bit 31, AF bit 4. Flags
 * that were loaded may be a combination that no result has; bits 40 and 41, each compared with bit
 * 63, then invert PF and SF.
 */
public final class Cpu implements IntegerUnit {
  /** Register numbers, as instructions encode them. */
  public static final int EAX = 0;

  /** Register number of ECX. */
  public static final int ECX = 1;

  /** Register number of EDX. */
  public static final int EDX = 2;

  /** Register number of EBX. */
  public static final int EBX = 3;

  /** Register number of ESP. */
  public static final int ESP = 4;

  /** Register number of EBP. */
  public static final int EBP = 5;

  /** Register number of ESI. */
  public static final int ESI = 6;

  /** Register number of EDI. */
  public static final int EDI = 7;

  /** Segment register number of ES. */
  public static final int ES = 0;

  /** Segment register number of CS. */
  public static final int CS = 1;

  /** Segment register number of SS. */
  public static final int SS = 2;

  /** Segment register number of DS. */
  public static final int DS = 3;

  /** Segment register number of FS. */
  public static final int FS = 4;

  /** Segment register number of GS. */
  public static final int GS = 5;

  /** In {@link #at}: the instruction's place in its block, above its offset in the code page. */
  static final int INDEX_SHIFT = 16;

  static final int OFFSET_MASK = 0xFFFF;

  private static final long PF_INVERTED = 1L << 40;
  private static final long SF_INVERTED = 1L << 41;

  /** The general registers, then slots that are always 0: an absent base or index register. */
  final int[] r = new int[16];

  final byte[] ram;
  final long[] readTlb;
  final long[] writeTlb;
  final SegmentRegisters segments;

  /** Last result, sign-extended: ZF, SF, PF. */
  int result = 1;

  /** Carries of the last operation: CF, OF, AF. */
  long carries;

  /** EFLAGS without the status flags. */
  int control = Flags.ALWAYS_ONE | Flags.IF;

  /** {@link #retired} at which the run ends. */
  long end;

  /** Instructions to the end of the run, counted from the start of the block being run. */
  long left;

  /** Where in its block and code page the instruction is that was last made precise. */
  int at;

  /** EIP of offset 0 of the code page. */
  int codeEip;

  /** Linear address of offset 0 of the code page. */
  int codeLinear;

  /** Frame number of the code page. */
  int codeFrame;

  /** The MMU's epoch when the code page was entered. */
  int codeEpoch;

  /** Where decoded code is; set for the time of a run. */
  @SuppressWarnings("NullAway.Init")
  DecodeCache cache;

  /** Why the run ends; null while it goes on. */
  @Nullable Exit exit;

  int exitVector;
  int exitErrorCode;

  private final Mmu mmu;
  private final Fpu fpu = new Fpu();
  private TimeStampCounter timeStampCounter = Cpu::retired;

  /**
   * A thread at CPL 3 with flat segments, FS and GS null, registers 0 and EFLAGS 0x202.
   *
   * @param mmu the MMU of the virtual CPU
   * @param table where selectors are looked up
   */
  public Cpu(Mmu mmu, SegmentTable table) {
    this.mmu = mmu;
    ram = mmu.memory().array();
    readTlb = mmu.tlb().entries(Access.READ);
    writeTlb = mmu.tlb().entries(Access.WRITE);
    segments = new SegmentRegisters(table);
    segments.reset(FlatSegments.USER_CODE, FlatSegments.USER_DATA);
  }

  /** The MMU of the virtual CPU. */
  public Mmu mmu() {
    return mmu;
  }

  /** The x87 unit. */
  public Fpu fpu() {
    return fpu;
  }

  /** Makes the state that a program sees equal to that of {@code other}: fork. */
  public void copyFrom(Cpu other) {
    System.arraycopy(other.r, 0, r, 0, 8);
    result = other.result;
    carries = other.carries;
    control = other.control;
    segments.copyFrom(other.segments);
    fpu.copyFrom(other.fpu);
    setEip(other.eip());
  }

  // ---- registers -------------------------------------------------------------------------------

  /** A general register, {@link #EAX} to {@link #EDI}. */
  public int get(int register) {
    return r[register & 7];
  }

  /** Sets a general register, {@link #EAX} to {@link #EDI}. */
  public void set(int register, int value) {
    r[register & 7] = value;
  }

  /**
   * EIP: of the next instruction between runs, of the current instruction in a page-fault handler.
   */
  public int eip() {
    return codeEip + (at & OFFSET_MASK);
  }

  /** Sets EIP. */
  public void setEip(int value) {
    left -= at >>> INDEX_SHIFT;
    codeEip = value;
    at = 0;
  }

  @Override
  public void setAx(int value) {
    r[EAX] = r[EAX] & 0xFFFF_0000 | value & 0xFFFF;
  }

  /** An 8-bit register: AL to BL, then AH to BH. */
  int get8(int number) {
    return r[number & 3] >>> ((number & 4) << 1) & 0xFF;
  }

  void set8(int number, int value) {
    int shift = (number & 4) << 1;
    int full = number & 3;
    r[full] = r[full] & ~(0xFF << shift) | (value & 0xFF) << shift;
  }

  void set16(int number, int value) {
    r[number] = r[number] & 0xFFFF_0000 | value & 0xFFFF;
  }

  // ---- memory ----------------------------------------------------------------------------------

  /** The RAM index of an operand to be read, where the TLB has all of it, or -1. */
  int readIndex(int va, int size) {
    long e = readTlb[va >>> Page.SHIFT & readTlb.length - 1];
    return (int) e == (va + size - 1 & Page.MASK) ? va + (int) (e >>> 32) : -1;
  }

  /** The RAM index of an operand to be written, where the TLB has all of it, or -1. */
  int writeIndex(int va, int size) {
    long e = writeTlb[va >>> Page.SHIFT & writeTlb.length - 1];
    return (int) e == (va + size - 1 & Page.MASK) ? va + (int) (e >>> 32) : -1;
  }

  // ---- flags -----------------------------------------------------------------------------------

  @Override
  public int eflags() {
    return control
        | (carry() ? Flags.CF : 0)
        | (parity() ? Flags.PF : 0)
        | (adjust() ? Flags.AF : 0)
        | (zero() ? Flags.ZF : 0)
        | (sign() ? Flags.SF : 0)
        | (overflow() ? Flags.OF : 0);
  }

  /** Sets all of EFLAGS; reserved bits are kept as the processor keeps them. */
  public void setEflags(int value) {
    control = value & (Flags.USER_CONTROL | Flags.IF | Flags.IOPL | Flags.RF) | Flags.ALWAYS_ONE;
    setStatus(value);
  }

  /** Sets the six status flags from their places in EFLAGS. */
  void setStatus(int value) {
    boolean zero = (value & Flags.ZF) != 0;
    boolean sign = (value & Flags.SF) != 0;
    boolean parity = (value & Flags.PF) != 0;
    // A result with the wanted ZF and, unless it is zero, SF; its low byte has even parity.
    result = zero ? 0 : sign ? 0x8000_0000 : 0x0100_0000;
    boolean carry = (value & Flags.CF) != 0;
    boolean overflow = (value & Flags.OF) != 0;
    carries =
        (carry ? 1L << 32 : 0)
            | (carry != overflow ? 1L << 31 : 0)
            | (value & Flags.AF)
            | (parity ? 0 : PF_INVERTED)
            | (zero && sign ? SF_INVERTED : 0);
  }

  /** Sets ZF; the others stay. */
  void setZero(boolean zero) {
    if (zero != zero()) {
      setStatus(eflags() ^ Flags.ZF);
    }
  }

  /** POPF and IRET: what this privilege level may change, in 2 or 4 bytes. */
  void loadEflags(int value, int size) {
    int mask = Flags.USER_CONTROL;
    if (cpl() <= (control & Flags.IOPL) >>> 12) {
      mask |= Flags.IF;
    }
    if (cpl() == 0) {
      mask |= Flags.IOPL;
    }
    if (size == 2) {
      mask &= 0xFFFF;
    }
    control = control & ~(mask | Flags.RF) | value & mask;
    setStatus(value);
  }

  /** True if TF asks for a trap after each instruction. */
  boolean trapping() {
    return (control & Flags.TF) != 0;
  }

  @Override
  public void setCompareFlags(int bits) {
    setStatus(bits & (Flags.ZF | Flags.PF | Flags.CF));
  }

  boolean carry() {
    return (carries & 1L << 32) != 0;
  }

  int carryBit() {
    return (int) (carries >>> 32) & 1;
  }

  boolean overflow() {
    return ((int) (carries >>> 32 ^ carries >>> 31) & 1) != 0;
  }

  boolean adjust() {
    return (carries & Flags.AF) != 0;
  }

  boolean zero() {
    return result == 0;
  }

  boolean sign() {
    return (result ^ signInversion()) < 0;
  }

  private int signInversion() {
    return (int) ((carries >>> 41 ^ carries >>> 63) << 31);
  }

  boolean parity() {
    int inverted = (int) (carries >>> 40 ^ carries >>> 63);
    return (Integer.bitCount(result & 0xFF) + inverted & 1) == 0;
  }

  boolean belowOrEqual() {
    return carry() || result == 0;
  }

  boolean less() {
    int sign = (result ^ signInversion()) >>> 31;
    return ((sign ^ (int) (carries >>> 32 ^ carries >>> 31)) & 1) != 0;
  }

  boolean lessOrEqual() {
    return result == 0 || less();
  }

  // ---- segments --------------------------------------------------------------------------------

  /** Names the table where selectors are looked up; loaded descriptors stay. */
  public void setSegmentTable(SegmentTable table) {
    segments.setTable(table);
  }

  /** The selector in a segment register, {@link #ES} to {@link #GS}. */
  public int selector(int segment) {
    return segments.selector(segment);
  }

  /** The base that a segment register has cached. */
  public int base(int segment) {
    return segments.base(segment);
  }

  /** The limit that a segment register has cached, in bytes. */
  public int limit(int segment) {
    return segments.limit(segment);
  }

  /** The current privilege level. */
  public int cpl() {
    return segments.cpl();
  }

  /**
   * Loads a segment register other than CS as MOV does.
   *
   * @return false if MOV would have raised an exception: {@link #exitVector()} and {@link
   *     #exitErrorCode()} say which, and the register is as it was
   */
  public boolean loadSegment(int segment, int selector) {
    try {
      segments.loadData(this, segment, selector & 0xFFFF);
      return true;
    } catch (CpuFault e) {
      return false;
    }
  }

  /**
   * Loads CS with {@code code}, ES, SS and DS with {@code data}, FS and GS with null, unchecked,
   * and so sets the privilege level: how a program begins.
   *
   * @throws IllegalArgumentException if the table has no such descriptor
   */
  public void resetSegments(int code, int data) {
    if (segments.table().descriptor(code) == 0 || segments.table().descriptor(data) == 0) {
      throw new IllegalArgumentException(
          String.format("selector %04x or %04x has no descriptor", code, data));
    }
    segments.reset(code, data);
  }

  // ---- time ------------------------------------------------------------------------------------

  /** Instructions retired so far; also exact in a page-fault handler. */
  public long retired() {
    return end - left + (at >>> INDEX_SHIFT);
  }

  /**
   * From a page-fault handler in the middle of a run: ends the run after the instruction in flight
   * and {@code instructions} more.
   */
  public void setBudget(long instructions) {
    long now = retired();
    end = now + 1 + instructions;
    left = end - now + (at >>> INDEX_SHIFT);
    // Make the engine leave its block and look at the budget.
    codeEpoch = mmu.epoch() - 1;
  }

  /** Names what RDTSC reads; without one it reads {@link #retired()}. */
  public void setTimeStampCounter(TimeStampCounter counter) {
    timeStampCounter = counter;
  }

  long timeStamp() {
    return timeStampCounter.read(this);
  }

  // ---- the way through the code -----------------------------------------------------------------

  /** Starts a run of {@code budget} instructions on {@code decodeCache}. */
  void begin(DecodeCache decodeCache, long budget) {
    setEip(eip());
    cache = decodeCache;
    exit = null;
    long now = retired();
    end = now + budget;
    left = budget;
    mmu.setUser(cpl() == 3);
  }

  /** Makes the position that of an instruction that begins a block. */
  void settle() {
    setEip(eip());
  }

  /** After an instruction that took the slow path: the next one, or null if the block is void. */
  @Nullable Op resume(Op op) {
    return mmu.epoch() == codeEpoch ? op.next : leave(op);
  }

  /** Ends an instruction and leaves its block. */
  @Nullable Op leave(Op op) {
    left -= op.index() + 1;
    at = op.nextOffset();
    return null;
  }

  /** Leaves the block before {@code op}, which is not executed. */
  @Nullable Op leaveAt(Op op) {
    left -= op.index();
    at = op.offset();
    return null;
  }

  /** Ends an instruction and leaves its block for {@code eip}. */
  @Nullable Op leaveTo(Op op, int eip) {
    left -= op.index() + 1;
    codeEip = eip;
    at = 0;
    return null;
  }

  /** Ends a branch within its page: the way that is linked. */
  @Nullable Op follow(Op op) {
    Op target = op.link;
    if (target != null && (left -= op.delta) >= DecodeCache.MAX_BLOCK) {
      return target;
    }
    return target == null ? cache.link(this, op) : stopBefore(target);
  }

  /** Too little budget to run a whole block: the rest goes step by step. */
  @Nullable Op stopBefore(Op target) {
    at = target.at;
    return null;
  }

  /** Ends a branch to wherever {@code eip} is. */
  @Nullable Op transfer(Op op, int eip) {
    if (mmu.epoch() != codeEpoch) {
      checkTarget(eip);
      return leaveTo(op, eip);
    }
    int offset = eip - codeEip;
    if (offset >>> Page.SHIFT == 0) {
      Op target = cache.lookup(codeFrame, offset);
      if (target != null) {
        left -= op.index() + 1 - target.index();
        return left >= DecodeCache.MAX_BLOCK ? target : stopBefore(target);
      }
    }
    checkTarget(eip);
    leaveTo(op, eip);
    return left < DecodeCache.MAX_BLOCK ? null : cache.enter(this);
  }

  /** A near branch beyond the limit of CS: #GP(0). */
  void checkTarget(int eip) {
    if (segments.outsideCode(eip)) {
      throw fault(Vector.GP, 0);
    }
  }

  /** A far branch beyond the limit of its segment: #GP(0). */
  void checkTarget(int eip, long descriptor) {
    if (Integer.compareUnsigned(eip, SegmentDescriptor.limit(descriptor)) > 0) {
      throw fault(Vector.GP, 0);
    }
  }

  // ---- exits -----------------------------------------------------------------------------------

  /** Vector of the last {@link Exit#INTERRUPT} or {@link Exit#EXCEPTION}. */
  public int exitVector() {
    return exitVector;
  }

  /** Error code of the last {@link Exit#EXCEPTION}, 0 where the exception has none. */
  public int exitErrorCode() {
    return exitErrorCode;
  }

  /** Notes an exception, to be thrown. */
  CpuFault fault(int vector, int errorCode) {
    exitVector = vector;
    exitErrorCode = errorCode;
    return CpuFault.INSTANCE;
  }
}
