// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import dev.faultline.mmu.Mmu;

/**
 * The x87 unit of one virtual CPU, or the saved x87 state of a guest thread (section 8.1): the
 * eight data registers, control, status and tag words, and the pointers to the last instruction.
 *
 * <p>Registers are kept by <em>physical</em> number, as the tag word and FXSAVE count them: ST(j)
 * is register {@code (top() + j) & 7}. A register is a 64-bit significand with explicit integer bit
 * and a 16-bit word of sign and biased exponent.
 *
 * <p>Both {@code execute} methods return {@link #NONE} or the vector of the exception that stops
 * the instruction; the state is then as before it. A memory operand that the MMU refuses unwinds
 * with {@link dev.faultline.mmu.RefusedPageFault} before any state has changed.
 */
public final class Fpu {
  /** No exception. */
  public static final int NONE = -1;

  /** The vector of #UD: the encoding is not an instruction. */
  public static final int INVALID_OPCODE = 6;

  /** The vector of #MF: a waiting instruction has found an unmasked exception pending. */
  public static final int FLOATING_POINT_ERROR = 16;

  /** The control word after FNINIT: all exceptions masked, 64-bit precision, round to nearest. */
  public static final int INITIAL_CONTROL_WORD = 0x037F;

  /** The exception masks of the control word, and the exception flags of the status word. */
  static final int EXCEPTIONS = 0x3F;

  private static final int ERROR_SUMMARY = 0x80;
  private static final int BUSY = 0x8000;
  private static final int TOP = 0x3800;
  private static final int TAG_VALID = 0;
  private static final int TAG_ZERO = 1;
  private static final int TAG_SPECIAL = 2;
  private static final int TAG_EMPTY = 3;

  private final long[] significands = new long[8];
  private final int[] signExponents = new int[8];
  private final Accumulator accumulator = new Accumulator();
  final FpuLogarithm logarithm = new FpuLogarithm();
  final FpuTrigonometry trigonometry = new FpuTrigonometry();
  private int top;
  private int valid;
  private int controlWord;
  private int status;
  private int instructionPointer;
  private int instructionSelector;
  private int dataPointer;
  private int dataSelector;
  private int opcode;

  /** A unit as FNINIT leaves it, all registers zero. */
  public Fpu() {
    reset();
  }

  // ---- execution -----------------------------------------------------------------------------

  /**
   * Executes an instruction whose ModRM byte names a register (mod = 3).
   *
   * @param esc the opcode byte, 0xD8 to 0xDF
   * @param modrm the ModRM byte
   * @param eip the instruction's offset in CS, prefixes included, for FIP
   * @param cpu the integer side
   * @return {@link #NONE}, {@link #INVALID_OPCODE} or {@link #FLOATING_POINT_ERROR}
   */
  public int execute(int esc, int modrm, int eip, IntegerUnit cpu) {
    int kind = RegisterInstructions.kind(esc, modrm);
    if (kind == RegisterInstructions.WAITING) {
      if (errorSummary()) {
        return FLOATING_POINT_ERROR;
      }
      RegisterInstructions.execute(this, esc, modrm, cpu);
      instructionPointer = eip;
      opcode = (esc & 7) << 8 | modrm;
      return NONE;
    }
    if (kind == RegisterInstructions.UNDEFINED) {
      return INVALID_OPCODE;
    }
    RegisterInstructions.execute(this, esc, modrm, cpu);
    return NONE;
  }

  /**
   * What stops an instruction with a memory operand before its operand is looked at: {@link
   * #executeMemory} finds the same, but a caller that checks segment limits asks first.
   *
   * @param esc the opcode byte, 0xD8 to 0xDF
   * @param modrm the ModRM byte; of it, the reg field is looked at
   * @return {@link #NONE}, {@link #INVALID_OPCODE} or {@link #FLOATING_POINT_ERROR}
   */
  public int checkMemory(int esc, int modrm) {
    int form = MemoryInstructions.form(esc, modrm);
    if (!MemoryInstructions.isDefined(form)) {
      return INVALID_OPCODE;
    }
    return MemoryInstructions.isWaitFree(form) ? NONE : checkPending();
  }

  /**
   * Executes an instruction with a memory operand (mod is not 3). Segment limits and rights are the
   * caller's to check, with {@link #operandSize} bytes.
   *
   * @param esc the opcode byte, 0xD8 to 0xDF
   * @param modrm the ModRM byte; of it, the reg field is looked at
   * @param mmu where the operand is
   * @param linear the operand's linear address
   * @param offset the operand's offset in its segment, for FDP
   * @param eip the instruction's offset in CS, prefixes included, for FIP
   * @param operandSize16 true if the operand size is 16 bits: the shape of environment images
   * @return {@link #NONE}, {@link #INVALID_OPCODE} or {@link #FLOATING_POINT_ERROR}
   */
  public int executeMemory(
      int esc, int modrm, Mmu mmu, int linear, int offset, int eip, boolean operandSize16) {
    int stopped = checkMemory(esc, modrm);
    if (stopped != NONE) {
      return stopped;
    }
    int form = MemoryInstructions.form(esc, modrm);
    MemoryInstructions.execute(this, form, mmu, linear, operandSize16);
    if (!MemoryInstructions.isControl(form)) {
      instructionPointer = eip;
      dataPointer = offset;
      opcode = (esc & 7) << 8 | modrm;
    }
    return NONE;
  }

