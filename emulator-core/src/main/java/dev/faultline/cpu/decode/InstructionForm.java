// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

import java.util.List;

/**
 * One line of the instruction table; a line for sixteen conditions gives sixteen forms.
 *
 * @param id position among all forms
 * @param opcode the opcode column
 * @param mnemonic with a 32-bit operand size
 * @param mnemonic16 with a 16-bit operand size
 * @param operands in order
 * @param access one letter per operand: r read, w written, m modified, a address only
 * @param operation the operation column
 * @param condition 0 to 15, or -1
 * @param defined letters of the status flags that get a defined value
 * @param undefined letters of the status flags that get an undefined value
 * @param attributes the attributes column
 */
public record InstructionForm(
    int id,
    String opcode,
    String mnemonic,
    String mnemonic16,
    List<Operand> operands,
    String access,
    String operation,
    int condition,
    String defined,
    String undefined,
    List<String> attributes) {
  /** Condition names by number. */
  public static final List<String> CONDITIONS =
      List.of(
          "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g");

  private static final String EVERY_FLAG = "OSZAPC";

  /** Reads a line of the table that has {@code condition} where it says +cc, or -1. */
  static InstructionForm parse(int id, String line, int condition) {
    String[] columns = columns(line);
    String suffix = condition < 0 ? "" : CONDITIONS.get(condition);
    String[] mnemonics = columns[1].split("/", -1);
    List<Operand> operands =
        columns[2].equals("-") ? List.of() : operands(columns[2].split(",", -1));
    return new InstructionForm(
        id,
        columns[0],
        mnemonics[mnemonics.length - 1] + suffix,
        mnemonics[0] + suffix,
        operands,
        columns[3].equals("-") ? "" : columns[3],
        columns[4],
        condition,
        flags(columns[5], true),
        flags(columns[5], false),
        columns[6].isEmpty() ? List.of() : List.of(columns[6].split(" ", -1)));
  }

  /** The columns, two spaces or more apart; the last may be missing. */
  private static String[] columns(String line) {
    String[] columns = new String[7];
    int found = 0;
    int at = 0;
    int end = line.length();
    while (at < end && found < columns.length) {
      int next = line.indexOf("  ", at);
      int stop = next < 0 ? end : next;
      columns[found++] = line.substring(at, stop);
      at = stop;
      while (at < end && line.charAt(at) == ' ') {
        at++;
      }
    }
    if (found < 6) {
      throw new IllegalArgumentException("want at least six columns, found " + found);
    }
    if (found == 6) {
      columns[6] = "";
    }
    return columns;
  }

  private static List<Operand> operands(String[] texts) {
    Operand[] operands = new Operand[texts.length];
    for (int i = 0; i < texts.length; i++) {
      operands[i] = Operand.parse(texts[i]);
    }
    return List.of(operands);
  }

  /** The letters of the flags column that are capitals, or those that are small. */
  private static String flags(String column, boolean capitals) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < column.length(); i++) {
      char c = column.charAt(i);
      if (c != '-' && EVERY_FLAG.indexOf(c) >= 0 == capitals) {
        letters.append(c);
      }
    }
    return letters.toString();
  }

  /** True if the attributes column has this word. */
  public boolean has(String attribute) {
    return attributes.contains(attribute);
  }

  /** True if the operand size changes what the form does. */
  public boolean sized() {
    return has("v") || has("relative") || operands.stream().anyMatch(o -> o.size() == 0);
  }

  /** True if an x87 instruction. */
  public boolean isX87() {
    return operation.startsWith("!X87") && !opcode.equals("9B");
  }
}
