// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * A floating-point number of 128 significant bits, what transcendental functions are computed in:
 * {@code (-1)^sign * hi:lo / 2^127 * 2^exponent}, normalized, or zero.
 *
 * <p>Operations truncate: each is off by a few units in the 127th place, far below the 64th that
 * counts. They write their result into {@code this}, which may be one of the operands.
 */
final class Wide {
  int sign;
  int exponent;
  long hi;
  long lo;

  /** Zero. */
  Wide() {}

  /** A positive constant; {@code hi} has its uppermost bit set. */
  Wide(int exponent, long hi, long lo) {
    this.exponent = exponent;
    this.hi = hi;
    this.lo = lo;
  }

  /** Copies {@code other}. */
  void set(Wide other) {
    sign = other.sign;
    exponent = other.exponent;
    hi = other.hi;
    lo = other.lo;
  }

  /** Takes a significand that need not be normalized. */
  void set(int newSign, int newExponent, long newHi, long newLo) {
    sign = newSign;
    exponent = newExponent;
    hi = newHi;
    lo = newLo;
    normalize();
  }

  /** Takes a finite value over; exact. */
  void setExtended(int signExponent, long significand) {
    set(
        signExponent >>> 15,
        Math.max(signExponent & Extended.EXPONENT, 1) - Extended.BIAS,
        significand,
        0);
  }

  boolean isZero() {
    return hi == 0;
  }

  /** Rounds into an accumulator; a function's value is never exact, so neither is the result. */
  void roundInto(Accumulator acc) {
    acc.round(sign, exponent + Extended.BIAS, hi, lo | 1, 64);
  }

  /**
   * As {@link #roundInto}, for a value that may be exact. Reported as inexact it is nevertheless,
   * as hardware does.
   */
  void roundExactInto(Accumulator acc) {
    acc.round(sign, exponent + Extended.BIAS, hi, lo, 64);
    acc.exceptions |= Accumulator.PRECISION;
  }

  private void normalize() {
    if (hi == 0) {
      hi = lo;
      lo = 0;
      exponent -= 64;
    }
    if (hi == 0) {
      exponent = 0;
      return;
    }
    int shift = Long.numberOfLeadingZeros(hi);
    if (shift != 0) {
      hi = hi << shift | lo >>> 64 - shift;
      lo <<= shift;
      exponent -= shift;
    }
  }

  /** this = a * b. */
  void multiply(Wide a, Wide b) {
    int newSign = a.sign ^ b.sign;
    int newExponent = a.exponent + b.exponent + 1;
    multiplyHigh(a.hi, a.lo, b.hi, b.lo);
    set(newSign, newExponent, hi, lo);
  }

  /** The upper half of a 256-bit product into hi and lo. */
  private void multiplyHigh(long ah, long al, long bh, long bl) {
    long cross1 = ah * bl;
    long cross2 = al * bh;
    long middle = Math.unsignedMultiplyHigh(al, bl);
    long carry = 0;
    middle += cross1;
    carry += Long.compareUnsigned(middle, cross1) < 0 ? 1 : 0;
    middle += cross2;
    carry += Long.compareUnsigned(middle, cross2) < 0 ? 1 : 0;
    long upper = Math.unsignedMultiplyHigh(ah, bh);
    long lower = carry;
    long part = ah * bh;
    lower += part;
    upper += Long.compareUnsigned(lower, part) < 0 ? 1 : 0;
    part = Math.unsignedMultiplyHigh(ah, bl);
    lower += part;
    upper += Long.compareUnsigned(lower, part) < 0 ? 1 : 0;
    part = Math.unsignedMultiplyHigh(al, bh);
    lower += part;
    upper += Long.compareUnsigned(lower, part) < 0 ? 1 : 0;
    hi = upper;
    lo = lower;
  }

  /** this = a / b, with b not zero. */
  void divide(Wide a, Wide b) {
    long restHi = a.hi;
    long rest = a.lo;
    long quotientHi = 0;
    long quotient = 0;
    boolean over = false;
    for (int i = 0; i < 128; i++) {
      quotientHi = quotientHi << 1 | quotient >>> 63;
      quotient <<= 1;
      if (over || compareUnsigned(restHi, rest, b.hi, b.lo) >= 0) {
        restHi = restHi - b.hi - (Long.compareUnsigned(rest, b.lo) < 0 ? 1 : 0);
        rest -= b.lo;
        quotient |= 1;
      }
      over = restHi < 0;
      restHi = restHi << 1 | rest >>> 63;
      rest <<= 1;
    }
    set(a.sign ^ b.sign, a.exponent - b.exponent, quotientHi, quotient);
  }

