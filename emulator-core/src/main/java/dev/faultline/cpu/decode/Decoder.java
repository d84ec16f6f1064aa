// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import dev.faultline.cpu.decode.Operand.Kind;

/** Decodes 32-bit code (SDM volume 2, chapter 2). Not thread-safe: it reads into fields. */
public final class Decoder {
  /** What {@link #decode} found. */
  public enum Result {
    /** An instruction. */
    OK,
    /** The encoding is undefined: #UD. */
    UNDEFINED,
    /** More bytes are needed than were given. */
    MORE,
    /** Longer than 15 bytes: #GP(0). */
    TOO_LONG
  }

  /** The longest instruction, in bytes. */
  public static final int MAX_LENGTH = 15;

  private static final int SS = 2;
  private static final int DS = 3;
  private static final int ESP = 4;
  private static final int EBP = 5;

  private final InstructionTable table;
  private byte[] code = new byte[0];
  private int position;
  private int limit;

  /** A decoder for the i686's instruction set. */
  public Decoder() {
    table = I686.table();
  }

  /**
   * Decodes one instruction.
   *
   * @param bytes where the code is
   * @param start index of the first byte
   * @param available how many bytes may be read, at least 1
   * @param out the instruction; its contents mean something only if the result is OK, but its
   *     prefixes, opcode and length so far also if the result is UNDEFINED
   */
  public Result decode(byte[] bytes, int start, int available, Instruction out) {
    code = bytes;
    position = start;
    limit = start + Math.min(available, MAX_LENGTH);
    boolean defined = decode(out);
    out.length = position - start;
    if (position > limit) {
      return available >= MAX_LENGTH ? Result.TOO_LONG : Result.MORE;
    }
    return defined ? Result.OK : Result.UNDEFINED;
  }

  private int next8() {
    int at = position++;
    return at < limit ? code[at] & 0xFF : 0;
  }

  private int next16() {
    return next8() | next8() << 8;
  }

  private int next32() {
    return next16() | next16() << 16;
  }

  private boolean decode(Instruction out) {
    out.operandSize16 = false;
    out.addressSize16 = false;
    out.lock = false;
    out.repeat = 0;
    out.segmentOverride = -1;
    out.modrm = 0;
    out.memory = false;
    out.base = Instruction.NO_REGISTER;
    out.index = Instruction.NO_REGISTER;
    out.scale = 0;
    out.displacement = 0;
    out.segment = DS;
    out.immediate = 0;
    out.immediate2 = 0;
    int opcode = next8();
    while (prefix(opcode, out)) {
      opcode = next8();
    }
    int map = 0;
    if (opcode == 0x0F) {
      map = 1;
      opcode = next8();
    }
    out.opcode = opcode;
    InstructionForm form = map == 0 && out.repeat == 0xF3 ? table.formAfterRepeat(opcode) : null;
    if (form == null) {
      boolean hasModrm = table.hasModrm(map, opcode);
      if (hasModrm) {
        out.modrm = next8();
      }
      form = table.form(map, opcode, out.modrm >>> 3 & 7, hasModrm && out.modrm < 0xC0);
      if (form == null) {
        return false;
      }
      if (hasModrm && out.modrm < 0xC0 && !hasRegisterOnly(form)) {
        memoryOperand(out);
      }
    }
    out.form = form;
    if (out.segmentOverride >= 0) {
      out.segment = out.segmentOverride;
    }
    for (int i = 0; i < form.operands().size(); i++) {
      immediates(i, out);
    }
    return legal(form, out);
  }

  /** True for a form whose rm field is a register whatever mod says. */
  private static boolean hasRegisterOnly(InstructionForm form) {
    for (int i = 0; i < form.operands().size(); i++) {
      if (form.operands().get(i).kind() == Kind.RM_REGISTER) {
        return true;
      }
    }
    return false;
  }