  /** WAIT: {@link #FLOATING_POINT_ERROR} if an unmasked exception is pending, or {@link #NONE}. */
  public int checkPending() {
    return errorSummary() ? FLOATING_POINT_ERROR : NONE;
  }

  /**
   * The size of an instruction's memory operand.
   *
   * @param esc the opcode byte, 0xD8 to 0xDF
   * @param modrm the ModRM byte; of it, the reg field is looked at
   * @param operandSize16 true if the operand size is 16 bits
   * @return bytes: 2, 4, 8, 10, 14, 28, 94 or 108; 0 if the encoding is undefined
   */
  public static int operandSize(int esc, int modrm, boolean operandSize16) {
    return MemoryInstructions.operandSize(MemoryInstructions.form(esc, modrm), operandSize16);
  }

  /**
   * True if the instruction writes its memory operand: its segment must then be writable.
   *
   * @param esc the opcode byte, 0xD8 to 0xDF
   * @param modrm the ModRM byte; of it, the reg field is looked at
   */
  public static boolean writesMemory(int esc, int modrm) {
    return MemoryInstructions.writes(MemoryInstructions.form(esc, modrm));
  }

  // ---- state ---------------------------------------------------------------------------------

  /** FNINIT: control, status, tags and pointers as after power-up. Register contents stay. */
  public void reset() {
    controlWord = INITIAL_CONTROL_WORD;
    status = 0;
    top = 0;
    valid = 0;
    instructionPointer = 0;
    instructionSelector = 0;
    dataPointer = 0;
    dataSelector = 0;
    opcode = 0;
  }

  /** Makes this state equal to {@code other}: a context switch. */
  public void copyFrom(Fpu other) {
    System.arraycopy(other.significands, 0, significands, 0, 8);
    System.arraycopy(other.signExponents, 0, signExponents, 0, 8);
    controlWord = other.controlWord;
    status = other.status;
    top = other.top;
    valid = other.valid;
    instructionPointer = other.instructionPointer;
    instructionSelector = other.instructionSelector;
    dataPointer = other.dataPointer;
    dataSelector = other.dataSelector;
    opcode = other.opcode;
  }

  /** The significand of a physical register; also MMX register {@code register}. */
  public long significand(int register) {
    return significands[register];
  }

  /** Sign (bit 15) and biased exponent of a physical register. */
  public int signExponent(int register) {
    return signExponents[register];
  }

  /** Writes a physical register; its tag stays. */
  public void setRegister(int register, long significand, int signExponent) {
    significands[register] = significand;
    signExponents[register] = signExponent & 0xFFFF;
  }

  /** TOP: the physical number of ST(0). */
  public int top() {
    return top;
  }

  /** The tags as FXSAVE has them: bit i is set if physical register i is not empty. */
  public int tags() {
    return valid;
  }

  /** Sets the tags from FXSAVE's form: bit i is set if physical register i is not empty. */
  public void setTags(int tags) {
    valid = tags & 0xFF;
  }

  /** The tag word as FNSTENV stores it (section 8.1.7): two bits a register, from its contents. */
  public int tagWord() {
    int word = 0;
    for (int i = 0; i < 8; i++) {
      word |= tag(i) << 2 * i;
    }
    return word;
  }

  private int tag(int register) {
    if ((valid >>> register & 1) == 0) {
      return TAG_EMPTY;
    }
    int exponent = signExponents[register] & Extended.EXPONENT;
    long significand = significands[register];
    if (exponent == 0 && significand == 0) {
      return TAG_ZERO;
    }
    boolean normal = exponent != 0 && exponent != Extended.EXPONENT && significand < 0;
    return normal ? TAG_VALID : TAG_SPECIAL;
  }

  /** Loads the tag word; all that counts is which registers are empty. */
  public void setTagWord(int word) {
    valid = 0;
    for (int i = 0; i < 8; i++) {
      if ((word >>> 2 * i & 3) != TAG_EMPTY) {
        valid |= 1 << i;
      }
    }
  }

  /** The control word. */
  public int controlWord() {
    return controlWord;
  }

  /** FLDCW: an exception that this unmasks becomes pending. */
  public void setControlWord(int value) {
    controlWord = value & 0x1F3F | 0x40;
    summarize();
  }

  /** The status word, TOP and error summary included. */
  public int statusWord() {
    return status | top << 11;
  }

  /** Loads the status word with TOP; the error summary follows from flags and masks. */
  public void setStatusWord(int value) {
    top = value >>> 11 & 7;
    status = value & ~TOP;
    summarize();
  }

  /** FIP: offset of the last non-control instruction. */
  public int instructionPointer() {
    return instructionPointer;
  }

  /** FCS: 0 unless loaded, as on processors that have given the selectors up (section 8.1.8). */
  public int instructionSelector() {
    return instructionSelector;
  }

