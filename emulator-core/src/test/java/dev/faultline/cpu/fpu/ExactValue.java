// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import java.math.BigInteger;

/**
 * The oracle of rounding: a number {@code (-1)^sign * magnitude * 2^scale}, exact, or with {@code
 * sticky} a little larger in magnitude; rounded by the definition, not by the unit's algorithm.
 */
record ExactValue(int sign, BigInteger magnitude, int scale, boolean sticky) {
  /** How far a quotient, a root or a series is taken. */
  static final int EXTRA_BITS = 256;

  /** A floating-point format: significant bits, and the exponents of its smallest and largest. */
  record Format(int precision, int minExponent, int maxExponent) {
    static final Format SINGLE = new Format(24, -126, 127);
    static final Format DOUBLE = new Format(53, -1022, 1023);

    static Format extended(int precision) {
      return new Format(precision, -16382, 16383);
    }
  }

  /**
   * A rounded number: {@code units * 2^unitScale}, or overflowed; with the exceptions of the masked
   * responses, and whether it went away from zero.
   */
  record Rounded(BigInteger units, int unitScale, boolean infinite, int exceptions, boolean up) {}

  static ExactValue of(int se, long sig) {
    int exponent = Math.max(se & 0x7FFF, 1) - 16383 - 63;
    return new ExactValue(se >>> 15, unsigned(sig), exponent, false);
  }

  static BigInteger unsigned(long bits) {
    return new BigInteger(Long.toUnsignedString(bits));
  }

  boolean isZero() {
    return magnitude.signum() == 0;
  }

  private BigInteger signed() {
    return sign == 0 ? magnitude : magnitude.negate();
  }

  ExactValue negate() {
    return new ExactValue(sign ^ 1, magnitude, scale, sticky);
  }

  ExactValue plus(ExactValue other) {
    int least = Math.min(scale, other.scale);
    BigInteger sum =
        signed().shiftLeft(scale - least).add(other.signed().shiftLeft(other.scale - least));
    return new ExactValue(sum.signum() < 0 ? 1 : 0, sum.abs(), least, false);
  }

  ExactValue times(ExactValue other) {
    return new ExactValue(
        sign ^ other.sign, magnitude.multiply(other.magnitude), scale + other.scale, false);
  }

  ExactValue dividedBy(ExactValue other) {
    BigInteger[] q = magnitude.shiftLeft(EXTRA_BITS).divideAndRemainder(other.magnitude);
    return new ExactValue(
        sign ^ other.sign, q[0], scale - other.scale - EXTRA_BITS, q[1].signum() != 0);
  }

  ExactValue squareRoot() {
    int shift = EXTRA_BITS + (scale - EXTRA_BITS & 1);
    BigInteger[] root = magnitude.shiftLeft(shift).sqrtAndRemainder();
    return new ExactValue(0, root[0], (scale - shift) / 2, root[1].signum() != 0);
  }

  /** Rounds to a format, by RC: 0 nearest, 1 down, 2 up, 3 toward zero. */
  Rounded round(Format format, int mode) {
    int exponent = magnitude.bitLength() - 1 + scale;
    int unit = exponent - format.precision + 1;
    int least = format.minExponent - format.precision + 1;
    BigInteger unbounded = roundTo(unit, mode);
    boolean tiny = unbounded.bitLength() - 1 + unit < format.minExponent;
    int bounded = Math.max(unit, least);
    BigInteger units = roundTo(bounded, mode);
    boolean inexact = isInexact(bounded);
    boolean up = inexact && units.compareTo(truncated(bounded)) > 0;
    int exceptions = inexact ? Accumulator.PRECISION : 0;
    if (tiny && inexact) {
      exceptions |= Accumulator.UNDERFLOW;
    }
    if (units.bitLength() - 1 + bounded > format.maxExponent) {
      boolean infinite = mode == 0 || mode == (sign == 0 ? 2 : 1);
      return new Rounded(
          BigInteger.ONE.shiftLeft(format.precision).subtract(BigInteger.ONE),
          format.maxExponent - format.precision + 1,
          infinite,
          Accumulator.OVERFLOW | Accumulator.PRECISION,
          infinite);
    }
    return new Rounded(units, bounded, false, exceptions, up);
  }

  private BigInteger truncated(int unit) {
    return unit >= scale ? magnitude.shiftRight(unit - scale) : magnitude.shiftLeft(scale - unit);
  }

  private boolean isInexact(int unit) {
    return sticky || unit > scale && magnitude.getLowestSetBit() < unit - scale;
  }

  /** The nearest multiple of {@code 2^unit} in the direction asked for. */
  BigInteger roundTo(int unit, int mode) {
    BigInteger low = truncated(unit);
    if (!isInexact(unit)) {
      return low;
    }
    boolean up =
        switch (mode) {
          case 0 -> nearestIsUp(low, unit);
          case 1 -> sign != 0;
          case 2 -> sign == 0;
          default -> false;
        };
    return up ? low.add(BigInteger.ONE) : low;
  }

  private boolean nearestIsUp(BigInteger low, int unit) {
    if (unit <= scale) {
      return false;
    }
    BigInteger rest = magnitude.subtract(low.shiftLeft(unit - scale));
    int order = rest.compareTo(BigInteger.ONE.shiftLeft(unit - scale - 1));
    return order > 0 || order == 0 && (sticky || low.testBit(0));
  }

  /** The rounded number in the extended format, for comparison: sign and exponent, significand. */
  static String extendedBits(int sign, Rounded r) {
    if (r.infinite()) {
      return bits(sign << 15 | 0x7FFF, Long.MIN_VALUE);
    }
    if (r.units().signum() == 0) {
      return bits(sign << 15, 0);
    }
    // The lowest exponent of a significand's integer bit is that of denormals.
    int top = Math.max(r.units().bitLength() - 1 + r.unitScale(), -16382);
    BigInteger significand = r.units().shiftLeft(r.unitScale() - (top - 63));
    int exponent = significand.bitLength() == 64 ? top + 16383 : 0;
    return bits(sign << 15 | exponent, significand.longValue());
  }

  static String bits(int se, long sig) {
    return "%04x:%016x".formatted(se, sig);
  }
}
