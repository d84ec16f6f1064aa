// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import dev.faultline.cpu.decode.Decoder.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints instructions in Intel syntax, as {@code objdump -M intel} does. */
public final class Disassembler {
  private static final String[] NAMES32 = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
  private static final String[] NAMES16 = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
  private static final String[] NAMES8 = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};

  private final Decoder decoder = new Decoder();
  private final Instruction instruction = new Instruction();
  private int length;

  /** Bytes that the last instruction took. */
  public int length() {
    return length;
  }

  /** Disassembles a sequence, instructions parted by semicolons. */
  public String disassembleAll(byte[] code, int eip) {
    List<String> texts = new ArrayList<>();
    for (int at = 0; at < code.length; at += length) {
      texts.add(disassemble(code, at, eip + at));
    }
    return String.join("; ", texts);
  }

  /**
   * Disassembles one instruction.
   *
   * @param code the bytes
   * @param start index of the first
   * @param eip its offset in the code segment, for branch targets
   */
  public String disassemble(byte[] code, int start, int eip) {
    Result result = decoder.decode(code, start, code.length - start, instruction);
    length = result == Result.OK ? instruction.length() : 1;
    if (result != Result.OK) {
      return "(bad)";
    }
    InstructionForm form = instruction.form();
    if (form.isX87() && !instruction.memory()) {
      InstructionForm x87 = I686.table().x87Form(instruction.opcode, instruction.modrm);
      if (x87 == null) {
        return "(bad)";
      }
      form = x87;
    }
    StringBuilder text = new StringBuilder();
    prefixes(form, text);
    text.append(narrow(form) ? form.mnemonic16() : form.mnemonic());
    List<String> operands = new ArrayList<>();
    for (int i = 0; i < form.operands().size(); i++) {
      operands.add(operand(form, i, eip));
    }
    if (form.mnemonic().equals("xlat")) {
      String base = instruction.addressSize16 ? ":[bx]" : ":[ebx]";
      operands.add("BYTE PTR " + SEGMENTS[instruction.segment] + base);
    }
    if (!operands.isEmpty()) {
      text.append(' ').append(String.join(",", operands));
    }
    return text.toString();
  }

  /** JCXZ is named after the width of addresses, all others after that of operands. */
  private boolean narrow(InstructionForm form) {
    return form.opcode().equals("E3") ? instruction.addressSize16 : instruction.operandSize16;
  }

  private void prefixes(InstructionForm form, StringBuilder text) {
    if (instruction.lock) {
      text.append("lock ");
    }
    if (form.has("rep") && instruction.repeat != 0) {
      text.append(instruction.repeat == 0xF3 ? "rep " : "repnz ");
    } else if (form.has("repz") && instruction.repeat != 0) {
      text.append(instruction.repeat == 0xF3 ? "repz " : "repnz ");
    }
  }

  private int size(Operand operand) {
    return operand.size() == 0 ? (instruction.operandSize16 ? 16 : 32) : operand.size();
  }

  private static String register(int number, int size) {
    return switch (size) {
      case 8 -> NAMES8[number];
      case 16 -> NAMES16[number];
      default -> NAMES32[number];
    };
  }

  private String operand(InstructionForm form, int number, int eip) {
    Operand operand = form.operands().get(number);
    int size = size(operand);
    int reg = instruction.modrm >>> 3 & 7;
    int rm = instruction.modrm & 7;
    return switch (operand.kind()) {
      case MODRM, MEMORY, X87_MEMORY ->
          instruction.memory ? width(form, operand) + memory() : register(rm, size);
      case RM_REGISTER -> register(rm, size);
      case REG -> register(reg, size);
      case OPCODE_REG -> register(instruction.opcode & 7, size);
      case IMMEDIATE ->
          hex(
              number == 1 && form.operands().get(0).kind() == operand.kind()
                  ? instruction.immediate2
                  : instruction.immediate);
      case SIGNED_BYTE ->
          hex(instruction.operandSize16 ? instruction.immediate & 0xFFFF : instruction.immediate);
      case RELATIVE -> {
        int target = eip + instruction.length + instruction.immediate;
        yield hex(instruction.operandSize16 ? target & 0xFFFF : target);
      }
      case OFFSET -> SEGMENTS[instruction.segment] + ":" + hex(instruction.displacement);
      case SOURCE_STRING ->
          width(form, operand)
              + SEGMENTS[instruction.segment]
              + (instruction.addressSize16 ? ":[si]" : ":[esi]");
      case DESTINATION_STRING ->
          width(form, operand) + (instruction.addressSize16 ? "es:[di]" : "es:[edi]");
      case SEGMENT -> SEGMENTS[reg];
      case CONTROL -> "cr" + reg;
      case DEBUG -> "dr" + reg;
      case FAR_ADDRESS -> hex(instruction.immediate2) + ":" + hex(instruction.immediate);
      case FIXED_REG -> register(operand.fixed(), size);
      case FIXED_SEGMENT -> operand.text().toLowerCase(Locale.ROOT);
      case ONE -> "1";
      case X87_TOP -> "st";
      case X87_REGISTER -> "st(" + rm + ")";
    };
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }

  /** The size of a memory operand, as the assembler names it. */
  private String width(InstructionForm form, Operand operand) {
    boolean bare = operand.text().equals("F") || operand.text().equals("M");
    if (bare || form.mnemonic().equals("lea")) {
      return "";
    }
    if (form.has("word")) {
      return "WORD PTR ";
    }
    return switch (operand.text().substring(1)) {
      case "p" -> instruction.operandSize16 ? "DWORD PTR " : "FWORD PTR ";
      case "a" -> instruction.operandSize16 ? "DWORD PTR " : "QWORD PTR ";
      default ->
          switch (size(operand)) {
            case 8 -> "BYTE PTR ";
            case 16 -> "WORD PTR ";
            case 32 -> "DWORD PTR ";
            case 64 -> "QWORD PTR ";
            default -> "TBYTE PTR ";
          };
    };
  }

  private String memory() {
    StringBuilder text = new StringBuilder();
    boolean absolute =
        instruction.base == Instruction.NO_REGISTER && instruction.index == Instruction.NO_REGISTER;
    if (instruction.segmentOverride >= 0 || absolute) {
      text.append(SEGMENTS[instruction.segment]).append(':');
    }
    int displacement = instruction.displacement;
    if (absolute) {
      return text.append(hex(displacement)).toString();
    }
    String[] names = instruction.addressSize16 ? NAMES16 : NAMES32;
    text.append('[');
    if (instruction.base != Instruction.NO_REGISTER) {
      text.append(names[instruction.base]);
    }
    if (instruction.index != Instruction.NO_REGISTER) {
      if (instruction.base != Instruction.NO_REGISTER) {
        text.append('+');
      }
      text.append(names[instruction.index]);
      if (!instruction.addressSize16) {
        text.append('*').append(1 << instruction.scale);
      }
    }
    if (instruction.modrm >= 0x40 || instruction.base == Instruction.NO_REGISTER) {
      text.append(displacement < 0 ? "-" : "+").append(hex(Math.abs(displacement)));
    }
    return text.append(']').toString();
  }
}
