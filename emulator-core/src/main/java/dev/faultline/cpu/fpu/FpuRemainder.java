// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * FPREM and FPREM1 (section 8.3.5, and the instructions' own pages): the exact remainder, 63 bits
 * of quotient at a time at the most.
 */
final class FpuRemainder {
  /** In place of condition codes: an operand had no remainder. */
  static final int NO_QUOTIENT = -1;

  private FpuRemainder() {}

  /**
   * One step towards the remainder of a / b.
   *
   * @param nearest FPREM1: of the quotient rounded to nearest; FPREM: of the truncated quotient
   * @return condition codes: C2 if the reduction is not complete; otherwise the lowest bits of the
   *     quotient in C0, C3, C1 (bits 2, 1, 0); or {@link #NO_QUOTIENT}
   */
  static int reduce(Accumulator acc, int aSe, long aSig, int bSe, long bSig, boolean nearest) {
    if (acc.takesSpecial(aSe, aSig, bSe, bSig)) {
      return NO_QUOTIENT;
    }
    if (Extended.isInfinity(aSe, aSig) || Extended.isZero(bSe, bSig)) {
      acc.exceptions &= ~Accumulator.DENORMAL;
      acc.invalid();
      return NO_QUOTIENT;
    }
    int sign = aSe >>> 15;
    if (Extended.isZero(aSe, aSig)) {
      acc.setZero(sign);
      return 0;
    }
    int exponent = Extended.exponent(aSe, aSig);
    if (Extended.isInfinity(bSe, bSig)) {
      acc.round(sign, exponent, Extended.normalized(aSig), 0, 64);
      return 0;
    }
    int divisorExponent = Extended.exponent(bSe, bSig);
    int distance = exponent - divisorExponent;
    long dividend = Extended.normalized(aSig);
    long divisor = Extended.normalized(bSig);
    if (acc.stopped()) {
      return NO_QUOTIENT;
    }
    if (distance >= 64) {
      // Some 32 to 63 places now, so that a last step of less than 64 remains.
      int places = distance & 31 | 32;
      divide(acc, dividend, divisor, places);
      acc.round(sign, exponent - places, acc.significand, 0, 64);
      return FpuCompare.C2;
    }
    if (distance >= 0) {
      long quotient = divide(acc, dividend, divisor, distance);
      long rest = acc.significand;
      int order = Long.compareUnsigned(rest, divisor - rest);
      if (nearest && (order > 0 || order == 0 && (quotient & 1) != 0)) {
        acc.round(sign ^ 1, divisorExponent, divisor - rest, 0, 64);
        return conditions(quotient + 1);
      }
      acc.round(sign, divisorExponent, rest, 0, 64);
      return conditions(quotient);
    }
    if (nearest && distance == -1 && Long.compareUnsigned(dividend, divisor) > 0) {
      // Less than b, but more than half of it.
      acc.round(sign ^ 1, exponent, 2 * divisor - dividend, 0, 64);
      return conditions(1);
    }
    acc.round(sign, exponent, dividend, 0, 64);
    return 0;
  }

  /**
   * Divides {@code dividend * 2^places}; the remainder is left in the accumulator.
   *
   * @return the lowest 64 bits of the quotient
   */
  private static long divide(Accumulator acc, long dividend, long divisor, int places) {
    long rest = dividend;
    long quotient = 0;
    boolean over = false;
    for (int i = places; ; i--) {
      quotient <<= 1;
      if (over || Long.compareUnsigned(rest, divisor) >= 0) {
        rest -= divisor;
        quotient |= 1;
      }
      if (i == 0) {
        acc.significand = rest;
        return quotient;
      }
      over = rest < 0;
      rest <<= 1;
    }
  }

  private static int conditions(long quotient) {
    return ((quotient & 4) != 0 ? FpuCompare.C0 : 0)
        | ((quotient & 2) != 0 ? FpuCompare.C3 : 0)
        | ((quotient & 1) != 0 ? FpuCompare.C1 : 0);
  }
}
