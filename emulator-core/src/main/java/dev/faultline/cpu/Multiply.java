// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** Multiplication and division. Flags that the manual leaves undefined are cleared. */
final class Multiply {
  private static final long MASK32 = 0xFFFF_FFFFL;

  private Multiply() {}

  /** CF and OF say whether the product is wider than its factors. */
  private static void flags(Cpu c, int low, boolean wide) {
    c.result = low;
    c.carries = wide ? 1L << 32 : 0;
  }

  static void mul8(Cpu c, int a) {
    int product = (c.r[Cpu.EAX] & 0xFF) * a;
    c.setAx(product);
    flags(c, (byte) product, product >>> 8 != 0);
  }

  static void mul16(Cpu c, int a) {
    int product = (c.r[Cpu.EAX] & 0xFFFF) * a;
    c.setAx(product);
    c.set16(Cpu.EDX, product >>> 16);
    flags(c, (short) product, product >>> 16 != 0);
  }

  static void mul32(Cpu c, int a) {
    long product = (c.r[Cpu.EAX] & MASK32) * (a & MASK32);
    int high = (int) (product >>> 32);
    c.r[Cpu.EAX] = (int) product;
    c.r[Cpu.EDX] = high;
    flags(c, (int) product, high != 0);
  }

  static void imul8(Cpu c, int a) {
    int product = (byte) c.r[Cpu.EAX] * (byte) a;
    c.setAx(product);
    flags(c, (byte) product, product != (byte) product);
  }

  static void imul16(Cpu c, int a) {
    int product = (short) c.r[Cpu.EAX] * (short) a;
    c.setAx(product);
    c.set16(Cpu.EDX, product >> 16);
    flags(c, (short) product, product != (short) product);
  }

  static void imul32(Cpu c, int a) {
    long product = (long) c.r[Cpu.EAX] * a;
    c.r[Cpu.EAX] = (int) product;
    c.r[Cpu.EDX] = (int) (product >>> 32);
    flags(c, (int) product, product != (int) product);
  }

  /** IMUL with two or three operands. */
  static int product16(Cpu c, int a, int b) {
    int product = (short) a * (short) b;
    flags(c, (short) product, product != (short) product);
    return product;
  }

  /** IMUL with two or three operands. */
  static int product32(Cpu c, int a, int b) {
    long product = (long) a * b;
    flags(c, (int) product, product != (int) product);
    return (int) product;
  }

  static void div8(Cpu c, int divisor) {
    int dividend = c.r[Cpu.EAX] & 0xFFFF;
    if (dividend >>> 8 >= divisor) {
      throw c.fault(Vector.DE, 0);
    }
    c.setAx(dividend / divisor | dividend % divisor << 8);
  }

  static void div16(Cpu c, int divisor) {
    int high = c.r[Cpu.EDX] & 0xFFFF;
    if (high >= divisor) {
      throw c.fault(Vector.DE, 0);
    }
    int dividend = high << 16 | c.r[Cpu.EAX] & 0xFFFF;
    c.setAx(Integer.divideUnsigned(dividend, divisor));
    c.set16(Cpu.EDX, Integer.remainderUnsigned(dividend, divisor));
  }

  static void div32(Cpu c, int divisor) {
    int high = c.r[Cpu.EDX];
    if (Integer.compareUnsigned(high, divisor) >= 0) {
      throw c.fault(Vector.DE, 0);
    }
    long dividend = (long) high << 32 | c.r[Cpu.EAX] & MASK32;
    long d = divisor & MASK32;
    long quotient = dividend >= 0 ? dividend / d : Long.divideUnsigned(dividend, d);
    c.r[Cpu.EAX] = (int) quotient;
    c.r[Cpu.EDX] = (int) (dividend - quotient * d);
  }

  static void idiv8(Cpu c, int a) {
    int divisor = (byte) a;
    int dividend = (short) c.r[Cpu.EAX];
    if (divisor == 0 || dividend / divisor != (byte) (dividend / divisor)) {
      throw c.fault(Vector.DE, 0);
    }
    c.setAx(dividend / divisor & 0xFF | dividend % divisor << 8);
  }

  static void idiv16(Cpu c, int a) {
    int divisor = (short) a;
    int dividend = c.r[Cpu.EDX] << 16 | c.r[Cpu.EAX] & 0xFFFF;
    long quotient = divisor == 0 ? Long.MAX_VALUE : (long) dividend / divisor;
    if (quotient != (short) quotient) {
      throw c.fault(Vector.DE, 0);
    }
    c.setAx((int) quotient);
    c.set16(Cpu.EDX, dividend % divisor);
  }

  static void idiv32(Cpu c, int divisor) {
    long dividend = (long) c.r[Cpu.EDX] << 32 | c.r[Cpu.EAX] & MASK32;
    // The one quotient that overflows 64 bits wraps to itself, which is no int either.
    long quotient = divisor == 0 ? Long.MAX_VALUE : dividend / divisor;
    if (quotient != (int) quotient) {
      throw c.fault(Vector.DE, 0);
    }
    c.r[Cpu.EAX] = (int) quotient;
    c.r[Cpu.EDX] = (int) (dividend % divisor);
  }
}
