// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * F2XM1, FYL2X and FYL2XP1 (section 8.3.9), within a unit in the last place.
 *
 * <p>log2(m) = 2 log2(e) atanh((m - 1) / (m + 1)), for m between the square roots of a half and of
 * two; 2^x - 1 by its series, which needs no reduction where the instruction is defined.
 */
final class FpuLogarithm {
  /** The upper bits of the square root of 2: where m is halved. */
  private static final long SQUARE_ROOT_2 = 0xB504_F333_F9DE_6484L;

  private static final Wide ONE = new Wide(0, Extended.INTEGER_BIT, 0);

  private final Wide value = new Wide();
  private final Wide square = new Wide();
  private final Wide factor = new Wide();
  private final Wide multiplier = new Wide();

  /** F2XM1: 2^x - 1 for x from -1 to 1. */
  void exponential(Accumulator acc, int se, long sig) {
    if (acc.takesSpecial(se, sig)) {
      return;
    }
    int exponent = se & Extended.EXPONENT;
    if (sig == 0) {
      acc.set(se, sig);
    } else if (exponent >= Extended.BIAS) {
      exponentialAtEnd(acc, se, sig);
    } else {
      value.setExtended(se, sig);
      value.multiply(value, WideTables.LN_2);
      factor.series(WideTables.EXPONENTIAL, value, value.sign != 0);
      value.multiply(value, factor);
      value.roundInto(acc);
    }
  }

  /**
   * At 1 and -1 the result is exact, though hardware reports it as inexact; beyond them it is
   * undefined, and the operand stays. Infinities have their limits.
   */
  private static void exponentialAtEnd(Accumulator acc, int se, long sig) {
    boolean negative = Extended.isNegative(se);
    if (Extended.isInfinity(se, sig)) {
      acc.set(negative ? Extended.SIGN | Extended.BIAS : se, sig);
      return;
    }
    boolean one = (se & Extended.EXPONENT) == Extended.BIAS && sig == Extended.INTEGER_BIT;
    if (one) {
      acc.exceptions |= Accumulator.PRECISION;
    }
    acc.set(one && negative ? se - 1 : se, sig);
  }

  /** FYL2X: y * log2(x); x is ST(0), y is ST(1). */
  void logarithm(Accumulator acc, int ySe, long ySig, int xSe, long xSig) {
    if (acc.takesSpecial(ySe, ySig, xSe, xSig)) {
      return;
    }
    if (Extended.isZero(xSe, xSig)) {
      logarithmOfZero(acc, ySe, ySig);
      return;
    }
    if (Extended.isNegative(xSe)) {
      acc.exceptions &= ~Accumulator.DENORMAL;
      acc.invalid();
      return;
    }
    if (Extended.isInfinity(xSe, xSig)) {
      scaleInfinity(acc, 0, ySe, ySig);
      return;
    }
    value.setExtended(xSe, xSig);
    logarithmOfValue();
    multiply(acc, ySe, ySig);
  }

  private static void logarithmOfZero(Accumulator acc, int ySe, long ySig) {
    if (Extended.isZero(ySe, ySig)) {
      acc.invalid();
      return;
    }
    if (!Extended.isInfinity(ySe, ySig)) {
      acc.exceptions = acc.exceptions & ~Accumulator.DENORMAL | Accumulator.ZERO_DIVIDE;
    }
    acc.setInfinity(ySe >>> 15 ^ 1);
  }

  /** y times an infinity of the given sign. */
  private static void scaleInfinity(Accumulator acc, int sign, int ySe, long ySig) {
    if (Extended.isZero(ySe, ySig)) {
      acc.invalid();
    } else {
      acc.setInfinity(sign ^ ySe >>> 15);
    }
  }

  /** FYL2XP1: y * log2(x + 1); x is ST(0), y is ST(1). */
  void logarithmPlus1(Accumulator acc, int ySe, long ySig, int xSe, long xSig) {
    if (acc.takesSpecial(ySe, ySig, xSe, xSig)) {
      return;
    }
    if (Extended.isInfinity(xSe, xSig)) {
      if (Extended.isNegative(xSe)) {
        acc.invalid();
      } else {
        scaleInfinity(acc, 0, ySe, ySig);
      }
      return;
    }
    if (Extended.isZero(xSe, xSig)) {
      if (Extended.isInfinity(ySe, ySig)) {
        acc.invalid();
      } else {
        acc.setZero((xSe ^ ySe) >>> 15);
      }
      return;
    }
    value.setExtended(xSe, xSig);
    if (value.exponent < -2) {
      // atanh(x / (x + 2)): 1 + x would lose what x has below.
      factor.set(ONE);
      factor.exponent = 1;
      factor.add(factor, value);
      value.divide(value, factor);
      scaleArc();
    } else {
      value.add(value, ONE);
      if (value.sign != 0 || value.isZero()) {
        // Undefined; the operand stays.
        acc.set(xSe, xSig);
        return;
      }
      logarithmOfValue();
    }
    multiply(acc, ySe, ySig);
  }

  /** The value, positive, becomes its logarithm. */
  private void logarithmOfValue() {
    int exponent = value.exponent;
    boolean upper = Long.compareUnsigned(value.hi, SQUARE_ROOT_2) > 0;
    if (upper) {
      exponent++;
    }
    value.exponent = upper ? -1 : 0;
    factor.add(value, ONE);
    value.subtract(value, ONE);
    if (!value.isZero()) {
      value.divide(value, factor);
      scaleArc();
    }
    if (exponent != 0) {
      factor.set(exponent >>> 31, 127, 0, Math.abs(exponent));
      value.add(value, factor);
    }
  }

  /** The value s becomes 2 log2(e) atanh(s). */
  private void scaleArc() {
    square.multiply(value, value);
    factor.series(WideTables.ARC_TANGENT, square, false);
    value.multiply(value, factor);
    value.multiply(value, WideTables.TWO_LOG2_E);
  }

  /** The result is y times the value. */
  private void multiply(Accumulator acc, int ySe, long ySig) {
    int sign = value.sign ^ ySe >>> 15;
    if (Extended.isInfinity(ySe, ySig)) {
      if (value.isZero()) {
        acc.invalid();
      } else {
        acc.setInfinity(sign);
      }
      return;
    }
    if (ySig == 0 || value.isZero()) {
      acc.setZero(value.isZero() ? ySe >>> 15 : sign);
      return;
    }
    multiplier.setExtended(ySe, ySig);
    value.multiply(value, multiplier);
    value.roundExactInto(acc);
  }
}
