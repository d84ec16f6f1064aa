// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.generator;

import dev.faultline.cpu.decode.InstructionForm;
import dev.faultline.cpu.decode.Operand;
import java.util.List;
import java.util.Locale;

/**
 * What one op class does, as text.
 *
 * @param name of the class
 * @param fast statements of {@code exec}, without the step to the next op; {@code o.} stands before
 *     each field of the op and {@code MISS} for leaving to the slow path
 * @param branch expression for the next op, if it is not simply the following one; else empty
 * @param slow statements of {@code slow}, or empty if there is no slow path
 * @param flags what is known of the flags afterwards
 */
record OpBody(String name, String fast, String branch, String slow, FlagsAfter flags) {
  /** What a fused branch can make use of. */
  enum FlagsAfter {
    /** Nothing is known. */
    UNKNOWN,
    /** Of comparing {@code x} and {@code y}, 8 bits. */
    COMPARE_8,
    /** Of comparing {@code x} and {@code y}, 32 bits. */
    COMPARE_32,
    /** Of a result with CF and OF clear. */
    LOGIC,
    /** Of a result. */
    RESULT
  }

  /** Pushes the address of the next instruction. */
  static final String PUSH_RETURN =
      """
      int esp = r[Cpu.ESP] - 4;
      int i = c.writeIndex(esp, 4);
      if (i < 0) {
      MISS
      }
      PhysicalMemory.INT.set(c.ram, i, c.codeEip + o.nextOffset());
      r[Cpu.ESP] = esp;
      """;

  // ---- what classes a form needs ---------------------------------------------------------------

  private static char style(InstructionForm form) {
    return form.operation().charAt(0);
  }

  private static boolean custom(InstructionForm form) {
    return style(form) == '!' || style(form) == '>';
  }

  /** False if one class serves register and memory operands. */
  static boolean dependsOnShape(InstructionForm form) {
    return !custom(form);
  }

  /** True if there is a faster class for an operand without index or a branch within the page. */
  static boolean hasShortcut(InstructionForm form, boolean size16, boolean memory) {
    return switch (form.operation()) {
      case "jcc", "jmp", "call" -> !size16;
      default -> memory && !custom(form) && !size16 && !form.access().contains("a");
    };
  }

  /** The body of the class for a form with these operands. */
  static OpBody of(InstructionForm form, boolean size16, boolean memory, boolean shortcut) {
    int size = size16 ? 16 : 32;
    return switch (form.operation()) {
      case "jcc", "jmp", "call" -> relative(form, size, shortcut);
      case "ret" -> ret(size);
      default ->
          custom(form)
              ? custom(form, size16)
              : new Computation(form, size16, memory, shortcut).body();
    };
  }

  /** The size that a method's name ends in, as text; none for operations without operands. */
  static String suffix(InstructionForm form, boolean size16) {
    if (form.has("plain") || form.isX87()) {
      return "";
    }
    if (form.sized()) {
      return size16 ? "16" : "32";
    }
    for (int i = 0; i < form.operands().size(); i++) {
      Operand operand = form.operands().get(i);
      if (operand.size() != 0 && !operand.text().equals("DX")) {
        return Integer.toString(operand.size());
      }
    }
    return "";
  }

