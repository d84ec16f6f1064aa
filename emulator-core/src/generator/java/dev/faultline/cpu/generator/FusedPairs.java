// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.generator;

import dev.faultline.cpu.decode.InstructionForm;
import dev.faultline.cpu.generator.OpBody.FlagsAfter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Pairs of instructions that follow each other often and execute as one op: what sets flags, and
 * the branch that reads them. The condition is then computed from the operands.
 */
final class FusedPairs {
  private static final List<String> FIRST =
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
          "Test8MIb",
          "Add32RI",
          "Add32RR",
          "Sub32RI",
          "Sub32RR",
          "Inc32R",
          "Dec32R",
          "And32RI",
          "And32RR",
          "Or32RR");

  private final Map<String, String> classes = new TreeMap<>();
  private final StringBuilder choices = new StringBuilder();

  /** All pairs of the given classes. */
  FusedPairs(Map<String, OpBody> bodies) {
    for (String name : FIRST) {
      OpBody first = bodies.get(name);
      if (first == null) {
        throw new IllegalArgumentException("no op class " + name);
      }
      for (String condition : InstructionForm.CONDITIONS) {
        if (useful(first.flags(), condition)) {
          add(first, condition);
        }
      }
    }
  }

  private static boolean useful(FlagsAfter flags, String condition) {
    return switch (condition) {
      case "e", "ne", "s", "ns" -> true;
      case "b", "ae", "be", "a" -> flags == FlagsAfter.COMPARE_8 || flags == FlagsAfter.COMPARE_32;
      case "l", "ge", "le", "g" -> flags != FlagsAfter.RESULT;
      default -> false;
    };
  }

  private void add(OpBody first, String condition) {
    String name = first.name() + "J" + condition;
    String test = OpBody.condition(InstructionForm.CONDITIONS.indexOf(condition), first.flags());
    String fast = OpBody.on(first.fast(), "this", "return first.slow(c);");
    classes.put(
        name,
        """
        static final class %s extends FusedOp {
        @Override @Nullable Op exec(Cpu c) {
        int[] r = c.r;
        %sOp n = second;
        if (%s) {
        return c.follow(n);
        }
        return n.next.exec(c);
        }
        }
        """
            .formatted(name, fast, test));
    choices.append(
        "      case \"%s J%s\" -> new %s.%s();\n"
            .formatted(first.name(), condition, OpGenerator.group(name), name));
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

      /** The fused op of two classes, or null if they are not fused. */
      static @Nullable FusedOp create(Op first, Op second) {
        String pair = first.getClass().getSimpleName() + " " + second.getClass().getSimpleName();
        return switch (pair) {
    %s      default -> null;
        };
      }
    }
    """
        .formatted(choices);
  }
}