  private static int compareUnsigned(long aHi, long aLo, long bHi, long bLo) {
    return aHi != bHi ? Long.compareUnsigned(aHi, bHi) : Long.compareUnsigned(aLo, bLo);
  }

  /** this = a + b. */
  void add(Wide a, Wide b) {
    addSigned(a, b, b.sign);
  }

  /** this = a - b. */
  void subtract(Wide a, Wide b) {
    addSigned(a, b, b.sign ^ 1);
  }

  private void addSigned(Wide a, Wide b, int bSign) {
    if (b.isZero()) {
      set(a);
      return;
    }
    if (a.isZero()) {
      set(bSign, b.exponent, b.hi, b.lo);
      return;
    }
    boolean aLarger =
        a.exponent != b.exponent
            ? a.exponent > b.exponent
            : compareUnsigned(a.hi, a.lo, b.hi, b.lo) >= 0;
    Wide large = aLarger ? a : b;
    Wide small = aLarger ? b : a;
    int largeSign = aLarger ? a.sign : bSign;
    boolean plus = a.sign == bSign;
    int distance = large.exponent - small.exponent;
    long smallHi = shiftedHi(small.hi, distance);
    // Too small to be seen it still tells on which side of the larger one the result is.
    long smallLo = distance > 127 ? 1 : shiftedLo(small.hi, small.lo, distance);
    if (plus) {
      long sum = large.lo + smallLo;
      long carry = Long.compareUnsigned(sum, smallLo) < 0 ? 1 : 0;
      long sumHi = large.hi + smallHi + carry;
      if (compareUnsigned(sumHi, sum, large.hi, large.lo) < 0) {
        set(
            largeSign,
            large.exponent + 1,
            sumHi >>> 1 | Extended.INTEGER_BIT,
            sumHi << 63 | sum >>> 1);
      } else {
        set(largeSign, large.exponent, sumHi, sum);
      }
      return;
    }
    long borrow = Long.compareUnsigned(large.lo, smallLo) < 0 ? 1 : 0;
    set(largeSign, large.exponent, large.hi - smallHi - borrow, large.lo - smallLo);
  }

  private static long shiftedHi(long hi, int distance) {
    return distance < 64 ? hi >>> distance : 0;
  }

  private static long shiftedLo(long hi, long lo, int distance) {
    if (distance == 0) {
      return lo;
    }
    if (distance < 64) {
      return lo >>> distance | hi << 64 - distance;
    }
    return distance < 128 ? hi >>> distance - 64 : 0;
  }

  /**
   * this = c0 + c1 z + c2 z^2 + ..., or with alternating signs c0 - c1 z + c2 z^2 - ..., by
   * Horner's rule in fixed point.
   *
   * @param coefficients pairs of upper and lower half, in units of 2^-127
   * @param z a number of magnitude below 1; its sign is not looked at
   */
  void series(long[] coefficients, Wide z, boolean alternate) {
    long zHi = shiftedHi(z.hi, -z.exponent);
    long zLo = shiftedLo(z.hi, z.lo, -z.exponent);
    int at = coefficients.length - 2;
    hi = coefficients[at];
    lo = coefficients[at + 1];
    while (at > 0) {
      at -= 2;
      multiplyHigh(hi, lo, zHi, zLo);
      long termHi = hi << 1 | lo >>> 63;
      // Never quite zero: a function of a tiny argument stays on its side of the argument.
      long term = lo << 1 | 1;
      if (alternate) {
        long borrow = Long.compareUnsigned(coefficients[at + 1], term) < 0 ? 1 : 0;
        lo = coefficients[at + 1] - term;
        hi = coefficients[at] - termHi - borrow;
      } else {
        lo = coefficients[at + 1] + term;
        hi = coefficients[at] + termHi + (Long.compareUnsigned(lo, term) < 0 ? 1 : 0);
      }
    }
    set(0, 0, hi, lo);
  }
}
