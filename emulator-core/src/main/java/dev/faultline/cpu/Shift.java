// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * Shifts and rotates. Counts are masked to five bits; a count of 0 changes no flag. OF has its
 * defined meaning for a count of 1, and follows the same formula otherwise.
 */
final class Shift {
  private Shift() {}

  private static void flags(Cpu c, int result, int carry, int overflow) {
    c.result = result;
    c.carries = (long) carry << 32 | (long) (carry ^ overflow) << 31;
  }

  /** Rotates change CF and OF only. */
  private static void rotateFlags(Cpu c, int carry, int overflow) {
    c.carries = c.carries & ~(3L << 31) | (long) carry << 32 | (long) (carry ^ overflow) << 31;
  }

  // ---- 8 bits ---------------------------------------------------------------------------------
  static int shl8(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    long shifted = (long) a << n;
    int carry = (int) (shifted >>> 8) & 1;
    int result = (byte) shifted;
    flags(c, result, carry, carry ^ result >>> 31);
    return result;
  }

  static int shr8(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = a >>> n;
    flags(c, (byte) result, a >>> n - 1 & 1, a >>> 7);
    return result;
  }

  static int sar8(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = (byte) a >> n;
    flags(c, result, (byte) a >> n - 1 & 1, 0);
    return result;
  }

  static int rol8(Cpu c, int a, int count) {
    if ((count & 31) == 0) {
      return a;
    }
    int n = count & 7;
    int result = (a << n | a >>> 8 - n) & 0xFF;
    rotateFlags(c, result & 1, (result ^ result >>> 7) & 1);
    return result;
  }

  static int ror8(Cpu c, int a, int count) {
    if ((count & 31) == 0) {
      return a;
    }
    int n = count & 7;
    int result = (a >>> n | a << 8 - n) & 0xFF;
    rotateFlags(c, result >>> 7, (result >>> 7 ^ result >>> 6) & 1);
    return result;
  }

  static int rcl8(Cpu c, int a, int count) {
    int n = (count & 31) % 9;
    if (n == 0) {
      return a;
    }
    int all = c.carryBit() << 8 | a;
    int rotated = (int) ((long) all << n | all >>> 9 - n);
    int result = rotated & 0xFF;
    int carry = rotated >>> 8 & 1;
    rotateFlags(c, carry, carry ^ result >>> 7);
    return result;
  }

  static int rcr8(Cpu c, int a, int count) {
    int n = (count & 31) % 9;
    if (n == 0) {
      return a;
    }
    int all = c.carryBit() << 8 | a;
    int rotated = (int) (all >>> n | (long) all << 9 - n);
    int result = rotated & 0xFF;
    rotateFlags(c, rotated >>> 8 & 1, (result >>> 7 ^ result >>> 6) & 1);
    return result;
  }

  // ---- 16 bits ---------------------------------------------------------------------------------
  static int shl16(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    long shifted = (long) a << n;
    int carry = (int) (shifted >>> 16) & 1;
    int result = (short) shifted;
    flags(c, result, carry, carry ^ result >>> 31);
    return result;
  }

  static int shr16(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = a >>> n;
    flags(c, (short) result, a >>> n - 1 & 1, a >>> 15);
    return result;
  }

  static int sar16(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = (short) a >> n;
    flags(c, result, (short) a >> n - 1 & 1, 0);
    return result;
  }

  static int rol16(Cpu c, int a, int count) {
    if ((count & 31) == 0) {
      return a;
    }
    int n = count & 15;
    int result = (a << n | a >>> 16 - n) & 0xFFFF;
    rotateFlags(c, result & 1, (result ^ result >>> 15) & 1);
    return result;
  }

  static int ror16(Cpu c, int a, int count) {
    if ((count & 31) == 0) {
      return a;
    }
    int n = count & 15;
    int result = (a >>> n | a << 16 - n) & 0xFFFF;
    rotateFlags(c, result >>> 15, (result >>> 15 ^ result >>> 14) & 1);
    return result;
  }

  static int rcl16(Cpu c, int a, int count) {
    int n = (count & 31) % 17;
    if (n == 0) {
      return a;
    }
    int all = c.carryBit() << 16 | a;
    int rotated = (int) ((long) all << n | all >>> 17 - n);
    int result = rotated & 0xFFFF;
    int carry = rotated >>> 16 & 1;
    rotateFlags(c, carry, carry ^ result >>> 15);
    return result;
  }

  static int rcr16(Cpu c, int a, int count) {
    int n = (count & 31) % 17;
    if (n == 0) {
      return a;
    }
    int all = c.carryBit() << 16 | a;
    int rotated = (int) (all >>> n | (long) all << 17 - n);
    int result = rotated & 0xFFFF;
    rotateFlags(c, rotated >>> 16 & 1, (result >>> 15 ^ result >>> 14) & 1);
    return result;
  }

  /** Above a count of 16 the result is undefined: here the bits come round again. */
  static int shld16(Cpu c, int a, int b, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    long all = (long) a << 32 | (long) b << 16 | a;
    int result = (int) (all << n >>> 32) & 0xFFFF;
    int carry = (int) (all << n >>> 48) & 1;
    flags(c, (short) result, carry, (a ^ result) >>> 15);
    return result;
  }

  /** Above a count of 16 the result is undefined: here the bits come round again. */
  static int shrd16(Cpu c, int a, int b, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    long all = (long) a << 32 | (long) b << 16 | a;
    int result = (int) (all >>> n) & 0xFFFF;
    int carry = (int) (all >>> n - 1) & 1;
    flags(c, (short) result, carry, (a ^ result) >>> 15);
    return result;
  }

  // ---- 32 bits ---------------------------------------------------------------------------------
  static int shl32(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int carry = a >>> 32 - n & 1;
    int result = a << n;
    flags(c, result, carry, carry ^ result >>> 31);
    return result;
  }

  static int shr32(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = a >>> n;
    flags(c, result, a >>> n - 1 & 1, a >>> 31);
    return result;
  }

  static int sar32(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = a >> n;
    flags(c, result, a >> n - 1 & 1, 0);
    return result;
  }

  static int rol32(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = Integer.rotateLeft(a, n);
    rotateFlags(c, result & 1, (result ^ result >>> 31) & 1);
    return result;
  }

  static int ror32(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = Integer.rotateRight(a, n);
    rotateFlags(c, result >>> 31, (result >>> 31 ^ result >>> 30) & 1);
    return result;
  }

  static int rcl32(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    long all = (long) c.carryBit() << 32 | a & 0xFFFF_FFFFL;
    long rotated = all << n | all >>> 33 - n;
    int result = (int) rotated;
    int carry = (int) (rotated >>> 32) & 1;
    rotateFlags(c, carry, carry ^ result >>> 31);
    return result;
  }

  static int rcr32(Cpu c, int a, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    long all = (long) c.carryBit() << 32 | a & 0xFFFF_FFFFL;
    long rotated = all >>> n | all << 33 - n;
    int result = (int) rotated;
    rotateFlags(c, (int) (rotated >>> 32) & 1, (result >>> 31 ^ result >>> 30) & 1);
    return result;
  }

  static int shld32(Cpu c, int a, int b, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = a << n | b >>> 32 - n;
    flags(c, result, a >>> 32 - n & 1, (a ^ result) >>> 31);
    return result;
  }

  static int shrd32(Cpu c, int a, int b, int count) {
    int n = count & 31;
    if (n == 0) {
      return a;
    }
    int result = a >>> n | b << 32 - n;
    flags(c, result, a >>> n - 1 & 1, (a ^ result) >>> 31);
    return result;
  }
}
