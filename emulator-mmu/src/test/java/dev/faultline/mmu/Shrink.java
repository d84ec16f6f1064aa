// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Runs of random operations that must hold: on failure the list is cut down to the operations that
 * matter, and printed with its seed. The number of runs grows with {@code -Dfaultline.effort}.
 */
final class Shrink {
  private static final int EFFORT = Integer.getInteger("faultline.effort", 1);

  private Shrink() {}

  /** One random run; the operations must mean something whatever came before them. */
  interface Generator<T> {
    List<T> operations(long seed);
  }

  /**
   * Runs {@code count} lists, seeds 1 and up.
   *
   * @param problem replays a list from a fresh start and says what is wrong; empty if nothing
   */
  static <T> void holds(int count, Generator<T> generator, Function<List<T>, String> problem) {
    for (long seed = 1; seed <= (long) count * EFFORT; seed++) {
      List<T> operations = generator.operations(seed);
      if (!problem.apply(operations).isEmpty()) {
        List<T> shortest = shrink(operations, problem);
        for (List<T> last = List.of(); last.size() != shortest.size(); ) {
          last = shortest;
          shortest = shrink(last, problem);
        }
        throw new AssertionError(
            "seed "
                + seed
                + ": "
                + problem.apply(shortest)
                + shortest.stream().map(o -> "\n  " + o).collect(Collectors.joining()));
      }
    }
  }

  /** Takes out blocks of operations, large ones first, as long as something stays wrong. */
  private static <T> List<T> shrink(List<T> operations, Function<List<T>, String> problem) {
    List<T> shortest = operations;
    for (int block = Math.max(1, operations.size() / 2); block >= 1; block /= 2) {
      for (int from = 0; from < shortest.size(); ) {
        List<T> shorter = new ArrayList<>(shortest);
        shorter.subList(from, Math.min(from + block, shorter.size())).clear();
        if (problem.apply(shorter).isEmpty()) {
          from += block;
        } else {
          shortest = shorter;
        }
      }
    }
    return shortest;
  }
}
