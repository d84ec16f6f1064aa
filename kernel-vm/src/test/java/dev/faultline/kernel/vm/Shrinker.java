// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a failing sequence small: leaves out ever smaller pieces as long as what remains still
 * fails, until no single element can be spared.
 */
final class Shrinker {
  private Shrinker() {}

  /**
   * The smaller sequence.
   *
   * @param fails whether a sequence fails; true for {@code failing}
   * @param attempts how often that may be asked
   */
  static <T> List<T> shrink(List<T> failing, Predicate<List<T>> fails, int attempts) {
    List<T> best = failing;
    int left = attempts;
    int piece = Math.max(1, best.size() / 2);
    while (true) {
      boolean smaller = false;
      int at = 0;
      while (at < best.size() && left-- > 0) {
        List<T> without = new ArrayList<>(best.subList(0, at));
        without.addAll(best.subList(Math.min(best.size(), at + piece), best.size()));
        if (fails.test(without)) {
          best = without;
          smaller = true;
        } else {
          at += piece;
        }
      }
      if (left <= 0 || (piece == 1 && !smaller)) {
        return best;
      }
      piece = Math.max(1, piece / 2);
    }
  }
}
