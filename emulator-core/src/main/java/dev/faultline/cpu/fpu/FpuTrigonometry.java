// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * FSIN, FCOS, FSINCOS, FPTAN and FPATAN (section 8.3.7), within a unit in the last place.
 *
 * <p>The argument of the first four is reduced exactly, by pi as the hardware has it: cut to 66
 * bits (section 8.3.8). An argument of 2^63 or more is out of range.
 */
final class FpuTrigonometry {
  /** pi/2 in units of 2^-65: the upper two bits, and 64 more. */
  private static final long HALF_PI_HIGH = 0x3;

  private static final long HALF_PI_LOW = 0x243F_6A88_85A3_08D3L;

  /** An exponent at which the square of an angle is far below the 64th bit. */
  private static final int TINY = -40;

  private final Wide angle = new Wide();
  private final Wide square = new Wide();
  private final Wide sine = new Wide();
  private final Wide cosine = new Wide();
  private final Wide factor = new Wide();
  private int quadrant;

  // ---- sine, cosine, tangent -----------------------------------------------------------------

  /** True if an operand is a finite number that is too large for the instruction. */
  static boolean isOutOfRange(int se, long sig) {
    int exponent = se & Extended.EXPONENT;
    return exponent >= Extended.BIAS + 63 && exponent < Extended.EXPONENT && sig < 0;
  }

  /** FSIN. */
  void sine(Accumulator acc, int se, long sig) {
    if (takesSpecial(acc, se, sig)) {
      return;
    }
    if (sig == 0) {
      acc.set(se, sig);
      return;
    }
    reduce(se, sig);
    Wide value = (quadrant & 1) == 0 ? sineOfAngle() : cosineOfAngle();
    value.sign ^= quadrant >>> 1 ^ se >>> 15;
    value.roundInto(acc);
  }

  /** FCOS. */
  void cosine(Accumulator acc, int se, long sig) {
    if (takesSpecial(acc, se, sig)) {
      return;
    }
    if (sig == 0) {
      acc.set(Extended.BIAS, Extended.INTEGER_BIT);
      return;
    }
    reduce(se, sig);
    Wide value = (quadrant & 1) == 0 ? cosineOfAngle() : sineOfAngle();
    value.sign ^= quadrant + 1 >>> 1 & 1;
    value.roundInto(acc);
  }

  /** FPTAN, the part that replaces ST(0). */
  void tangent(Accumulator acc, int se, long sig) {
    if (takesSpecial(acc, se, sig)) {
      return;
    }
    if (sig == 0) {
      acc.set(se, sig);
      return;
    }
    reduce(se, sig);
    sineOfAngle();
    cosineOfAngle();
    if ((quadrant & 1) != 0) {
      sine.divide(cosine, sine);
      sine.sign ^= 1;
    } else if (angle.exponent < TINY) {
      // The angle and a trace more, which a quotient of truncated numbers would not show.
      sine.set(angle);
    } else {
      sine.divide(sine, cosine);
    }
    sine.sign ^= se >>> 15;
    sine.roundInto(acc);
  }

  private static boolean takesSpecial(Accumulator acc, int se, long sig) {
    if (acc.takesSpecial(se, sig)) {
      return true;
    }
    if (Extended.isInfinity(se, sig)) {
      acc.invalid();
      return true;
    }
    return false;
  }

