// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import java.util.List;

/**
 * One operand of a form, as the opcode maps write it.
 *
 * @param kind where it is
 * @param size bits; 0 if the operand size decides between 16 and 32
 * @param fixed what is fixed: a register number, a segment register number, or the constant 1
 * @param text as in the table
 */
public record Operand(Kind kind, int size, int fixed, String text) {
  /** Where an operand is. */
  public enum Kind {
    /** Register or memory of the ModRM byte. */
    MODRM,
    /** Register in the ModRM byte's reg field. */
    REG,
    /** Memory of the ModRM byte. */
    MEMORY,
    /** Register of the ModRM byte's rm field, whatever mod says. */
    RM_REGISTER,
    /** Register in the low three bits of the opcode. */
    OPCODE_REG,
    /** Immediate. */
    IMMEDIATE,
    /** Immediate byte, sign-extended to the operand size. */
    SIGNED_BYTE,
    /** Relative branch target. */
    RELATIVE,
    /** Memory at an offset in the instruction. */
    OFFSET,
    /** The source string, DS:ESI. */
    SOURCE_STRING,
    /** The destination string, ES:EDI. */
    DESTINATION_STRING,
    /** Segment register in the reg field. */
    SEGMENT,
    /** Control register in the reg field. */
    CONTROL,
    /** Debug register in the reg field. */
    DEBUG,
    /** Far address in the instruction. */
    FAR_ADDRESS,
    /** A fixed general register. */
    FIXED_REG,
    /** A fixed segment register. */
    FIXED_SEGMENT,
    /** The constant 1. */
    ONE,
    /** x87 memory operand. */
    X87_MEMORY,
    /** ST. */
    X87_TOP,
    /** ST(i). */
    X87_REGISTER
  }

  private static final List<String> SEGMENTS = List.of("ES", "CS", "SS", "DS", "FS", "GS");

  /**
   * Reads an operand as the table writes it.
   *
   * @throws IllegalArgumentException if there is no such operand
   */
  static Operand parse(String text) {
    if (SEGMENTS.contains(text)) {
      return new Operand(Kind.FIXED_SEGMENT, 16, SEGMENTS.indexOf(text), text);
    }
    return switch (text) {
      case "AL" -> new Operand(Kind.FIXED_REG, 8, 0, text);
      case "CL" -> new Operand(Kind.FIXED_REG, 8, 1, text);
      case "AX" -> new Operand(Kind.FIXED_REG, 16, 0, text);
      case "DX" -> new Operand(Kind.FIXED_REG, 16, 2, text);
      case "eAX" -> new Operand(Kind.FIXED_REG, 0, 0, text);
      case "1" -> new Operand(Kind.ONE, 8, 1, text);
      case "ST" -> new Operand(Kind.X87_TOP, 80, 0, text);
      case "STi" -> new Operand(Kind.X87_REGISTER, 80, 0, text);
      case "Ibs" -> new Operand(Kind.SIGNED_BYTE, 0, 0, text);
      default -> new Operand(kind(text), size(text), 0, text);
    };
  }

  private static Kind kind(String text) {
    return switch (text.charAt(0)) {
      case 'E' -> Kind.MODRM;
      case 'G' -> Kind.REG;
      case 'M' -> Kind.MEMORY;
      case 'R' -> Kind.RM_REGISTER;
      case 'r' -> Kind.OPCODE_REG;
      case 'I' -> Kind.IMMEDIATE;
      case 'J' -> Kind.RELATIVE;
      case 'O' -> Kind.OFFSET;
      case 'X' -> Kind.SOURCE_STRING;
      case 'Y' -> Kind.DESTINATION_STRING;
      case 'S' -> Kind.SEGMENT;
      case 'C' -> Kind.CONTROL;
      case 'D' -> Kind.DEBUG;
      case 'A' -> Kind.FAR_ADDRESS;
      case 'F' -> Kind.X87_MEMORY;
      default -> throw new IllegalArgumentException("no operand \"" + text + "\"");
    };
  }

  private static int size(String text) {
    return switch (text.substring(1)) {
      case "b" -> 8;
      case "w" -> 16;
      case "d" -> 32;
      case "q" -> 64;
      case "t" -> 80;
      case "v", "z", "p", "a", "" -> 0;
      default -> throw new IllegalArgumentException("no operand \"" + text + "\"");
    };
  }

  /** True if the operand comes from the ModRM byte, and may be memory. */
  public boolean mayBeMemory() {
    return kind == Kind.MODRM
        || kind == Kind.MEMORY
        || kind == Kind.OFFSET
        || kind == Kind.X87_MEMORY;
  }
}
