// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ (section 8.3.4): each kept to more than 64 bits
 * and rounded as RC asks; the inexact result is not reported.
 */
final class FpuConstants {
  private static final int[] EXPONENTS = {0, 1, 0, 1, -2, -1};

  private static final long[] SIGNIFICANDS = {
    0x8000_0000_0000_0000L, // 1
    0xD49A_784B_CD1B_8AFEL, // log2(10)
    0xB8AA_3B29_5C17_F0BBL, // log2(e)
    0xC90F_DAA2_2168_C234L, // pi
    0x9A20_9A84_FBCF_F798L, // log10(2)
    0xB172_17F7_D1CF_79ABL, // ln(2)
  };

  /** The next bits of each. */
  private static final long[] REST = {
    0,
    0x492B_F6FF_4DAF_DB4CL,
    0xBE87_FED0_691D_3E88L,
    0xC4C6_628B_80DC_1CD1L,
    0x8F89_59AC_0B7C_9178L,
    0xC9E3_B398_03F2_F6AFL,
  };

  private FpuConstants() {}

  /** The result is the constant of D9 E8 + {@code index}, 0 to 6. */
  static void load(Accumulator acc, int index) {
    if (index == SIGNIFICANDS.length) {
      acc.setZero(0);
      return;
    }
    long rounded = acc.roundAt(0, SIGNIFICANDS[index], REST[index], 64);
    acc.set(Extended.BIAS + EXPONENTS[index], rounded);
  }
}