  private static boolean prefix(int b, Instruction out) {
    switch (b) {
      case 0x26 -> out.segmentOverride = 0;
      case 0x2E -> out.segmentOverride = 1;
      case 0x36 -> out.segmentOverride = 2;
      case 0x3E -> out.segmentOverride = 3;
      case 0x64 -> out.segmentOverride = 4;
      case 0x65 -> out.segmentOverride = 5;
      case 0x66 -> out.operandSize16 = true;
      case 0x67 -> out.addressSize16 = true;
      case 0xF0 -> out.lock = true;
      case 0xF2, 0xF3 -> out.repeat = b;
      default -> {
        return false;
      }
    }
    return true;
  }

  private void memoryOperand(Instruction out) {
    out.memory = true;
    if (out.addressSize16) {
      memoryOperand16(out);
      return;
    }
    int mod = out.modrm >>> 6;
    int rm = out.modrm & 7;
    int base = rm;
    if (rm == ESP) {
      int sib = next8();
      base = sib & 7;
      int index = sib >>> 3 & 7;
      if (index != ESP) {
        out.index = index;
        out.scale = sib >>> 6;
      }
    }
    if (base == EBP && mod == 0) {
      out.displacement = next32();
      return;
    }
    out.base = base;
    out.segment = base == ESP || base == EBP ? SS : DS;
    if (mod == 1) {
      out.displacement = (byte) next8();
    } else if (mod == 2) {
      out.displacement = next32();
    }
  }

  private void memoryOperand16(Instruction out) {
    int mod = out.modrm >>> 6;
    int rm = out.modrm & 7;
    if (mod == 0 && rm == 6) {
      out.displacement = next16();
      return;
    }
    // BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX
    out.base = rm < 4 ? (rm < 2 ? 3 : 5) : rm == 4 ? 6 : rm == 5 ? 7 : rm == 6 ? 5 : 3;
    if (rm < 4) {
      out.index = 6 + (rm & 1);
    }
    out.segment = out.base == EBP ? SS : DS;
    if (mod == 1) {
      out.displacement = (byte) next8();
    } else if (mod == 2) {
      out.displacement = (short) next16();
    }
  }

  private void immediates(int number, Instruction out) {
    Operand operand = out.form().operands().get(number);
    switch (operand.kind()) {
      case IMMEDIATE -> {
        // The second one of ENTER; elsewhere there is only one.
        if (number == 1 && out.form().operands().get(0).kind() == Kind.IMMEDIATE) {
          out.immediate2 = immediate(operand.size(), out);
        } else {
          out.immediate = immediate(operand.size(), out);
        }
      }
      case RELATIVE -> out.immediate = distance(operand.size(), out);
      case SIGNED_BYTE -> {
        int value = (byte) next8();
        out.immediate = out.operandSize16 ? value & 0xFFFF : value;
      }
      case ONE -> out.immediate = 1;
      case OFFSET -> {
        out.memory = true;
        out.displacement = out.addressSize16 ? next16() : next32();
      }
      case FAR_ADDRESS -> {
        out.immediate = out.operandSize16 ? next16() : next32();
        out.immediate2 = next16();
      }
      default -> {}
    }
  }

  private int immediate(int size, Instruction out) {
    return switch (size) {
      case 8 -> next8();
      case 16 -> next16();
      default -> out.operandSize16 ? next16() : next32();
    };
  }

  private int distance(int size, Instruction out) {
    if (size == 8) {
      return (byte) next8();
    }
    return out.operandSize16 ? (short) next16() : next32();
  }

  /** LOCK where it is not allowed, and registers that do not exist. */
  private static boolean legal(InstructionForm form, Instruction out) {
    if (out.lock && !(out.memory && form.has("lock"))) {
      return false;
    }
    int reg = out.modrm >>> 3 & 7;
    for (int i = 0; i < form.operands().size(); i++) {
      boolean missing =
          switch (form.operands().get(i).kind()) {
            // CS can be stored, not loaded.
            case SEGMENT -> reg > 5 || (reg == 1 && i == 0);
            case CONTROL -> reg != 0 && (reg < 2 || reg > 4);
            default -> false;
          };
      if (missing) {
        return false;
      }
    }
    return true;
  }
}
