// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.cpu.fpu.ExactValue.Format;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;

/**
 * Transcendental results are the exact ones, correctly rounded. An error of 2^-120 could make one
 * of 2^50 results miss; none of the arguments here does.
 */
final class TranscendentalTest {
  private static final int ROUNDS = 250 * Operands.EFFORT;

  /** Of fixed point: 128 more than the smallest argument's lowest bit needs. */
  private static final int BITS = 512;

  private final Operands operands = new Operands(3);
  private final ExactFunctions exact = new ExactFunctions(BITS);
  private final FpuTrigonometry trigonometry = new FpuTrigonometry();
  private final FpuLogarithm logarithm = new FpuLogarithm();
  private final Accumulator acc = new Accumulator();
  private int rounding;
  private int se;
  private long sig;

  /** Draws an argument of magnitude below {@code 2^limit}. */
  private void draw(int limit) {
    rounding = operands.below(4);
    acc.begin(Operands.controlWord(rounding, 3));
    int below = operands.below(3) == 0 ? 100 : 8;
    se = operands.below(2) << 15 | 16383 + limit - 1 - operands.below(below);
    sig = operands.significand();
  }

  private void check(BigInteger fixed) {
    ExactValue value = exact.value(fixed);
    assertThat(ExactValue.bits(acc.signExponent, acc.significand))
        .as("of %s, RC %d", ExactValue.bits(se, sig), rounding)
        .isEqualTo(
            ExactValue.extendedBits(value.sign(), value.round(Format.extended(64), rounding)));
    assertThat(acc.exceptions).isEqualTo(Accumulator.PRECISION);
  }

  private BigInteger magnitude() {
    return exact.fixed(ExactValue.of(se, sig));
  }

  private BigInteger signed(BigInteger oddFunction) {
    return se >>> 15 == 0 ? oddFunction : oddFunction.negate();
  }

  private BigInteger argument() {
    return signed(magnitude());
  }

  @Test
  void sine() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(63);
      trigonometry.sine(acc, se, sig);
      check(signed(exact.sine(magnitude())));
    }
  }

  @Test
  void sineOfSmallAngles() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(1);
      trigonometry.sine(acc, se, sig);
      check(signed(exact.sine(magnitude())));
    }
  }

  @Test
  void cosine() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(operands.below(2) == 0 ? 63 : 2);
      trigonometry.cosine(acc, se, sig);
      check(exact.cosine(magnitude()));
    }
  }

  @Test
  void tangent() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(operands.below(2) == 0 ? 63 : 2);
      trigonometry.tangent(acc, se, sig);
      check(signed(exact.tangent(magnitude())));
    }
  }

  @Test
  void arcTangent() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(20);
      int range = operands.below(2) == 0 ? 60 : 2;
      int xSe = operands.below(2) << 15 | (se & 0x7FFF) - range / 2 + operands.below(range);
      long xSig = operands.significand();
      if (operands.below(2) == 0) {
        // Near the diagonal.
        xSig = sig ^ operands.bits() >>> 1 + operands.below(63);
      }
      trigonometry.arcTangent(acc, se, sig, xSe, xSig);
      BigInteger x = exact.fixed(ExactValue.of(xSe, xSig));
      BigInteger angle = exact.arcTangent(magnitude().shiftLeft(BITS).divide(x));
      check(signed(xSe >>> 15 == 0 ? angle : exact.pi().subtract(angle)));
    }
  }

  @Test
  void exponential() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(0);
      logarithm.exponential(acc, se, sig);
      check(exact.exponential(argument()));
    }
  }

  @Test
  void logarithmOfAnyNumber() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(100);
      int xSe = se & 0x7FFF;
      long xSig = sig | operands.bits() >>> 30;
      BigInteger log = exact.log2(exact.fixed(ExactValue.of(xSe, xSig)));
      draw(10);
      logarithm.logarithm(acc, se, sig, xSe, xSig);
      check(argument().multiply(log).shiftRight(BITS));
    }
  }

  @Test
  void logarithmNearOne() {
    for (int i = 0; i < ROUNDS; i++) {
      long xSig =
          Long.MIN_VALUE | 1L << operands.below(62) | operands.bits() >>> 2 + operands.below(62);
      int xSe = 16383;
      if (operands.below(2) == 0) {
        xSe--;
        xSig = -xSig | Long.MIN_VALUE;
      }
      BigInteger log = exact.log2(exact.fixed(ExactValue.of(xSe, xSig)));
      draw(10);
      logarithm.logarithm(acc, se, sig, xSe, xSig);
      check(argument().multiply(log).shiftRight(BITS));
    }
  }

  @Test
  void logarithmPlusOne() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(-2);
      int xSe = se;
      long xSig = sig;
      BigInteger log = exact.log2(argument().add(BigInteger.ONE.shiftLeft(BITS)));
      draw(10);
      logarithm.logarithmPlus1(acc, se, sig, xSe, xSig);
      check(argument().multiply(log).shiftRight(BITS));
    }
  }

  @Test
  void logarithmsOfPowersOfTwoAreExact() {
    for (int k = -200; k <= 200; k++) {
      acc.begin(Operands.controlWord(operands.below(4), 3));
      logarithm.logarithm(acc, 16383, Long.MIN_VALUE, 16383 + k, Long.MIN_VALUE);
      assertThat(FpuConvert.toInteger(acc, acc.signExponent, acc.significand, 32)).isEqualTo(k);
    }
  }
}
