// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.cpu.fpu.ExactValue.Format;
import dev.faultline.cpu.fpu.ExactValue.Rounded;
import org.junit.jupiter.api.Test;

/**
 * Results of arithmetic are the exact results, correctly rounded: in all rounding modes, to all
 * precisions, down to denormals and up to overflow, with the right exceptions and C1.
 */
final class RoundingTest {
  private static final int ROUNDS = 60_000 * Operands.EFFORT;

  private final Operands operands = new Operands(1);
  private final Accumulator acc = new Accumulator();
  private int rounding;
  private int precision;
  private int aSe;
  private long aSig;
  private int bSe;
  private long bSig;

  private void draw() {
    rounding = operands.below(4);
    int control = operands.below(3);
    precision = new int[] {24, 53, 64}[control];
    acc.begin(Operands.controlWord(rounding, control == 0 ? 0 : control + 1));
    aSe = operands.signExponent(16383);
    aSig = operands.significand();
    bSe = operands.signExponent(aSe & 0x7FFF);
    bSig = operands.significand();
    if (operands.below(10) == 0) {
      aSe &= 0x8000;
      aSig = aSig >>> operands.below(64);
    }
    if (operands.below(10) == 0) {
      bSe &= 0x8000;
      bSig = bSig >>> operands.below(64);
    }
  }

  @Test
  void sumsAndDifferences() {
    for (int i = 0; i < ROUNDS; i++) {
      draw();
      int negate = operands.below(2);
      FpuArithmetic.add(acc, aSe, aSig, bSe, bSig, negate);
      ExactValue b = ExactValue.of(bSe, bSig);
      ExactValue exact = ExactValue.of(aSe, aSig).plus(negate == 0 ? b : b.negate());
      if (exact.isZero()) {
        int zero = rounding == Accumulator.DOWN ? 0x8000 : 0;
        assertThat(result()).as(describe("-+")).isEqualTo(ExactValue.bits(zero, 0));
      } else {
        check(exact, negate == 0 ? "+" : "-");
      }
    }
  }

  @Test
  void products() {
    for (int i = 0; i < ROUNDS; i++) {
      draw();
      FpuArithmetic.multiply(acc, aSe, aSig, bSe, bSig);
      check(ExactValue.of(aSe, aSig).times(ExactValue.of(bSe, bSig)), "*");
    }
  }

  @Test
  void productsNearTheSmallestNormalNumber() {
    for (int i = 0; i < ROUNDS; i++) {
      draw();
      // Many ones on top: rounding carries into the exponent, and out of what would be tiny.
      aSig |= -1L << operands.below(64);
      aSe = operands.below(2) << 15 | 200 + operands.below(16000);
      bSe = 16383 - (aSe & 0x7FFF) + 2 - operands.below(6);
      bSig = Long.MIN_VALUE | operands.bits() >>> 1 + operands.below(63);
      FpuArithmetic.multiply(acc, aSe, aSig, bSe, bSig);
      check(ExactValue.of(aSe, aSig).times(ExactValue.of(bSe, bSig)), "*");
    }
  }

  @Test
  void quotients() {
    for (int i = 0; i < ROUNDS; i++) {
      draw();
      FpuArithmetic.divide(acc, aSe, aSig, bSe, bSig);
      check(ExactValue.of(aSe, aSig).dividedBy(ExactValue.of(bSe, bSig)), "/");
    }
  }

  @Test
  void squareRoots() {
    for (int i = 0; i < ROUNDS; i++) {
      draw();
      aSe &= 0x7FFF;
      FpuArithmetic.squareRoot(acc, aSe, aSig);
      check(ExactValue.of(aSe, aSig).squareRoot(), "sqrt");
    }
  }

  @Test
  void squaresHaveExactRoots() {
    for (int i = 0; i < ROUNDS; i++) {
      draw();
      long root = aSig >>> 32 | 1L << 31;
      acc.begin(Operands.controlWord(rounding, 3));
      FpuArithmetic.multiply(acc, 16383, root << 32, 16383, root << 32);
      FpuArithmetic.squareRoot(acc, acc.signExponent, acc.significand);
      assertThat(result()).isEqualTo(ExactValue.bits(16383, root << 32));
      assertThat(acc.exceptions).isZero();
    }
  }

  @Test
  void scaling() {
    precision = 64;
    for (int i = 0; i < ROUNDS; i++) {
      draw();
      precision = 64;
      int by = operands.below(40_000) - 20_000;
      Accumulator scale = new Accumulator();
      FpuConvert.fromInteger(scale, by);
      bSe = scale.signExponent;
      bSig = scale.significand;
      FpuScaling.scale(acc, aSe, aSig, bSe, bSig);
      ExactValue a = ExactValue.of(aSe, aSig);
      check(new ExactValue(a.sign(), a.magnitude(), a.scale() + by, false), "scale");
    }
  }

  private void check(ExactValue exact, String operation) {
    Rounded rounded = exact.round(Format.extended(precision), rounding);
    String what = describe(operation);
    assertThat(result()).as(what).isEqualTo(ExactValue.extendedBits(exact.sign(), rounded));
    assertThat(acc.exceptions & ~Accumulator.DENORMAL)
        .as("exceptions of %s", what)
        .isEqualTo(rounded.exceptions());
    assertThat(acc.c1).as("C1 of %s", what).isEqualTo(rounded.up());
  }

  private String result() {
    return ExactValue.bits(acc.signExponent, acc.significand);
  }

  private String describe(String operation) {
    return "%s %s %s, RC %d, %d bits"
        .formatted(
            ExactValue.bits(aSe, aSig), operation, ExactValue.bits(bSe, bSig), rounding, precision);
  }
}