  /** |x| = quadrant * pi/2 + angle, the angle not above pi/4 in magnitude. */
  private void reduce(int se, long sig) {
    int exponent = (se & Extended.EXPONENT) - Extended.BIAS;
    if (exponent < -1) {
      quadrant = 0;
      angle.setExtended(se & Extended.EXPONENT, sig);
      return;
    }
    // |x| = sig * 2^(exponent + 2) in units of 2^-65; long division by pi/2, which has 66 bits.
    long restHi = 0;
    long rest = sig;
    int quotient = 0;
    for (int i = exponent + 2; i > 0; i--) {
      restHi = restHi << 1 | rest >>> 63;
      rest <<= 1;
      quotient <<= 1;
      if (restHi > HALF_PI_HIGH
          || restHi == HALF_PI_HIGH && Long.compareUnsigned(rest, HALF_PI_LOW) >= 0) {
        restHi = restHi - HALF_PI_HIGH - (Long.compareUnsigned(rest, HALF_PI_LOW) < 0 ? 1 : 0);
        rest -= HALF_PI_LOW;
        quotient |= 1;
      }
    }
    // pi/4 is half an odd number of units: no tie.
    long overHi = HALF_PI_HIGH - restHi - (Long.compareUnsigned(HALF_PI_LOW, rest) < 0 ? 1 : 0);
    long over = HALF_PI_LOW - rest;
    boolean next = overHi < restHi || overHi == restHi && Long.compareUnsigned(over, rest) < 0;
    quadrant = quotient + (next ? 1 : 0) & 3;
    // Units of 2^-65 in a significand that counts 2^-127.
    if (next) {
      angle.set(1, 127 - 65, overHi, over);
    } else {
      angle.set(0, 127 - 65, restHi, rest);
    }
  }

  private Wide sineOfAngle() {
    square.multiply(angle, angle);
    sine.series(WideTables.SINE, square, true);
    sine.multiply(sine, angle);
    return sine;
  }

  private Wide cosineOfAngle() {
    square.multiply(angle, angle);
    cosine.series(WideTables.COSINE, square, true);
    return cosine;
  }

  // ---- arc tangent ---------------------------------------------------------------------------

  /** FPATAN: the angle of the point (x, y), from -pi to pi; x is ST(0), y is ST(1). */
  void arcTangent(Accumulator acc, int ySe, long ySig, int xSe, long xSig) {
    if (acc.takesSpecial(ySe, ySig, xSe, xSig)) {
      return;
    }
    boolean left = Extended.isNegative(xSe);
    boolean yInfinite = Extended.isInfinity(ySe, ySig);
    boolean xInfinite = Extended.isInfinity(xSe, xSig);
    if (yInfinite && xInfinite) {
      angle.set(WideTables.ARC_TANGENTS[16]);
    } else if (ySig == 0 || xInfinite) {
      angle.set(0, 0, 0, 0);
    } else if (xSig == 0 || yInfinite) {
      angle.set(WideTables.HALF_PI);
      left = false;
    } else {
      arcTangentOfRatio(ySe, ySig, xSe, xSig);
    }
    if (left) {
      angle.subtract(WideTables.PI, angle);
    }
    if (angle.isZero()) {
      acc.setZero(ySe >>> 15);
    } else {
      angle.sign = ySe >>> 15;
      angle.roundInto(acc);
    }
  }

  /**
   * The angle becomes atan(|y| / |x|). The ratio of the smaller to the larger is first brought near
   * zero: atan(t) = atan(c) + atan((t - c) / (1 + t c)), where c is the nearest sixteenth.
   */
  private void arcTangentOfRatio(int ySe, long ySig, int xSe, long xSig) {
    Wide small = sine;
    Wide large = cosine;
    small.setExtended(ySe & Extended.EXPONENT, ySig);
    large.setExtended(xSe & Extended.EXPONENT, xSig);
    angle.divide(small, large);
    boolean steep = angle.exponent >= 0;
    if (steep) {
      small.setExtended(xSe & Extended.EXPONENT, xSig);
      large.setExtended(ySe & Extended.EXPONENT, ySig);
      angle.divide(small, large);
    }
    int sixteenths = sixteenths(angle);
    if (sixteenths != 0) {
      factor.set(0, 127 - 4, 0, sixteenths);
      square.multiply(factor, large);
      factor.multiply(factor, small);
      angle.subtract(small, square);
      factor.add(large, factor);
      angle.divide(angle, factor);
    }
    square.multiply(angle, angle);
    factor.series(WideTables.ARC_TANGENT, square, true);
    angle.multiply(angle, factor);
    angle.add(WideTables.ARC_TANGENTS[sixteenths], angle);
    if (steep) {
      angle.subtract(WideTables.HALF_PI, angle);
    }
  }

  /** A number from 0 to 1 in sixteenths, rounded. */
  private static int sixteenths(Wide ratio) {
    int shift = 63 - 5 - ratio.exponent;
    return shift > 63 ? 0 : (int) (ratio.hi >>> shift) + 1 >> 1;
  }
}
