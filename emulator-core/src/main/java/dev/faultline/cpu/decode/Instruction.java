// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import org.jspecify.annotations.Nullable;

/** A decoded instruction. Mutable, so that the decoder need not make one per instruction. */
public final class Instruction {
  /** Register number of an absent base or index register: a slot that is always 0. */
  public static final int NO_REGISTER = 8;

  /** The form; null before the first decoding. */
  @Nullable InstructionForm form;

  int length;
  int opcode;
  boolean operandSize16;
  boolean addressSize16;
  boolean lock;

  /** 0, 0xF2 or 0xF3. */
  int repeat;

  /** The overriding segment register, or -1. */
  int segmentOverride;

  int modrm;
  boolean memory;
  int base;
  int index;
  int scale;
  int displacement;
  int segment;
  int immediate;
  int immediate2;

  /** The form. */
  public InstructionForm form() {
    if (form == null) {
      throw new IllegalStateException("nothing was decoded");
    }
    return form;
  }

  /** Bytes. */
  public int length() {
    return length;
  }

  /** The last opcode byte. */
  public int opcode() {
    return opcode;
  }

  /** True if the operand size is 16 bits. */
  public boolean operandSize16() {
    return operandSize16;
  }

  /** True if the address size is 16 bits. */
  public boolean addressSize16() {
    return addressSize16;
  }

  /** The repeat prefix: 0, 0xF2 or 0xF3. */
  public int repeat() {
    return repeat;
  }

  /** The ModRM byte, 0 if there is none. */
  public int modrm() {
    return modrm;
  }

  /** True if an operand is memory, by ModRM byte or by offset. */
  public boolean memory() {
    return memory;
  }

  /** Base register of the memory operand, or {@link #NO_REGISTER}. */
  public int base() {
    return base;
  }

  /** Index register of the memory operand, or {@link #NO_REGISTER}. */
  public int index() {
    return index;
  }

  /** Shift of the index register, 0 to 3. */
  public int scale() {
    return scale;
  }

  /** Displacement of the memory operand. */
  public int displacement() {
    return displacement;
  }

  /** Segment register of the memory operand, or of the source string. */
  public int segment() {
    return segment;
  }

  /** The segment register that a prefix names, or -1. */
  public int segmentOverride() {
    return segmentOverride;
  }

  /** The first immediate, the offset of a far address, or the distance of a relative branch. */
  public int immediate() {
    return immediate;
  }

  /** The second immediate, or the selector of a far address. */
  public int immediate2() {
    return immediate2;
  }
}
