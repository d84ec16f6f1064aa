// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.generator;

import dev.faultline.cpu.generator.OpBody.FlagsAfter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The classes of fused pairs, and the factory that finds them. Where the second is a branch on
 * flags that the first sets, the condition is computed from the operands.
 */
final class FusedPairs {
  private static final String FIRST_MISSES = "return first.slow(c);";
  private static final String SECOND_MISSES = "return n.slow(c);";

  private final Map<String, String> classes = new TreeMap<>();
  private final StringBuilder factories = new StringBuilder();
  private final StringBuilder choices = new StringBuilder();
  private final FusionTable table;
  private final Map<String, OpBody> bodies;

  /**
   * All pairs of a table.
   *
   * @param bodies the op classes by name
   */
  FusedPairs(FusionTable table, Map<String, OpBody> bodies) {
    this.table = table;
    this.bodies = bodies;
    table.followers().forEach(this::addAll);
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
    for (String second : seconds) {
      int condition = FusionTable.condition(second);
      String fused =
          condition < 0 ? addPair(first, body(second)) : addBranch(first, second, condition);
      cases.append(choice(second, fused));
    }
    choices.append(
        "      case %d -> after%s(second.fusion());\n".formatted(table.number(name), name));
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

  private String choice(String second, String fused) {
    String group = OpGenerator.group(fused);
    return "      case %d -> new %s.%s();\n".formatted(table.number(second), group, fused);
  }

  private static boolean tellable(FlagsAfter flags, String branch) {
    return switch (branch) {
      case "Je", "Jne", "Js", "Jns" -> true;
      case "Jb", "Jae", "Jbe", "Ja" ->
          flags == FlagsAfter.COMPARE_8 || flags == FlagsAfter.COMPARE_32;
      case "Jl", "Jge", "Jle", "Jg" -> flags != FlagsAfter.RESULT;
      default -> false;
    };
  }

  private String addBranch(OpBody first, String branch, int number) {
    if (!tellable(first.flags(), branch)) {
      throw new IllegalArgumentException(
          "fused pairs: " + branch + " cannot be told from what " + first.name() + " computes");
    }
    String rest =
        """
        Op n = second;
        if (%s) {
        return c.follow(n);
        }
        return n.next.exec(c);
        """
            .formatted(OpBody.condition(number, first.flags()));
    return add(first.name() + branch, OpBody.on(first.fast(), "this", FIRST_MISSES), rest);
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
