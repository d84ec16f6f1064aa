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

  final long[] significands = new long[8];
  final int[] signExponents = new int[8];
  int top;
  int valid;
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
    return INVALID_OPCODE;
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
    return INVALID_OPCODE;
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
    return 0;
  }

  /**
   * True if the instruction writes its memory operand: its segment must then be writable.
   *
   * @param esc the opcode byte, 0xD8 to 0xDF
   * @param modrm the ModRM byte; of it, the reg field is looked at
   */
  public static boolean writesMemory(int esc, int modrm) {
    return false;
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

  /** The control word. */
  public int controlWord() {
    return controlWord;
  }

  /** FLDCW: an exception that this unmasks becomes pending. */
  public void setControlWord(int value) {
    controlWord = value;
  }

  /** The status word, TOP and error summary included. */
  public int statusWord() {
    return status | top << 11;
  }

  /** Loads the status word with TOP; the error summary follows from flags and masks. */
  public void setStatusWord(int value) {
    top = value >>> 11 & 7;
    status = value & ~0x3800;
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
    return (status & 0x80) != 0;
  }
}
