// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * Where a result comes to be: rounding as the control word says, the exceptions met on the way, and
 * the value itself (sections 4.8.4, 4.9 and 8.5). One per unit, reused by every instruction, so
 * that arithmetic allocates nothing.
 *
 * <p>An operation hands {@link #round} an exact or sticky 128-bit significand; the masked and the
 * unmasked responses to overflow and underflow are given here, once for all operations.
 */
final class Accumulator {
  static final int INVALID = 0x01;
  static final int DENORMAL = 0x02;
  static final int ZERO_DIVIDE = 0x04;
  static final int OVERFLOW = 0x08;
  static final int UNDERFLOW = 0x10;
  static final int PRECISION = 0x20;
  static final int STACK_FAULT = 0x40;

  /** Exceptions found before the operation: unmasked, they keep it from being done. */
  static final int BEFORE = INVALID | DENORMAL | ZERO_DIVIDE;

  /** What the exponent moves by in the unmasked response to overflow and underflow. */
  private static final int BIAS_ADJUSTMENT = 24576;

  static final int NEAREST = 0;
  static final int DOWN = 1;
  static final int UP = 2;

  int signExponent;
  long significand;

  /** The exceptions that this instruction has met, as bits of the status word. */
  int exceptions;

  /** C1: the result was rounded away from zero, or the stack has overflowed. */
  boolean c1;

  /** The memory operand was denormal in its own format, before it was widened. */
  boolean denormalOperand;

  private int control;

  // What roundAt found.
  private boolean inexact;
  private boolean up;
  private boolean carry;

  /** Begins an instruction under a control word. */
  void begin(int controlWord) {
    control = controlWord;
    exceptions = 0;
    c1 = false;
    denormalOperand = false;
  }

  // ---- control -------------------------------------------------------------------------------

  /** RC, the rounding control: {@link #NEAREST}, {@link #DOWN}, {@link #UP}, or 3 toward zero. */
  int roundingControl() {
    return control >>> 10 & 3;
  }

  /** Bits of significand that PC, the precision control, leaves to add, multiply and the like. */
  int precision() {
    return switch (control >>> 8 & 3) {
      case 0 -> 24;
      case 2 -> 53;
      default -> 64;
    };
  }

  /** True if the exception is masked. */
  boolean masked(int exception) {
    return (control & exception) != 0;
  }

  /** True if an unmasked exception keeps the operation from being done. */
  boolean stopped() {
    return (exceptions & ~control & BEFORE) != 0;
  }

  /** True if memory is not to be written: stopped, or unmasked overflow or underflow. */
  boolean storeStopped() {
    return (exceptions & ~control & (BEFORE | OVERFLOW | UNDERFLOW)) != 0;
  }

  // ---- results without rounding --------------------------------------------------------------

  /** The result is this value. */
  void set(int newSignExponent, long newSignificand) {
    signExponent = newSignExponent;
    significand = newSignificand;
  }

  /** The result is a zero of the given sign (0 or 1). */
  void setZero(int sign) {
    set(sign << 15, 0);
  }

  /** The result is an infinity of the given sign (0 or 1). */
  void setInfinity(int sign) {
    set(sign << 15 | Extended.EXPONENT, Extended.INTEGER_BIT);
  }

  /** The result is the real indefinite. */
  void setIndefinite() {
    set(Extended.INDEFINITE_SIGN_EXPONENT, Extended.INDEFINITE_SIGNIFICAND);
  }

  /** Invalid arithmetic operand (section 8.5.1.2): the real indefinite. */
  void invalid() {
    exceptions |= INVALID;
    setIndefinite();
  }

  /** An operand is in an empty register (section 8.5.1.1): the real indefinite, C1 clear. */
  void stackUnderflow() {
    exceptions |= INVALID | STACK_FAULT;
    setIndefinite();
  }

  /** The register to push into is not empty (section 8.5.1.1): the real indefinite, C1 set. */
  void stackOverflow() {
    exceptions |= INVALID | STACK_FAULT;
    c1 = true;
    setIndefinite();
  }

  /**
   * Takes an operand that is not a number, or notes one that is denormal.
   *
   * @return true if the result is set: the operand is unsupported or a NaN
   */
  boolean takesSpecial(int se, long sig) {
    if (Extended.isUnsupported(se, sig)) {
      invalid();
      return true;
    }
    if (Extended.isNan(se, sig)) {
      takeNan(se, sig);
      return true;
    }
    if (denormalOperand || Extended.isDenormal(se, sig)) {
      exceptions |= DENORMAL;
    }
    return false;
  }

  /** As {@link #takesSpecial(int, long)}, for two operands (table 4-7). */
  boolean takesSpecial(int aSe, long aSig, int bSe, long bSig) {
    if (Extended.isUnsupported(aSe, aSig) || Extended.isUnsupported(bSe, bSig)) {
      invalid();
      return true;
    }
    boolean aNan = Extended.isNan(aSe, aSig);
    boolean bNan = Extended.isNan(bSe, bSig);
    if (aNan || bNan) {
      takeNans(aNan, aSe, aSig, bNan, bSe, bSig);
      return true;
    }
    if (denormalOperand || Extended.isDenormal(aSe, aSig) || Extended.isDenormal(bSe, bSig)) {
      exceptions |= DENORMAL;
    }
    return false;
  }

  private void takeNan(int se, long sig) {
    if ((sig & Extended.QUIET_BIT) == 0) {
      exceptions |= INVALID;
    }
    set(se, sig | Extended.QUIET_BIT);
  }

  private void takeNans(boolean aNan, int aSe, long aSig, boolean bNan, int bSe, long bSig) {
    boolean aSignals = aNan && (aSig & Extended.QUIET_BIT) == 0;
    boolean bSignals = bNan && (bSig & Extended.QUIET_BIT) == 0;
    if (aSignals || bSignals) {
      exceptions |= INVALID;
    }
    boolean takeA;
    if (!aNan || !bNan) {
      takeA = aNan;
    } else if (aSignals != bSignals) {
      takeA = bSignals;
    } else {
      int order = Long.compareUnsigned(aSig, bSig);
      takeA = order > 0 || order == 0 && aSe < bSe;
    }
    set(takeA ? aSe : bSe, (takeA ? aSig : bSig) | Extended.QUIET_BIT);
  }

  // ---- rounding ------------------------------------------------------------------------------

  /**
   * Rounds {@code (-1)^sign * hi:lo / 2^127 * 2^(exponent - BIAS)} into the result.
   *
   * @param sign 0 or 1
   * @param exponent biased, of any size
   * @param hi upper half of the significand, normalized or not
   * @param lo lower half; whatever lies below is in its lowest bit
   * @param precision bits of significand to keep: 24, 53 or 64
   */
  void round(int sign, int exponent, long hi, long lo, int precision) {
    int e = exponent;
    long h = hi;
    long l = lo;
    if (h >= 0) {
      if (h == 0) {
        if (l == 0) {
          setZero(sign);
          return;
        }
        h = l;
        l = 0;
        e -= 64;
      }
      int shift = Long.numberOfLeadingZeros(h);
      if (shift != 0) {
        h = h << shift | l >>> 64 - shift;
        l <<= shift;
        e -= shift;
      }
    }
    long kept = roundAt(sign, h, l, precision);
    int rounded = carry ? e + 1 : e;
    if (rounded <= 0) {
      underflow(sign, e, h, l, precision);
    } else if (rounded >= Extended.EXPONENT) {
      overflow(sign, rounded, kept, precision);
    } else {
      noteRounding();
      set(sign << 15 | rounded, kept);
    }
  }

  /** Notes what the last {@link #roundAt} has done, in PE and C1. */
  void noteRounding() {
    if (inexact) {
      exceptions |= PRECISION;
      c1 = up;
    }
  }

  /** The result is tiny after rounding (section 8.5.5). */
  private void underflow(int sign, int exponent, long hi, long lo, int precision) {
    if (!masked(UNDERFLOW)) {
      exceptions |= UNDERFLOW;
      long kept = roundAt(sign, hi, lo, precision);
      int adjusted = exponent + BIAS_ADJUSTMENT + (carry ? 1 : 0);
      noteRounding();
      if (adjusted > 0) {
        set(sign << 15 | adjusted, kept);
      } else {
        exceptions |= PRECISION;
        setZero(sign);
      }
      return;
    }
    int shift = 1 - exponent;
    long h;
    long l;
    if (shift < 64) {
      h = hi >>> shift;
      l = hi << 64 - shift | (lo != 0 ? 1 : 0);
    } else {
      h = 0;
      l = shift == 64 ? hi | (lo != 0 ? 1 : 0) : 1;
    }
    long kept = roundAt(sign, h, l, precision);
    if (inexact) {
      exceptions |= UNDERFLOW;
    }
    noteRounding();
    set(sign << 15 | (int) (kept >>> 63), kept);
  }

  /** The result is huge after rounding (section 8.5.4). */
  private void overflow(int sign, int exponent, long kept, int precision) {
    exceptions |= OVERFLOW;
    if (!masked(OVERFLOW)) {
      noteRounding();
      int adjusted = exponent - BIAS_ADJUSTMENT;
      if (adjusted < Extended.EXPONENT) {
        set(sign << 15 | adjusted, kept);
      } else {
        setInfinity(sign);
      }
      return;
    }
    exceptions |= PRECISION;
    c1 = overflowsToInfinity(sign);
    if (c1) {
      setInfinity(sign);
    } else {
      set(sign << 15 | Extended.EXPONENT - 1, -1L << 64 - precision);
    }
  }

  /** The masked response to overflow, by rounding mode (table 4-10): infinity, or the largest. */
  boolean overflowsToInfinity(int sign) {
    return switch (roundingControl()) {
      case NEAREST -> true;
      case DOWN -> sign != 0;
      case UP -> sign == 0;
      default -> false;
    };
  }

  /**
   * Rounds a significand to its uppermost bits. {@link #wasInexact}, {@link #wentUp} and {@link
   * #carried} tell what has happened.
   *
   * @param bits how many of {@code hi} to keep, 0 to 64
   * @return the bits kept, in place; after a carry out of bit 63 the value 1.0, that is 2^63
   */
  long roundAt(int sign, long hi, long lo, int bits) {
    long rest = lo;
    long kept = hi;
    if (bits < 64) {
      rest = hi << bits | (lo != 0 ? 1 : 0);
      kept = bits == 0 ? 0 : hi & -1L << 64 - bits;
    }
    inexact = rest != 0;
    carry = false;
    up = inexact && roundsUp(sign, rest, bits != 0 && (kept >>> 64 - bits & 1) != 0);
    if (up) {
      if (bits != 0) {
        kept += 1L << 64 - bits;
      }
      if (kept == 0) {
        carry = true;
        kept = Extended.INTEGER_BIT;
      }
    }
    return kept;
  }

  private boolean roundsUp(int sign, long rest, boolean odd) {
    return switch (roundingControl()) {
      case NEAREST -> rest < 0 && (odd || rest != Long.MIN_VALUE);
      case DOWN -> sign != 0;
      case UP -> sign == 0;
      default -> false;
    };
  }

  /** True if the last {@link #roundAt} dropped bits that were not zero. */
  boolean wasInexact() {
    return inexact;
  }

  /** True if the last {@link #roundAt} went away from zero. */
  boolean wentUp() {
    return up;
  }

  /** True if the last {@link #roundAt} carried out of bit 63. */
  boolean carried() {
    return carry;
  }
}