  /** FDP: offset of the last memory operand. */
  public int dataPointer() {
    return dataPointer;
  }

  /** FDS: 0 unless loaded, as on processors that have given the selectors up (section 8.1.8). */
  public int dataSelector() {
    return dataSelector;
  }

  /** FOP: the low three bits of the opcode byte and the ModRM byte (section 8.1.9). */
  public int opcode() {
    return opcode;
  }

  /** Loads FCS:FIP, FDS:FDP and FOP. */
  public void setPointers(int fip, int fcs, int fdp, int fds, int fop) {
    instructionPointer = fip;
    instructionSelector = fcs & 0xFFFF;
    dataPointer = fdp;
    dataSelector = fds & 0xFFFF;
    opcode = fop & 0x7FF;
  }

  private boolean errorSummary() {
    return (status & ERROR_SUMMARY) != 0;
  }

  /** Follows flags and masks with ES and B (section 8.1.3.3). */
  private void summarize() {
    if ((status & ~controlWord & EXCEPTIONS) != 0) {
      status |= ERROR_SUMMARY | BUSY;
    } else {
      status &= ~(ERROR_SUMMARY | BUSY);
    }
  }

  // ---- what the instructions are made of -----------------------------------------------------

  /** Begins an instruction: the accumulator, fresh. */
  Accumulator begin() {
    accumulator.begin(controlWord);
    return accumulator;
  }

  /**
   * Ends an instruction: takes its exceptions and C1 over into the status word.
   *
   * @return true if its result is to be delivered; false if an unmasked exception forbids it
   */
  boolean settle() {
    boolean stopped = accumulator.stopped();
    int raised = accumulator.exceptions;
    if (stopped) {
      raised &= Accumulator.BEFORE | Accumulator.STACK_FAULT;
    }
    status = status & ~FpuCompare.C1 | raised;
    // Stopped, only the direction of a stack fault is told.
    if (accumulator.c1 && (!stopped || (raised & Accumulator.STACK_FAULT) != 0)) {
      status |= FpuCompare.C1;
    }
    summarize();
    return !stopped;
  }

  /**
   * As {@link #settle()}; sets condition codes as well, which an unmasked exception does not
   * forbid.
   *
   * @param which the codes that are set
   */
  boolean settle(int conditions, int which) {
    boolean deliver = settle();
    status = status & ~which | conditions;
    return deliver;
  }

  /** True if ST(i) is empty. */
  boolean isEmpty(int i) {
    return (valid >>> (top + i & 7) & 1) == 0;
  }

  /** Sign and exponent of ST(i). */
  int signExponentOf(int i) {
    return signExponents[top + i & 7];
  }

  /** The significand of ST(i). */
  long significandOf(int i) {
    return significands[top + i & 7];
  }

  /** Writes ST(i), which is then not empty. */
  void set(int i, int signExponent, long significand) {
    int register = top + i & 7;
    signExponents[register] = signExponent;
    significands[register] = significand;
    valid |= 1 << register;
  }

  /** Writes the accumulator's result to ST(i). */
  void setResult(int i) {
    set(i, accumulator.signExponent, accumulator.significand);
  }

  /** Writes the real indefinite to ST(i) if it is empty. */
  void fillEmpty(int i) {
    if (isEmpty(i)) {
      set(i, Extended.INDEFINITE_SIGN_EXPONENT, Extended.INDEFINITE_SIGNIFICAND);
    }
  }

  /** Ends an instruction that pushes its result, or overflows the stack. */
  void push() {
    boolean noValue = (accumulator.exceptions & Accumulator.STACK_FAULT) != 0;
    if (!isEmpty(-1) && !noValue) {
      accumulator.exceptions = 0;
      accumulator.stackOverflow();
    }
    if (settle()) {
      pushResult();
    }
  }

  /** Pushes the accumulator's result, whatever is there. */
  void pushResult() {
    top = top - 1 & 7;
    setResult(0);
  }

  /** Empties ST(0) and moves TOP. */
  void pop() {
    valid &= ~(1 << top);
    top = top + 1 & 7;
  }

  /** FFREE. */
  void free(int i) {
    valid &= ~(1 << (top + i & 7));
  }

  /** FINCSTP, FDECSTP: moves TOP, and clears C1. */
  void rotate(int by) {
    top = top + by & 7;
    status &= ~FpuCompare.C1;
  }

  /** FNCLEX. */
  void clearExceptions() {
    status &= ~(EXCEPTIONS | Accumulator.STACK_FAULT | ERROR_SUMMARY | BUSY);
  }

  /** Ends an instruction that compares ST(0) with a value, and tells whether it may pop. */
  boolean compareTo(int signExponent, long significand) {
    int conditions;
    if (isEmpty(0)) {
      accumulator.stackUnderflow();
      conditions = FpuCompare.UNORDERED;
    } else {
      conditions =
          FpuCompare.compare(
              accumulator, signExponentOf(0), significandOf(0), signExponent, significand, false);
    }
    return settle(conditions, FpuCompare.CONDITIONS);
  }
}
