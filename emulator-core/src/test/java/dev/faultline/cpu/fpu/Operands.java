// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Random finite operands with a taste for edges: few bits, near exponents, denormals, extremes. */
final class Operands {
  /** Multiplies the length of random campaigns; the long profile raises it. */
  static final int EFFORT = Integer.getInteger("faultline.effort", 1);

  private final RandomGenerator random;

  Operands(long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  long bits() {
    return random.nextLong();
  }

  /** A control word with all exceptions masked, of the given rounding and precision control. */
  static int controlWord(int rounding, int precision) {
    return 0x7F | rounding << 10 | precision << 8;
  }

  /** A significand with the integer bit set. */
  long significand() {
    long bits =
        switch (below(5)) {
          case 0 -> 1L << below(64);
          case 1 -> -1L << below(64);
          case 2 -> -1L >>> below(63) << below(20);
          case 3 -> 1L << below(64) | 3L << below(63);
          default -> bits();
        };
    return bits | Long.MIN_VALUE;
  }

  /** A sign and exponent of a normal number, any or near one that is given. */
  int signExponent(int near) {
    int exponent =
        switch (below(6)) {
          case 0 -> 1 + below(80);
          case 1 -> 0x7FFE - below(80);
          case 2 -> 1 + below(0x7FFE);
          case 3 -> 16383 - 70 + below(140);
          default -> near - 70 + below(140);
        };
    return below(2) << 15 | Math.clamp(exponent, 1, 0x7FFE);
  }
}
