// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.generator;

import dev.faultline.cpu.decode.InstructionForm;
import dev.faultline.cpu.generator.OpBody.FlagsAfter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Pairs of instructions that follow each other often and execute as one op, which saves a dispatch.
 * Where the second is a branch on flags that the first sets, the condition is computed from the
 * operands. Which ops are worth it was counted over compiled C programs.
 */
final class FusedPairs {
  /** Set flags for a branch; never fused as second, so that the branch can be. */
  private static final List<String> COMPARING =
      List.of(
          "Cmp32RR",
          "Cmp32RI",
          "Cmp32RM",
          "Cmp32RMb",
          "Cmp32MR",
          "Cmp32MRb",
          "Cmp32MI",
          "Cmp32MIb",
          "Cmp8RR",
          "Cmp8RI",
          "Cmp8RM",
          "Cmp8RMb",
          "Cmp8MR",
          "Cmp8MRb",
          "Cmp8MI",
          "Cmp8MIb",
          "Test32RR",
          "Test32RI",
          "Test8RR",
          "Test8RI",
          "Test8MI",
          "Test8MIb");

  /** Fused with a branch on their result, and with one another. */
  private static final List<String> COMPUTING =
      List.of(
          "Add32RI", "Add32RR", "Sub32RI", "Sub32RR", "Inc32R", "Dec32R", "And32RI", "And32RR",
          "Or32RR", "Xor32RR");

  /** Fused with one another and with {@link #COMPUTING}. */
  private static final List<String> SIMPLE =
      List.of(
          "Mov32RR",
          "Mov32RI",
          "Mov32RMb",
          "Mov32RM",
          "Mov32MRb",
          "Mov32R8Mb",
          "Mov32R8M",
          "Lea32RA",
          "Push32R",
          "Pop32R",
          "Shl32R8I",
          "Shr32R8I",
          "Rol32R8I",
          "Ror32R8I",
          "Add32RMb",
          "Adc32RR",
          "Mov8MIb",
          "Mov8MRb");

  /** Fused as second with all but {@link #COMPARING}. */
  private static final List<String> LAST = List.of("Jump", "Call", "Ret32");

  private static final String FIRST_MISSES = "return first.slow(c);";
  private static final String SECOND_MISSES = "return n.slow(c);";

  private final Map<String, String> classes = new TreeMap<>();
  private final StringBuilder factories = new StringBuilder();
  private final StringBuilder choices = new StringBuilder();
  private final Map<String, OpBody> bodies;

  /** All pairs of the given classes. */
  FusedPairs(Map<String, OpBody> bodies) {
    this.bodies = bodies;
    List<String> computing = new ArrayList<>(COMPUTING);
    computing.addAll(SIMPLE);
    List<String> seconds = new ArrayList<>(computing);
    seconds.addAll(LAST);
    COMPARING.forEach(name -> addAll(name, List.of()));
    computing.forEach(name -> addAll(name, seconds));
  }

  /** The number by which ops are told apart when pairs are looked for; 0 for all others. */
  static int number(String name) {
    List<String> all = new ArrayList<>(COMPARING);
    all.addAll(COMPUTING);
    all.addAll(SIMPLE);
    all.addAll(LAST);
    InstructionForm.CONDITIONS.forEach(condition -> all.add("J" + condition));
    return all.indexOf(name) + 1;
  }

  private OpBody body(String name) {
    OpBody body = bodies.get(name);
    if (body == null) {
      throw new IllegalArgumentException("no op class " + name);
    }
    return body;
  }

  private void addAll(String name, List<String> seconds) {
    OpBody first = body(name);
    StringBuilder cases = new StringBuilder();
    for (String condition : InstructionForm.CONDITIONS) {
      if (!SIMPLE.contains(name) && useful(first.flags(), condition)) {
        cases.append(choice("J" + condition, addBranch(first, condition)));
      }
    }
    for (String second : seconds) {
      cases.append(choice(second, addPair(first, body(second))));
    }
    choices.append("      case %d -> after%s(second.fusion());\n".formatted(number(name), name));
    factories.append(
        """

          private static @Nullable FusedOp after%s(int second) {
            return switch (second) {
        %s      default -> null;
            };
          }
        """
            .formatted(name, cases));
  }

  private static String choice(String second, String fused) {
    String group = OpGenerator.group(fused);
    return "      case %d -> new %s.%s();\n".formatted(number(second), group, fused);
  }

  private static boolean useful(FlagsAfter flags, String condition) {
    return switch (condition) {
      case "e", "ne", "s", "ns" -> true;
      case "b", "ae", "be", "a" -> flags == FlagsAfter.COMPARE_8 || flags == FlagsAfter.COMPARE_32;
      case "l", "ge", "le", "g" -> flags != FlagsAfter.RESULT;
      default -> false;
    };
  }

  private String addBranch(OpBody first, String condition) {
    int number = InstructionForm.CONDITIONS.indexOf(condition);
    String rest =
        """
        Op n = second;
        if (%s) {
        return c.follow(n);
        }
        return n.next.exec(c);
        """
            .formatted(OpBody.condition(number, first.flags()));
    return add(first.name() + "J" + condition, OpBody.on(first.fast(), "this", FIRST_MISSES), rest);
  }

  private String addPair(OpBody first, OpBody second) {
    String last = second.branch().isEmpty() ? "n.next.exec(c)" : second.branch();
    String rest =
        OpBody.on(
            "Op n = second;\n" + second.fast() + "return " + last + ";\n", "n", SECOND_MISSES);
    String block = "{\n" + OpBody.on(first.fast(), "this", FIRST_MISSES) + "}\n";
    return add(first.name() + second.name(), block, rest);
  }

  private String add(String name, String first, String rest) {
    String text = first + rest;
    String registers = text.contains("r[") ? "int[] r = c.r;\n" : "";
    classes.put(
        name,
        """
        static final class %s extends FusedOp {
        @Override @Nullable Op exec(Cpu c) {
        %s%s}
        }
        """
            .formatted(name, registers, text));
    return name;
  }

  /** Class name to source. */
  Map<String, String> classes() {
    return classes;
  }

  String factory() {
    return """
    /** Makes the op of a fused pair. */
    final class FusedOpFactory {
      private FusedOpFactory() {}

      /** The op of two instructions, or null if they are not fused. */
      static @Nullable FusedOp create(Op first, Op second) {
        return switch (first.fusion()) {
    %s      default -> null;
        };
      }
    %s}
    """
        .formatted(choices, factories);
  }
}
