// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several processes doing random things at once, compared with a model that knows nothing of
 * objects: each process's bytes in a plain map. Whatever chains, copies, collapses, writes and
 * page-outs happen below, no byte may differ (O16, S34). RAM holds a fraction of what they use.
 *
 * <p>A sequence that fails is told, then made as short as is possible in a minute and told again.
 */
final class RandomOperationsTest {
  private static final int EFFORT = Integer.getInteger("faultline.effort", 1);

  /** In all: 20,000 operations, or 1,000,000 in the long run. */
  private static final int OPERATIONS = 5_000 * EFFORT;

  private static final int CHECK_EVERY = EFFORT == 1 ? 32 : 1024;
  private static final int SHRINK_ATTEMPTS = 1500;

  /** Longer sequences follow from the seed alone. */
  private static final int TOLD = 500;

  /** Nanoseconds of the host's time. */
  private static final long SHRINK_TIME = 60_000_000_000L;

  @ParameterizedTest
  @DisplayName("M66 O16 S25 S34 V30 V33 no byte differs, whatever is done while pages are stolen")
  @ValueSource(longs = {1, 2, 3, 4})
  void noByteDiffers(long seed) {
    List<Operation> operations = Operation.random(seed, OPERATIONS);
    long start = System.nanoTime();
    long stolen = 0;
    try {
      stolen = DifferentialRun.run(operations, seed, CHECK_EVERY);
    } catch (DifferentialRun.Failure failure) {
      System.out.printf("random operations: seed %d: %s%n", seed, failure.getMessage());
      throw shrunk(operations.subList(0, failure.begun), seed, failure);
    }
    System.out.printf(
        "random operations: seed %d, %d operations, %d pages from swap, %d ms%n",
        seed, operations.size(), stolen, (System.nanoTime() - start) / 1_000_000);
    assertThat(stolen).as("pages read from swap").isGreaterThan(OPERATIONS / 10);
  }

  /** The failure of a shorter sequence, if one is found in time. */
  private static AssertionError shrunk(
      List<Operation> failing, long seed, DifferentialRun.Failure failure) {
    long end = System.nanoTime() + SHRINK_TIME;
    List<Operation> small =
        Shrinker.shrink(
            failing, s -> System.nanoTime() - end < 0 && problem(s, seed) != null, SHRINK_ATTEMPTS);
    String message =
        String.format(
            "seed %d: the first %d operations fail: %s%n%d of them are enough: %s",
            seed, failing.size(), failure.getMessage(), small.size(), problem(small, seed));
    return new AssertionError(small.size() > TOLD ? message : message + ": " + small, failure);
  }

  private static @Nullable Throwable problem(List<Operation> operations, long seed) {
    try {
      DifferentialRun.run(operations, seed, 8);
      return null;
    } catch (DifferentialRun.Failure failure) {
      return failure;
    }
  }
}
