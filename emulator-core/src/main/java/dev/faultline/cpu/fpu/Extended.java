// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * The double extended-precision format (section 4.2.2 and table 8-3): a 16-bit word of sign and
 * biased exponent, and a 64-bit significand whose integer bit is explicit.
 *
 * <p>A value with a non-zero exponent and no integer bit is none of the format's: the pseudo-NaNs,
 * pseudo-infinities and unnormals of the 8087, <em>unsupported</em> since (section 8.2.2).
 */
final class Extended {
  static final int SIGN = 0x8000;
  static final int EXPONENT = 0x7FFF;
  static final int BIAS = 16383;
  static final long INTEGER_BIT = Long.MIN_VALUE;
  static final long QUIET_BIT = 1L << 62;

  /** Sign and exponent of the real indefinite, the default QNaN. */
  static final int INDEFINITE_SIGN_EXPONENT = 0xFFFF;

  /** Significand of the real indefinite. */
  static final long INDEFINITE_SIGNIFICAND = INTEGER_BIT | QUIET_BIT;

  private Extended() {}

  static boolean isUnsupported(int signExponent, long significand) {
    return (signExponent & EXPONENT) != 0 && significand >= 0;
  }

  static boolean isNan(int signExponent, long significand) {
    return (signExponent & EXPONENT) == EXPONENT && significand << 1 != 0;
  }

  static boolean isSignaling(int signExponent, long significand) {
    return isNan(signExponent, significand) && (significand & QUIET_BIT) == 0;
  }

  static boolean isInfinity(int signExponent, long significand) {
    return (signExponent & EXPONENT) == EXPONENT && significand == INTEGER_BIT;
  }

  static boolean isZero(int signExponent, long significand) {
    return (signExponent & EXPONENT) == 0 && significand == 0;
  }

  /** Denormals and the pseudo-denormals, which have the integer bit. */
  static boolean isDenormal(int signExponent, long significand) {
    return (signExponent & EXPONENT) == 0 && significand != 0;
  }

  static boolean isNegative(int signExponent) {
    return (signExponent & SIGN) != 0;
  }

  /** The biased exponent of a finite non-zero value once its significand is normalized. */
  static int exponent(int signExponent, long significand) {
    int exponent = signExponent & EXPONENT;
    return exponent != 0 ? exponent : 1 - Long.numberOfLeadingZeros(significand);
  }

  /** The significand of a finite non-zero value, shifted so that its integer bit is set. */
  static long normalized(long significand) {
    return significand << Long.numberOfLeadingZeros(significand);
  }
}
