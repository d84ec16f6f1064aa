// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import dev.faultline.mmu.Mmu;

/**
 * Packed decimal integers (section 4.7): eighteen digits in nine bytes, and a byte for the sign.
 */
final class FpuDecimal {
  private static final long LIMIT = 1_000_000_000_000_000_000L;

  private FpuDecimal() {}

  /**
   * Takes an operand of sixteen digits in {@code low}, two and the sign in {@code high}; exact.
   * Digits above 9 count for what they weigh.
   */
  static void load(Accumulator acc, long low, int high) {
    long value = (high >>> 4 & 15) * 10L + (high & 15);
    for (int shift = 60; shift >= 0; shift -= 4) {
      value = value * 10 + (low >>> shift & 15);
    }
    FpuConvert.fromInteger(acc, value);
    acc.signExponent |= high & Extended.SIGN;
  }

  /**
   * Rounds to an integer of at most eighteen digits for FBSTP.
   *
   * @return its magnitude; or -1 if it does not fit, with the exception noted
   */
  static long toMagnitude(Accumulator acc, int se, long sig) {
    if (!Extended.isUnsupported(se, sig) && FpuConvert.integralBits(se, sig) <= 60) {
      long magnitude = FpuConvert.toMagnitude(acc, se, sig);
      if (magnitude < LIMIT) {
        acc.noteRounding();
        return magnitude;
      }
    }
    acc.exceptions |= Accumulator.INVALID;
    return -1;
  }

  /** Writes a magnitude as {@link #toMagnitude} gave it: -1 is the packed decimal indefinite. */
  static void store(Mmu mmu, int address, int sign, long magnitude) {
    if (magnitude < 0) {
      mmu.write64(address, 0xC000_0000_0000_0000L);
      mmu.write16(address + 8, 0xFFFF);
      return;
    }
    long rest = magnitude;
    long low = 0;
    for (int shift = 0; shift < 64; shift += 4) {
      low |= rest % 10 << shift;
      rest /= 10;
    }
    mmu.write64(address, low);
    mmu.write16(address + 8, sign << 15 | (int) (rest / 10 << 4 | rest % 10));
  }
}
