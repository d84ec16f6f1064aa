// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The instruction set: all forms, and the maps from opcode bytes to them.
 *
 * <p>Only the opcode column is read at once; the rest of a line when its form is asked for: a
 * program uses a tenth of them, and reading all takes longer than most else at the start.
 */
public final class InstructionTable {
  private static final short NONE = -1;

  private final String[] lines;

  /** By form: index of its line, and its condition or -1. */
  private int[] lineOf = new int[512];

  private byte[] conditionOf = new byte[512];
  private int count;

  /** By form; null until it is asked for. */
  private final InstructionForm[] parsed;

  /** By opcode map (0: one byte, 1: after 0F), opcode, ModRM reg field, register or memory. */
  private final short[] byOpcode = none(2 << 12);

  private final boolean[] hasModrm = new boolean[2 << 8];

  /** After F3, by opcode of the first map. */
  private final short[] afterRepeat = none(1 << 8);

  /** x87 register forms by opcode and ModRM byte, for mnemonics. */
  private final short[] x87 = none(8 << 6);

  /**
   * Reads a table; lines are numbered from 1 in error messages.
   *
   * @throws IllegalArgumentException for an opcode that makes no sense or is there twice
   */
  public InstructionTable(String text) {
    lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i];
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      try {
        addLine(i);
      } catch (IllegalArgumentException e) {
        throw error(i, e);
      }
    }
    parsed = new InstructionForm[count];
  }

  private static short[] none(int size) {
    short[] ids = new short[size];
    Arrays.fill(ids, NONE);
    return ids;
  }

  private IllegalArgumentException error(int line, IllegalArgumentException e) {
    return new IllegalArgumentException(
        "instruction table, line " + (line + 1) + ": " + e.getMessage() + ": " + lines[line], e);
  }

  /**
   * All forms; a form's id is its index.
   *
   * @throws IllegalArgumentException for a line that makes no sense
   */
  public List<InstructionForm> forms() {
    List<InstructionForm> all = new ArrayList<>(count);
    for (int id = 0; id < count; id++) {
      all.add(form(id));
    }
    return all;
  }

  @SuppressWarnings("NullAway") // as form(int, int, int, boolean)
  private InstructionForm form(int id) {
    if (id == NONE) {
      return null;
    }
    InstructionForm form = parsed[id];
    if (form == null) {
      try {
        form = InstructionForm.parse(id, lines[lineOf[id]], conditionOf[id]);
      } catch (IllegalArgumentException e) {
        throw error(lineOf[id], e);
      }
      parsed[id] = form;
    }
    return form;
  }

  private String opcodeOf(int id) {
    String line = lines[lineOf[id]];
    return line.substring(0, line.indexOf("  "));
  }

  private void addLine(int line) {
    int end = lines[line].indexOf("  ");
    if (end < 0) {
      throw new IllegalArgumentException("columns are two spaces apart");
    }
    String opcode = lines[line].substring(0, end);
    if (opcode.contains("+cc")) {
      for (int condition = 0; condition < 16; condition++) {
        add(line, opcode, condition);
      }
    } else {
      add(line, opcode, -1);
    }
  }

  private void add(int line, String text, int condition) {
    int form = count++;
    if (form == lineOf.length) {
      lineOf = Arrays.copyOf(lineOf, 2 * form);
      conditionOf = Arrays.copyOf(conditionOf, 2 * form);
    }
    lineOf[form] = line;
    conditionOf[form] = (byte) condition;
    String[] parts = text.split(" ", -1);
    int part = 0;
    boolean repeat = parts[0].equals("F3");
    if (repeat) {
      part++;
    }
    int map = 0;
    if (parts[part].equals("0F")) {
      map = 1;
      part++;
    }
    String byteText = parts[part];
    int opcode = Integer.parseInt(byteText, 0, 2, 16);
    String last = parts[parts.length - 1];
    if (repeat) {
      afterRepeat[opcode] = (short) form;
    } else if (map == 0 && opcode >>> 3 == 0xD8 >>> 3 && !last.startsWith("/")) {
      addX87(form, opcode, last);
    } else if (condition >= 0) {
      put(form, map, opcode + condition, last.startsWith("/") ? last : "");
    } else if (byteText.endsWith("+r")) {
      for (int i = 0; i < 8; i++) {
        put(form, map, opcode + i, "");
      }
    } else {
      put(form, map, opcode, last.startsWith("/") ? last : "");
    }
  }

  private void addX87(int form, int opcode, String last) {
    int modrm = Integer.parseInt(last.substring(0, 2), 16);
    int count = last.endsWith("+i") ? 8 : 1;
    for (int i = 0; i < count; i++) {
      x87[(opcode & 7) << 6 | modrm & 0x3F | i] = (short) form;
    }
    // All register encodings of these opcodes go to the unit, defined or not.
    hasModrm[opcode] = true;
    for (int reg = 0; reg < 8; reg++) {
      int index = index(0, opcode, reg, false);
      if (byOpcode[index] == NONE) {
        byOpcode[index] = (short) form;
      }
    }
  }

  private void put(int form, int map, int opcode, String modrm) {
    hasModrm[map << 8 | opcode] |= !modrm.isEmpty();
    boolean memory = !modrm.endsWith(":r");
    boolean register = !modrm.endsWith(":m");
    for (int reg = 0; reg < 8; reg++) {
      boolean digit = modrm.length() > 1 && Character.isDigit(modrm.charAt(1));
      if (digit && modrm.charAt(1) - '0' != reg) {
        continue;
      }
      if (memory) {
        claim(form, index(map, opcode, reg, true));
      }
      if (register) {
        claim(form, index(map, opcode, reg, false));
      }
    }
  }

  private void claim(int form, int index) {
    if (byOpcode[index] != NONE) {
      throw new IllegalArgumentException("the encoding is taken by " + opcodeOf(byOpcode[index]));
    }
    byOpcode[index] = (short) form;
  }

  private static int index(int map, int opcode, int reg, boolean memory) {
    return map << 12 | opcode << 4 | reg << 1 | (memory ? 1 : 0);
  }

  /** True if a ModRM byte follows the opcode. */
  boolean hasModrm(int map, int opcode) {
    return hasModrm[map << 8 | opcode];
  }

  /** The form of an opcode, or null if it is undefined. */
  @SuppressWarnings(
      "NullAway") // arrays of nullable elements, without annotations for the generator
  InstructionForm form(int map, int opcode, int reg, boolean memory) {
    return form(byOpcode[index(map, opcode, reg, memory)]);
  }

  /** The form that an opcode of the first map has after F3, or null if the prefix is ignored. */
  @SuppressWarnings("NullAway")
  InstructionForm formAfterRepeat(int opcode) {
    return form(afterRepeat[opcode]);
  }

  /** The form of an x87 instruction without memory operand, or null if it is undefined. */
  @SuppressWarnings("NullAway")
  InstructionForm x87Form(int opcode, int modrm) {
    return form(x87[(opcode & 7) << 6 | modrm & 0x3F]);
  }
}
