// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * The basic arithmetic (section 8.3.5): add, subtract, multiply, divide, square root. Exact to 128
 * bits or sticky, then rounded once by the {@link Accumulator} to the precision that PC asks for.
 */
final class FpuArithmetic {
  // The operations in the order of the opcode's reg field; 2 and 3 are the compares.
  static final int ADD = 0;
  static final int MULTIPLY = 1;
  static final int SUBTRACT = 4;
  static final int SUBTRACT_REVERSED = 5;
  static final int DIVIDE = 6;
  static final int DIVIDE_REVERSED = 7;

  private FpuArithmetic() {}

  /** Does the operation that the opcode's reg field names. */
  static void apply(Accumulator acc, int operation, int aSe, long aSig, int bSe, long bSig) {
    switch (operation) {
      case ADD -> add(acc, aSe, aSig, bSe, bSig, 0);
      case MULTIPLY -> multiply(acc, aSe, aSig, bSe, bSig);
      case SUBTRACT -> add(acc, aSe, aSig, bSe, bSig, 1);
      case SUBTRACT_REVERSED -> add(acc, bSe, bSig, aSe, aSig, 1);
      case DIVIDE -> divide(acc, aSe, aSig, bSe, bSig);
      case DIVIDE_REVERSED -> divide(acc, bSe, bSig, aSe, aSig);
      default -> throw new IllegalArgumentException("arithmetic operation " + operation);
    }
  }

  /** a + b, or a - b if {@code negate} is 1. */
  static void add(Accumulator acc, int aSe, long aSig, int bSe, long bSig, int negate) {
    if (acc.takesSpecial(aSe, aSig, bSe, bSig)) {
      return;
    }
    int aSign = aSe >>> 15;
    int bSign = bSe >>> 15 ^ negate;
    int aExponent = aSe & Extended.EXPONENT;
    int bExponent = bSe & Extended.EXPONENT;
    if (aExponent == Extended.EXPONENT || bExponent == Extended.EXPONENT) {
      if (aExponent == bExponent && aSign != bSign) {
        acc.invalid();
      } else {
        acc.setInfinity(aExponent == Extended.EXPONENT ? aSign : bSign);
      }
      return;
    }
    aExponent = Math.max(aExponent, 1);
    bExponent = Math.max(bExponent, 1);
    boolean aLarger =
        aExponent != bExponent ? aExponent > bExponent : Long.compareUnsigned(aSig, bSig) >= 0;
    if (aLarger) {
      addSmaller(acc, aSign, aExponent, aSig, bSig, aExponent - bExponent, aSign == bSign);
    } else {
      addSmaller(acc, bSign, bExponent, bSig, aSig, bExponent - aExponent, aSign == bSign);
    }
  }

  /** Adds to or subtracts from the value of larger magnitude one that is aligned by a shift. */
  private static void addSmaller(
      Accumulator acc, int sign, int exponent, long large, long small, int shift, boolean plus) {
    long hi;
    long lo;
    if (shift == 0) {
      hi = small;
      lo = 0;
    } else if (shift < 64) {
      hi = small >>> shift;
      lo = small << 64 - shift;
    } else {
      hi = 0;
      lo = shift == 64 ? small : small >>> Math.min(shift - 64, 63);
      // Far below every bit that rounding looks at: only its presence counts.
      if (shift > 64 && small != 0) {
        lo |= 1;
      }
    }
    if (plus) {
      long sum = large + hi;
      if (Long.compareUnsigned(sum, large) < 0) {
        acc.round(
            sign,
            exponent + 1,
            sum >>> 1 | Extended.INTEGER_BIT,
            sum << 63 | lo >>> 1 | lo & 1,
            acc.precision());
      } else if ((sum | lo) == 0) {
        acc.setZero(sign);
      } else {
        acc.round(sign, exponent, sum, lo, acc.precision());
      }
      return;
    }
    long difference = large - hi - (lo != 0 ? 1 : 0);
    if ((difference | lo) == 0) {
      acc.setZero(acc.roundingControl() == Accumulator.DOWN ? 1 : 0);
    } else {
      acc.round(sign, exponent, difference, -lo, acc.precision());
    }
  }

  /** a * b. */
  static void multiply(Accumulator acc, int aSe, long aSig, int bSe, long bSig) {
    if (acc.takesSpecial(aSe, aSig, bSe, bSig)) {
      return;
    }
    int sign = (aSe ^ bSe) >>> 15;
    boolean zero = Extended.isZero(aSe, aSig) || Extended.isZero(bSe, bSig);
    if (Extended.isInfinity(aSe, aSig) || Extended.isInfinity(bSe, bSig)) {
      if (zero) {
        acc.invalid();
      } else {
        acc.setInfinity(sign);
      }
      return;
    }
    if (zero) {
      acc.setZero(sign);
      return;
    }
    long a = Extended.normalized(aSig);
    long b = Extended.normalized(bSig);
    int exponent = Extended.exponent(aSe, aSig) + Extended.exponent(bSe, bSig) - Extended.BIAS + 1;
    acc.round(sign, exponent, Math.unsignedMultiplyHigh(a, b), a * b, acc.precision());
  }

