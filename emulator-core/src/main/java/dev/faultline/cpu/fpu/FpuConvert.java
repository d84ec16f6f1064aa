// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * Conversion between extended precision and the other number formats in memory (sections 4.8 and
 * 8.2): single and double precision, and integers.
 */
final class FpuConvert {
  /** A narrow floating-point format. */
  enum Format {
    SINGLE(24, 8),
    DOUBLE(53, 11);

    final int precision;
    final int fractionBits;
    final int maxExponent;
    final int bias;

    Format(int precision, int exponentBits) {
      this.precision = precision;
      fractionBits = precision - 1;
      maxExponent = (1 << exponentBits) - 1;
      bias = maxExponent >> 1;
    }
  }

  private FpuConvert() {}

  // ---- widening ------------------------------------------------------------------------------

  /** Widens a number into the result; exact, and a signaling NaN stays one. */
  static void fromSingle(Accumulator acc, int bits) {
    widen(acc, Format.SINGLE, bits & 0xFFFF_FFFFL, bits >>> 31);
  }

  /** Widens a number into the result; exact, and a signaling NaN stays one. */
  static void fromDouble(Accumulator acc, long bits) {
    widen(acc, Format.DOUBLE, bits, (int) (bits >>> 63));
  }

  private static void widen(Accumulator acc, Format format, long bits, int sign) {
    int exponent = (int) (bits >>> format.fractionBits) & format.maxExponent;
    long fraction = bits << 64 - format.fractionBits >>> 1;
    if (exponent == format.maxExponent) {
      acc.set(sign << 15 | Extended.EXPONENT, fraction | Extended.INTEGER_BIT);
    } else if (exponent != 0) {
      acc.set(sign << 15 | exponent - format.bias + Extended.BIAS, fraction | Extended.INTEGER_BIT);
    } else if (fraction == 0) {
      acc.setZero(sign);
    } else {
      int shift = Long.numberOfLeadingZeros(fraction);
      acc.set(sign << 15 | 1 - shift - format.bias + Extended.BIAS, fraction << shift);
      acc.denormalOperand = true;
    }
  }

  /** Widens an integer into the result; exact. */
  static void fromInteger(Accumulator acc, long value) {
    if (value == 0) {
      acc.setZero(0);
      return;
    }
    int sign = (int) (value >>> 63);
    long magnitude = Math.abs(value);
    int shift = Long.numberOfLeadingZeros(magnitude);
    acc.set(sign << 15 | Extended.BIAS + 63 - shift, magnitude << shift);
  }

  // ---- narrowing -----------------------------------------------------------------------------

  /** Rounds to single precision; the bits to store unless {@link Accumulator#storeStopped}. */
  static int toSingle(Accumulator acc, int se, long sig) {
    return (int) narrow(acc, Format.SINGLE, se, sig);
  }

  /** Rounds to double precision; the bits to store unless {@link Accumulator#storeStopped}. */
  static long toDouble(Accumulator acc, int se, long sig) {
    return narrow(acc, Format.DOUBLE, se, sig);
  }

  private static long narrow(Accumulator acc, Format format, int se, long sig) {
    if (Extended.isUnsupported(se, sig) || Extended.isNan(se, sig)) {
      acc.takesSpecial(se, sig);
      return pack(format, acc.signExponent >>> 15, format.maxExponent, acc.significand);
    }
    int sign = se >>> 15;
    if (Extended.isInfinity(se, sig)) {
      return pack(format, sign, format.maxExponent, sig);
    }
    if (sig == 0) {
      return pack(format, sign, 0, 0);
    }
    int exponent = Extended.exponent(se, sig) - Extended.BIAS + format.bias;
    long normalized = Extended.normalized(sig);
    long kept = acc.roundAt(sign, normalized, 0, format.precision);
    int rounded = exponent + (acc.carried() ? 1 : 0);
    if (rounded >= format.maxExponent) {
      return narrowOverflow(acc, format, sign);
    }
    if (rounded <= 0) {
      return narrowUnderflow(acc, format, sign, exponent, normalized);
    }
    acc.noteRounding();
    return pack(format, sign, rounded, kept);
  }

  private static long narrowOverflow(Accumulator acc, Format format, int sign) {
    acc.exceptions |= Accumulator.OVERFLOW;
    if (!acc.masked(Accumulator.OVERFLOW)) {
      return 0;
    }
    acc.exceptions |= Accumulator.PRECISION;
    acc.c1 = acc.overflowsToInfinity(sign);
    return acc.c1
        ? pack(format, sign, format.maxExponent, 0)
        : pack(format, sign, format.maxExponent - 1, -1);
  }

  private static long narrowUnderflow(
      Accumulator acc, Format format, int sign, int exponent, long normalized) {
    if (!acc.masked(Accumulator.UNDERFLOW)) {
      acc.exceptions |= Accumulator.UNDERFLOW;
      return 0;
    }
    int shift = 1 - exponent;
    long shifted = shift < 64 ? normalized >>> shift : 0;
    long lost = shift < 64 ? normalized << 64 - shift : 1;
    long kept = acc.roundAt(sign, shifted, lost, format.precision);
    if (acc.wasInexact()) {
      acc.exceptions |= Accumulator.UNDERFLOW;
    }
    acc.noteRounding();
    return pack(format, sign, (int) (kept >>> 63), kept);
  }

  /** The bits of a number; of the significand, those below the integer bit that fit. */
  private static long pack(Format format, int sign, int exponent, long significand) {
    long fraction = significand << 1 >>> 64 - format.fractionBits;
    long signBit = (long) sign << (format == Format.SINGLE ? 31 : 63);
    return signBit | (long) exponent << format.fractionBits | fraction;
  }

  // ---- integers ------------------------------------------------------------------------------

  /**
   * Rounds to an integer for FIST and FISTP.
   *
   * @param bits 16, 32 or 64
   * @return the value; if invalid, the integer indefinite, the most negative one
   */
  static long toInteger(Accumulator acc, int se, long sig, int bits) {
    long magnitude = 0;
    boolean valid = !Extended.isUnsupported(se, sig) && integralBits(se, sig) <= 64;
    int sign = se >>> 15;
    if (valid) {
      magnitude = toMagnitude(acc, se, sig);
      // What fits: up to 2^(bits-1), less one if positive.
      long limit = (1L << bits - 1) - 1 + sign;
      valid = Long.compareUnsigned(magnitude, limit) <= 0;
    }
    if (!valid) {
      acc.exceptions |= Accumulator.INVALID;
      return -1L << bits - 1;
    }
    acc.noteRounding();
    return sign != 0 ? -magnitude : magnitude;
  }

  /** How many bits the integer part of a value has; more than 64 also for infinities and NaNs. */
  static int integralBits(int se, long sig) {
    return sig == 0 ? 0 : Extended.exponent(se, sig) - Extended.BIAS + 1;
  }

  /** The magnitude of a value with {@link #integralBits} of 64 at most, rounded to an integer. */
  static long toMagnitude(Accumulator acc, int se, long sig) {
    int bits = integralBits(se, sig);
    // Below one half all that matters is whether anything is there.
    long significand = bits < 0 ? 1 : Extended.normalized(sig);
    int kept = Math.max(bits, 0);
    long rounded = acc.roundAt(se >>> 15, significand, 0, kept);
    if (acc.carried()) {
      return 1L << kept;
    }
    return kept == 0 ? 0 : rounded >>> 64 - kept;
  }
}
