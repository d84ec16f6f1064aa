// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * FRNDINT, FSCALE and FXTRACT (section 8.3.5 and the instructions' own pages): operations on the
 * exponent.
 */
final class FpuScaling {
  /** Beyond any scale that leaves a finite non-zero value, unmasked responses included. */
  private static final int HUGE = 0x20000;

  private FpuScaling() {}

  /** FRNDINT: rounds to an integer in the current rounding mode. */
  static void roundToInteger(Accumulator acc, int se, long sig) {
    if (acc.takesSpecial(se, sig)) {
      return;
    }
    int sign = se >>> 15;
    int bits = FpuConvert.integralBits(se, sig);
    if (sig == 0 || bits >= 64) {
      acc.set(se, sig);
      return;
    }
    long significand = bits < 0 ? 1 : Extended.normalized(sig);
    long rounded = acc.roundAt(sign, significand, 0, Math.max(bits, 0));
    if (rounded == 0) {
      acc.setZero(sign);
    } else {
      int exponent = Extended.BIAS + Math.max(bits, 0) - 1 + (acc.carried() ? 1 : 0);
      acc.set(sign << 15 | exponent, rounded);
    }
    acc.noteRounding();
  }

  /** FSCALE: a * 2^trunc(b). */
  static void scale(Accumulator acc, int aSe, long aSig, int bSe, long bSig) {
    if (acc.takesSpecial(aSe, aSig, bSe, bSig)) {
      return;
    }
    int sign = aSe >>> 15;
    boolean aZero = Extended.isZero(aSe, aSig);
    boolean aInfinite = Extended.isInfinity(aSe, aSig);
    if (Extended.isInfinity(bSe, bSig)) {
      boolean up = !Extended.isNegative(bSe);
      if (up ? aZero : aInfinite) {
        acc.invalid();
      } else if (up) {
        acc.setInfinity(sign);
      } else {
        acc.setZero(sign);
      }
      return;
    }
    if (aZero || aInfinite) {
      acc.set(aSe, aSig);
      return;
    }
    int exponent = Extended.exponent(aSe, aSig) + truncated(bSe, bSig);
    acc.round(sign, exponent, Extended.normalized(aSig), 0, 64);
  }

  /** A finite value's integer part, or {@link #HUGE} of its sign if it is larger than that. */
  private static int truncated(int se, long sig) {
    int bits = FpuConvert.integralBits(se, sig);
    if (bits <= 0) {
      return 0;
    }
    int magnitude = bits > 17 ? HUGE : (int) (Extended.normalized(sig) >>> 64 - bits);
    return Extended.isNegative(se) ? -magnitude : magnitude;
  }

  /** FXTRACT, first part: the result is the exponent as a number, what replaces ST(0). */
  static void extractExponent(Accumulator acc, int se, long sig) {
    if (acc.takesSpecial(se, sig)) {
      return;
    }
    if (Extended.isInfinity(se, sig)) {
      acc.setInfinity(0);
    } else if (Extended.isZero(se, sig)) {
      acc.exceptions |= Accumulator.ZERO_DIVIDE;
      acc.setInfinity(1);
    } else {
      FpuConvert.fromInteger(acc, Extended.exponent(se, sig) - Extended.BIAS);
    }
  }

  /**
   * FXTRACT, second part: the result is the significand as a number in [1, 2), what is pushed; of a
   * zero or an infinity, that.
   */
  static void extractSignificand(Accumulator acc, int se, long sig) {
    if (acc.takesSpecial(se, sig)) {
      return;
    }
    if (Extended.isInfinity(se, sig) || Extended.isZero(se, sig)) {
      acc.set(se, sig);
    } else {
      acc.set(se & Extended.SIGN | Extended.BIAS, Extended.normalized(sig));
    }
  }
}
