// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * Comparison and classification (section 8.3.6): the condition codes, in their places in the status
 * word.
 */
final class FpuCompare {
  static final int C0 = 0x0100;
  static final int C1 = 0x0200;
  static final int C2 = 0x0400;
  static final int C3 = 0x4000;

  /** All four. */
  static final int CONDITIONS = C0 | C1 | C2 | C3;

  private static final int GREATER = 0;
  private static final int LESS = C0;
  private static final int EQUAL = C3;

  /** The outcome when an operand is not a number, or is missing. */
  static final int UNORDERED = C0 | C2 | C3;

  private FpuCompare() {}

  /**
   * FCOM, FICOM, FTST, FCOMI; quiet: FUCOM, FUCOMI, which accept QNaNs.
   *
   * @return a against b: C3, C2 and C0 (table 8-6)
   */
  static int compare(Accumulator acc, int aSe, long aSig, int bSe, long bSig, boolean quiet) {
    if (acc.takesSpecial(aSe, aSig, bSe, bSig)) {
      if (!quiet) {
        acc.exceptions |= Accumulator.INVALID;
      }
      return UNORDERED;
    }
    boolean aNegative = Extended.isNegative(aSe);
    if (Extended.isZero(aSe, aSig) && Extended.isZero(bSe, bSig)) {
      return EQUAL;
    }
    if (aNegative != Extended.isNegative(bSe)) {
      return aNegative ? LESS : GREATER;
    }
    int aExponent = Math.max(aSe & Extended.EXPONENT, 1);
    int bExponent = Math.max(bSe & Extended.EXPONENT, 1);
    int order =
        aExponent != bExponent
            ? Integer.compare(aExponent, bExponent)
            : Long.compareUnsigned(aSig, bSig);
    if (order == 0) {
      return EQUAL;
    }
    return order < 0 != aNegative ? LESS : GREATER;
  }

  /**
   * FXAM of a register that is not empty: its class, as the page of FXAM lists them, and its sign
   * in C1.
   */
  static int examine(int se, long sig) {
    return kind(se, sig) | (Extended.isNegative(se) ? C1 : 0);
  }

  private static int kind(int se, long sig) {
    if (Extended.isUnsupported(se, sig)) {
      return 0;
    }
    if (Extended.isZero(se, sig)) {
      return C3;
    }
    if (Extended.isDenormal(se, sig)) {
      return C3 | C2;
    }
    if (Extended.isInfinity(se, sig)) {
      return C2 | C0;
    }
    return Extended.isNan(se, sig) ? C0 : C2;
  }
}