  /** a / b. */
  static void divide(Accumulator acc, int aSe, long aSig, int bSe, long bSig) {
    if (acc.takesSpecial(aSe, aSig, bSe, bSig)) {
      return;
    }
    int sign = (aSe ^ bSe) >>> 15;
    if (Extended.isInfinity(aSe, aSig)) {
      if (Extended.isInfinity(bSe, bSig)) {
        acc.invalid();
      } else {
        acc.setInfinity(sign);
      }
      return;
    }
    if (Extended.isInfinity(bSe, bSig)) {
      acc.setZero(sign);
      return;
    }
    if (Extended.isZero(bSe, bSig)) {
      if (Extended.isZero(aSe, aSig)) {
        acc.invalid();
      } else {
        acc.exceptions = acc.exceptions & ~Accumulator.DENORMAL | Accumulator.ZERO_DIVIDE;
        acc.setInfinity(sign);
      }
      return;
    }
    if (Extended.isZero(aSe, aSig)) {
      acc.setZero(sign);
      return;
    }
    long a = Extended.normalized(aSig);
    long b = Extended.normalized(bSig);
    int exponent = Extended.exponent(aSe, aSig) - Extended.exponent(bSe, bSig) + Extended.BIAS - 1;
    long low = 0;
    if (Long.compareUnsigned(a, b) >= 0) {
      low = a << 63;
      a >>>= 1;
      exponent++;
    }
    long quotient = divideWide(a, low, b);
    long remainder = low - quotient * b;
    acc.round(sign, exponent, quotient, fraction(remainder, b), acc.precision());
  }

  /** What {@code remainder / divisor} (below 1) means for rounding: a half, more, less, or zero. */
  private static long fraction(long remainder, long divisor) {
    if (remainder == 0) {
      return 0;
    }
    int order = Long.compareUnsigned(remainder, divisor - remainder);
    if (order == 0) {
      return 0x8000_0000_0000_0000L;
    }
    return order < 0 ? 0x4000_0000_0000_0000L : 0xC000_0000_0000_0000L;
  }

  /**
   * The quotient of an unsigned 128-bit by a normalized 64-bit number, in two digits of 32 bits
   * (Knuth's algorithm D).
   *
   * @param hi less than {@code divisor}
   */
  static long divideWide(long hi, long lo, long divisor) {
    long d1 = divisor >>> 32;
    long d0 = divisor & 0xFFFF_FFFFL;
    long q1 = digit(hi, lo >>> 32, d1, d0);
    long rest = (hi << 32 | lo >>> 32) - q1 * divisor;
    long q0 = digit(rest, lo & 0xFFFF_FFFFL, d1, d0);
    return q1 << 32 | q0;
  }

  private static long digit(long upper, long next, long d1, long d0) {
    long q = Long.divideUnsigned(upper, d1);
    long r = upper - q * d1;
    while (q >>> 32 != 0 || Long.compareUnsigned(q * d0, r << 32 | next) > 0) {
      q--;
      r += d1;
      if (r >>> 32 != 0) {
        break;
      }
    }
    return q;
  }

  /** The square root. */
  static void squareRoot(Accumulator acc, int se, long sig) {
    if (!Extended.isUnsupported(se, sig)
        && !Extended.isNan(se, sig)
        && Extended.isNegative(se)
        && !Extended.isZero(se, sig)) {
      acc.invalid();
      return;
    }
    if (acc.takesSpecial(se, sig)) {
      return;
    }
    if (Extended.isZero(se, sig) || Extended.isInfinity(se, sig)) {
      acc.set(se, sig);
      return;
    }
    int exponent = Extended.exponent(se, sig) - Extended.BIAS;
    long hi = Extended.normalized(sig);
    long lo = 0;
    // The radicand as a number in [1/4, 1): half the exponent is then an integer.
    if ((exponent & 1) == 0) {
      lo = hi << 63;
      hi >>>= 1;
    }
    int half = (exponent >> 1) + Extended.BIAS;
    // Two bits of the radicand give one of the root. The remainder never needs more than 66 bits:
    // its upper two are in restHi.
    long root = 0;
    long restHi = 0;
    long rest = 0;
    for (int i = 0; i < 64; i++) {
      restHi = rest >>> 62;
      rest = rest << 2 | hi >>> 62;
      hi = hi << 2 | lo >>> 62;
      lo <<= 2;
      long trialHi = root >>> 62;
      long trial = root << 2 | 1;
      root <<= 1;
      if (restHi > trialHi || restHi == trialHi && Long.compareUnsigned(rest, trial) >= 0) {
        restHi = restHi - trialHi - (Long.compareUnsigned(rest, trial) < 0 ? 1 : 0);
        rest -= trial;
        root |= 1;
      }
    }
    long below = 0;
    if ((restHi | rest) != 0) {
      boolean overHalf = restHi != 0 || Long.compareUnsigned(rest, root) > 0;
      below = overHalf ? 0xC000_0000_0000_0000L : 0x4000_0000_0000_0000L;
    }
    acc.round(0, half, root, below, acc.precision());
  }
}
