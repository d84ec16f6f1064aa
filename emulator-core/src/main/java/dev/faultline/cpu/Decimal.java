// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** Adjustments for decimal arithmetic (SDM volume 2, under each name). */
final class Decimal {
  private Decimal() {}

  private static int al(Cpu c) {
    return c.r[Cpu.EAX] & 0xFF;
  }

  private static void setAl(Cpu c, int value) {
    c.set8(Cpu.EAX, value);
  }

  /** Flags by the value of AL, with AF and CF given; OF is cleared. */
  private static void flags(Cpu c, int al, boolean adjust, boolean carry) {
    c.result = (byte) al;
    // CF without OF sets both of the bits that OF compares.
    c.carries = (carry ? 3L << 31 : 0) | (adjust ? Flags.AF : 0);
  }

  static void daa(Cpu c) {
    adjust(c, 1);
  }

  static void das(Cpu c) {
    adjust(c, -1);
  }

  private static void adjust(Cpu c, int sign) {
    int old = al(c);
    int value = old;
    boolean oldCarry = c.carry();
    boolean carry = false;
    boolean adjust = (old & 0xF) > 9 || c.adjust();
    if (adjust) {
      value += sign * 6;
      carry = oldCarry || (value & ~0xFF) != 0;
    }
    if (old > 0x99 || oldCarry) {
      value += sign * 0x60;
      carry = true;
    }
    setAl(c, value);
    flags(c, value, adjust, carry);
  }

  static void aaa(Cpu c) {
    ascii(c, 1);
  }

  static void aas(Cpu c) {
    ascii(c, -1);
  }

  private static void ascii(Cpu c, int sign) {
    boolean adjust = (al(c) & 0xF) > 9 || c.adjust();
    if (adjust) {
      c.setAx((c.r[Cpu.EAX] & 0xFFFF) + sign * 0x106);
    }
    setAl(c, al(c) & 0xF);
    flags(c, al(c), adjust, adjust);
  }

  static void aam8(Cpu c, int base) {
    if (base == 0) {
      throw c.fault(Vector.DE, 0);
    }
    int old = al(c);
    c.setAx(old / base << 8 | old % base);
    flags(c, old % base, false, false);
  }

  static void aad8(Cpu c, int base) {
    int value = al(c) + (c.r[Cpu.EAX] >>> 8 & 0xFF) * base & 0xFF;
    c.setAx(value);
    flags(c, value, false, false);
  }
}
