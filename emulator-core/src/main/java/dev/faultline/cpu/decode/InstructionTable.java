// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The instruction set: all forms, and the maps from opcode bytes to them. */
public final class InstructionTable {
  private static final String RESOURCE = "/dev/faultline/cpu/i686.ins";

  private static final class Holder {
    static final InstructionTable I686 = load();
  }

  private final List<InstructionForm> forms = new ArrayList<>();

  /** By opcode map (0: one byte, 1: after 0F), opcode, ModRM reg field, register or memory. */
  private final InstructionForm[] byOpcode = new InstructionForm[2 << 12];

  private final boolean[] hasModrm = new boolean[2 << 8];

  /** After F3, by opcode of the first map. */
  private final InstructionForm[] afterRepeat = new InstructionForm[1 << 8];

  /** x87 register forms by opcode and ModRM byte, for mnemonics. */
  private final InstructionForm[] x87 = new InstructionForm[8 << 6];

  /** Reads a table; lines are numbered from 1 in error messages. */
  InstructionTable(Reader text) throws IOException {
    BufferedReader lines = new BufferedReader(text);
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      try {
        addLine(line);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "instruction table, line " + number + ": " + e.getMessage() + ": " + line, e);
      }
    }
  }

  /** The i686's instruction set. */
  public static InstructionTable i686() {
    return Holder.I686;
  }

  private static InstructionTable load() {
    try (InputStream in = InstructionTable.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the build has left out " + RESOURCE);
      }
      return new InstructionTable(new InputStreamReader(in, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a table from a stream: for the generator. */
  public static InstructionTable read(Reader text) throws IOException {
    return new InstructionTable(text);
  }

  /** All forms; a form's id is its index. */
  public List<InstructionForm> forms() {
    return forms;
  }

  private void addLine(String line) {
    if (line.substring(0, line.indexOf("  ")).endsWith("+cc")) {
      for (int condition = 0; condition < 16; condition++) {
        add(InstructionForm.parse(forms.size(), line, condition));
      }
    } else {
      add(InstructionForm.parse(forms.size(), line, -1));
    }
  }

  private void add(InstructionForm form) {
    forms.add(form);
    String text = form.opcode();
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
    int opcode = Integer.parseInt(byteText.substring(0, 2), 16);
    String last = parts[parts.length - 1];
    if (repeat) {
      afterRepeat[opcode] = form;
    } else if (map == 0 && opcode >>> 3 == 0xD8 >>> 3 && !last.startsWith("/")) {
      addX87(form, opcode, last);
    } else if (byteText.endsWith("+cc")) {
      put(form, map, opcode + form.condition(), "");
    } else if (byteText.endsWith("+r")) {
      for (int i = 0; i < 8; i++) {
        put(form, map, opcode + i, "");
      }
    } else {
      put(form, map, opcode, last.startsWith("/") ? last : "");
    }
  }

  private void addX87(InstructionForm form, int opcode, String last) {
    int modrm = Integer.parseInt(last.substring(0, 2), 16);
    int count = last.endsWith("+i") ? 8 : 1;
    for (int i = 0; i < count; i++) {
      x87[(opcode & 7) << 6 | modrm & 0x3F | i] = form;
    }
    // All register encodings of these opcodes go to the unit, defined or not.
    hasModrm[opcode] = true;
    for (int reg = 0; reg < 8; reg++) {
      int index = index(0, opcode, reg, false);
      if (byOpcode[index] == null) {
        byOpcode[index] = form;
      }
    }
  }

  private void put(InstructionForm form, int map, int opcode, String modrm) {
    boolean needs =
        !modrm.isEmpty() || form.operands().stream().anyMatch(o -> o.kind() == Operand.Kind.MODRM);
    hasModrm[map << 8 | opcode] |= needs;
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

  private void claim(InstructionForm form, int index) {
    if (byOpcode[index] != null) {
      throw new IllegalArgumentException("the encoding is taken by " + byOpcode[index].opcode());
    }
    byOpcode[index] = form;
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
    return byOpcode[index(map, opcode, reg, memory)];
  }

  /** The form that an opcode of the first map has after F3, or null if the prefix is ignored. */
  @SuppressWarnings("NullAway")
  InstructionForm formAfterRepeat(int opcode) {
    return afterRepeat[opcode];
  }

  /** The form of an x87 instruction without memory operand, or null if it is undefined. */
  @SuppressWarnings("NullAway")
  InstructionForm x87Form(int opcode, int modrm) {
    return x87[(opcode & 7) << 6 | modrm & 0x3F];
  }
}
