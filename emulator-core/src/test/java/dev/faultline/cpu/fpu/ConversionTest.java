// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.cpu.fpu.ExactValue.Format;
import dev.faultline.cpu.fpu.ExactValue.Rounded;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;

/** Conversions to and from the other formats, against exact rounding and the host's numbers. */
final class ConversionTest {
  private static final int ROUNDS = 60_000 * Operands.EFFORT;

  private final Operands operands = new Operands(2);
  private final Accumulator acc = new Accumulator();
  private int rounding;
  private int se;
  private long sig;

  private void draw(int near) {
    rounding = operands.below(4);
    acc.begin(Operands.controlWord(rounding, operands.below(4)));
    se = operands.below(2) << 15 | near + operands.below(160) - 80;
    sig = operands.significand();
  }

  @Test
  void everySingleAndDoubleSurvivesTheWayThereAndBack() {
    for (int i = 0; i < ROUNDS; i++) {
      acc.begin(0x37F);
      long bits = operands.bits();
      double number = Double.longBitsToDouble(bits);
      if (!Double.isNaN(number)) {
        FpuConvert.fromDouble(acc, bits);
        assertThat(FpuConvert.toDouble(acc, acc.signExponent, acc.significand)).isEqualTo(bits);
      }
      if (!Float.isNaN(Float.intBitsToFloat((int) bits))) {
        FpuConvert.fromSingle(acc, (int) bits);
        assertThat(FpuConvert.toSingle(acc, acc.signExponent, acc.significand))
            .isEqualTo((int) bits);
      }
      assertThat(acc.exceptions).isZero();
    }
  }

  @Test
  void narrowingToSingle() {
    int[] near = {16383, 16383 + 127, 16383 - 126, 16383 - 149};
    for (int i = 0; i < ROUNDS; i++) {
      draw(near[i & 3]);
      int bits = FpuConvert.toSingle(acc, se, sig);
      check(Format.SINGLE, bits & 0xFFFF_FFFFL, 31, 23);
    }
  }

  @Test
  void narrowingToDouble() {
    int[] near = {16383, 16383 + 1023, 16383 - 1022, 16383 - 1074};
    for (int i = 0; i < ROUNDS; i++) {
      draw(near[i & 3]);
      long bits = FpuConvert.toDouble(acc, se, sig);
      check(Format.DOUBLE, bits, 63, 52);
    }
  }

  private void check(Format format, long bits, int signBit, int fractionBits) {
    ExactValue exact = ExactValue.of(se, sig);
    Rounded r = exact.round(format, rounding);
    long expected = (long) exact.sign() << signBit;
    if (r.infinite()) {
      expected |= (1L << signBit) - (1L << fractionBits);
    } else if (r.units().signum() != 0) {
      // Counting up from zero in units of the smallest number gives the encoding itself.
      int least = format.minExponent() - format.precision() + 1;
      int top = Math.max(r.units().bitLength() - 1 + r.unitScale(), format.minExponent());
      BigInteger significand = r.units().shiftLeft(r.unitScale() - (top - fractionBits));
      long exponentSteps = (long) top - fractionBits - least;
      expected |= (exponentSteps << fractionBits) + significand.longValueExact();
    }
    String what = ExactValue.bits(se, sig) + " RC " + rounding;
    assertThat(Long.toHexString(bits)).as(what).isEqualTo(Long.toHexString(expected));
    assertThat(acc.exceptions).as(what).isEqualTo(r.exceptions());
    assertThat(acc.c1).as(what).isEqualTo(r.up());
  }

  @Test
  void integersSurvive() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(16383);
      long value = operands.bits() >> operands.below(64);
      FpuConvert.fromInteger(acc, value);
      assertThat(FpuConvert.toInteger(acc, acc.signExponent, acc.significand, 64)).isEqualTo(value);
      assertThat(acc.exceptions).isZero();
    }
  }

  @Test
  void roundingToIntegers() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(16383 + 20);
      int bits = 16 << operands.below(3);
      ExactValue exact = ExactValue.of(se, sig);
      BigInteger magnitude = exact.roundTo(0, rounding);
      BigInteger value = exact.sign() == 0 ? magnitude : magnitude.negate();
      long got = FpuConvert.toInteger(acc, se, sig, bits);
      if (value.bitLength() < bits) {
        assertThat(got).isEqualTo(value.longValue());
        assertThat(acc.exceptions & Accumulator.INVALID).isZero();
      } else {
        assertThat(got).isEqualTo(-1L << bits - 1);
        assertThat(acc.exceptions).isEqualTo(Accumulator.INVALID);
      }
    }
  }

  @Test
  void roundingToIntegralValues() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(16383 + 20);
      FpuScaling.roundToInteger(acc, se, sig);
      ExactValue exact = ExactValue.of(se, sig);
      BigInteger magnitude = exact.roundTo(0, rounding);
      Rounded rounded =
          new ExactValue(exact.sign(), magnitude, 0, false).round(Format.extended(64), 0);
      if (magnitude.bitLength() <= 64) {
        assertThat(ExactValue.bits(acc.signExponent, acc.significand))
            .as("%s RC %d", ExactValue.bits(se, sig), rounding)
            .isEqualTo(ExactValue.extendedBits(exact.sign(), rounded));
      }
    }
  }

  @Test
  void remainders() {
    for (int i = 0; i < ROUNDS; i++) {
      draw(16383);
      int bSe = (se & 0x7FFF) - operands.below(70) + 4;
      long bSig = operands.significand();
      boolean nearest = operands.below(2) == 0;
      int conditions = FpuRemainder.reduce(acc, se, sig, bSe, bSig, nearest);
      ExactValue a = ExactValue.of(se, sig);
      ExactValue b = ExactValue.of(bSe, bSig);
      ExactValue got = ExactValue.of(acc.signExponent, acc.significand);
      int least = Math.min(a.scale(), Math.min(b.scale(), got.scale()));
      BigInteger dividend = a.magnitude().shiftLeft(a.scale() - least);
      BigInteger divisor = b.magnitude().shiftLeft(b.scale() - least);
      BigInteger rest = got.magnitude().shiftLeft(got.scale() - least);
      if (got.sign() != a.sign()) {
        rest = rest.negate();
      }
      BigInteger[] quotient = dividend.subtract(rest).divideAndRemainder(divisor);
      assertThat(quotient[1]).as("a - rest is a multiple of b").isZero();
      if ((conditions & FpuCompare.C2) == 0) {
        assertThat(rest.abs().shiftLeft(nearest ? 1 : 0)).isLessThanOrEqualTo(divisor);
        int low = quotient[0].intValue() & 7;
        assertThat((conditions & FpuCompare.C0) != 0).isEqualTo((low & 4) != 0);
        assertThat((conditions & FpuCompare.C3) != 0).isEqualTo((low & 2) != 0);
        assertThat((conditions & FpuCompare.C1) != 0).isEqualTo((low & 1) != 0);
      } else {
        assertThat(rest.abs()).isLessThan(dividend);
      }
    }
  }
}