  static String capitalized(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  // ---- instructions as a whole -----------------------------------------------------------------

  private static OpBody custom(InstructionForm form, boolean size16) {
    String method = form.operation().substring(1) + suffix(form, size16);
    String name = method.replace(".", "") + "Op";
    if (style(form) == '>') {
      return new OpBody(name, "c.at = o.at;\n", method + "(c, o.this)", "", FlagsAfter.UNKNOWN);
    }
    String fast = "c.at = o.at;\n" + method + "(c, o.this);\n";
    return new OpBody(name, fast, "c.resume(o.this)", "", FlagsAfter.UNKNOWN);
  }

  private static OpBody relative(InstructionForm form, int size, boolean linked) {
    String at = "c.at = o.at;\n";
    int bytes = size / 8;
    return switch (form.operation()) {
      case "jcc" -> {
        if (!linked) {
          String branch = "Control.branch(c, o.this, " + bytes + ")";
          yield new OpBody("Branch" + size, at, branch, "", FlagsAfter.UNKNOWN);
        }
        String condition = condition(form.condition(), FlagsAfter.UNKNOWN);
        String fast = "if (" + condition + ") {\nreturn c.follow(o.this);\n}\n";
        String name = "J" + InstructionForm.CONDITIONS.get(form.condition());
        yield new OpBody(name, fast, "", "", FlagsAfter.UNKNOWN);
      }
      case "jmp" ->
          linked
              ? new OpBody("Jump", "", "c.follow(o.this)", "", FlagsAfter.UNKNOWN)
              : new OpBody(
                  "JumpOut" + size,
                  at,
                  "Control.jump(c, o.this, " + bytes + ")",
                  "",
                  FlagsAfter.UNKNOWN);
      default -> {
        String slow = at + "return Control.callRelative(c, this, " + bytes + ");\n";
        if (!linked) {
          String branch = "Control.callRelative(c, o.this, " + bytes + ")";
          yield new OpBody("CallOut" + size, at, branch, "", FlagsAfter.UNKNOWN);
        }
        yield new OpBody("Call", PUSH_RETURN, "c.follow(o.this)", slow, FlagsAfter.UNKNOWN);
      }
    };
  }

  private static OpBody ret(int size) {
    String slow = "c.at = at;\nreturn Control.ret(c, this, " + size / 8 + ");\n";
    if (size == 16) {
      return new OpBody("Ret16", "", "o.slow(c)", slow, FlagsAfter.UNKNOWN);
    }
    String fast =
        """
        int i = c.readIndex(r[Cpu.ESP], 4);
        if (i < 0) {
        MISS
        }
        int eip = (int) PhysicalMemory.INT.get(c.ram, i);
        r[Cpu.ESP] += 4 + o.immediate;
        """;
    return new OpBody("Ret32", fast, "c.transfer(o.this, eip)", slow, FlagsAfter.UNKNOWN);
  }

  // ---- conditions ------------------------------------------------------------------------------

  /** The Java expression of a condition, given what is known of the flags. */
  static String condition(int number, FlagsAfter known) {
    String expression =
        switch (known) {
          case UNKNOWN ->
              List.of(
                      "c.overflow()",
                      "c.carry()",
                      "c.zero()",
                      "c.belowOrEqual()",
                      "c.sign()",
                      "c.parity()",
                      "c.less()",
                      "c.lessOrEqual()")
                  .get(number >>> 1);
          case COMPARE_8 ->
              List.of(
                      "c.overflow()",
                      "x < y",
                      "x == y",
                      "x <= y",
                      "(byte) (x - y) < 0",
                      "c.parity()",
                      "(byte) x < (byte) y",
                      "(byte) x <= (byte) y")
                  .get(number >>> 1);
          case COMPARE_32 ->
              List.of(
                      "c.overflow()",
                      "Integer.compareUnsigned(x, y) < 0",
                      "x == y",
                      "Integer.compareUnsigned(x, y) <= 0",
                      "x - y < 0",
                      "c.parity()",
                      "x < y",
                      "x <= y")
                  .get(number >>> 1);
          case LOGIC ->
              List.of(
                      "false",
                      "false",
                      "c.result == 0",
                      "c.result == 0",
                      "c.result < 0",
                      "c.parity()",
                      "c.result < 0",
                      "c.result <= 0")
                  .get(number >>> 1);
          case RESULT ->
              List.of(
                      "c.overflow()",
                      "c.carry()",
                      "c.result == 0",
                      "c.belowOrEqual()",
                      "c.result < 0",
                      "c.parity()",
                      "c.less()",
                      "c.lessOrEqual()")
                  .get(number >>> 1);
        };
    return (number & 1) == 0 ? expression : "!(" + expression + ")";
  }

  // ---- the class -------------------------------------------------------------------------------

  /** The text with the fields of {@code op}, and {@code miss} where the slow path is taken. */
  static String on(String text, String op, String miss) {
    String field = op.equals("this") ? "" : op + ".";
    return text.replace("o.this", op).replace("o.", field).replace("MISS", miss);
  }

  /**
   * The class.
   *
   * @param fusion its number in the table of fused pairs, or 0
   */
  String source(int fusion) {
    StringBuilder text = new StringBuilder();
    text.append("static final class ").append(name).append(" extends Op {\n");
    text.append("@Override @Nullable Op exec(Cpu c) {\n");
    if (fast.contains("r[")) {
      text.append("int[] r = c.r;\n");
    }
    text.append(on(fast, "this", "return slow(c);"));
    String result = branch.isEmpty() ? "next.exec(c)" : on(branch, "this", "");
    text.append("return ").append(result).append(";\n}\n");
    if (!slow.isEmpty()) {
      text.append("@Override @Nullable Op slow(Cpu c) {\n");
      if (slow.contains("r[")) {
        text.append("int[] r = c.r;\n");
      }
      text.append(on(slow, "this", "")).append("}\n");
    }
    if (fusion != 0) {
      text.append("@Override int fusion() {\nreturn ").append(fusion).append(";\n}\n");
    }
    return text.append("}\n").toString();
  }
}
