// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A failure among thousands of operations is of use only if what causes it can be seen. */
final class ShrinkerTest {
  private static List<Integer> numbers(int count) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(i);
    }
    return all;
  }

  @Test
  void whatDoesNotMatterGoes() {
    List<Integer> small =
        Shrinker.shrink(
            numbers(5000),
            s -> s.contains(17) && s.contains(4711) && s.indexOf(17) < s.indexOf(4711),
            10_000);

    assertThat(small).containsExactly(17, 4711);
  }

  @Test
  void theAttemptsAreBounded() {
    int[] asked = new int[1];
    List<Integer> small =
        Shrinker.shrink(
            numbers(5000),
            s -> {
              asked[0]++;
              return s.size() >= 2500;
            },
            50);

    assertThat(asked[0]).isLessThanOrEqualTo(50);
    assertThat(small).hasSizeBetween(2500, 5000);
  }
}
