// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * Addition, subtraction and logic in 8, 16 and 32 bits. Operands of 8 and 16 bits come
 * zero-extended; of what is returned, the low bits count. How flags are kept is told in {@link
 * Cpu}.
 */
final class Alu {
  private static final long MASK32 = 0xFFFF_FFFFL;
  private static final long CARRY = 1L << 32;

  private Alu() {}

  // ---- flags -----------------------------------------------------------------------------------

  /** Flags of an 8-bit result; {@code carries}: into each bit, bit 8 for the carry out. */
  private static int flags8(Cpu c, int result, int carries) {
    c.result = (byte) result;
    c.carries = (long) carries << 24 | carries & Flags.AF;
    return result;
  }

  private static int flags16(Cpu c, int result, int carries) {
    c.result = (short) result;
    c.carries = (long) carries << 16 | carries & Flags.AF;
    return result;
  }

  private static int logic8(Cpu c, int result) {
    c.result = (byte) result;
    c.carries = 0;
    return result;
  }

  private static int logic16(Cpu c, int result) {
    c.result = (short) result;
    c.carries = 0;
    return result;
  }

  private static int logic32(Cpu c, int result) {
    c.result = result;
    c.carries = 0;
    return result;
  }

  /** The carries of INC and DEC: OF and AF are new, CF is the old one. */
  private static void keepCarry(Cpu c, long old) {
    long flip = (c.carries ^ old) & CARRY;
    // Both bits that OF compares are flipped.
    c.carries ^= flip | flip >>> 1;
  }

  // ---- addition and subtraction ----------------------------------------------------------------

  static int add8(Cpu c, int a, int b) {
    int sum = a + b;
    return flags8(c, sum, a ^ b ^ sum);
  }

  static int add16(Cpu c, int a, int b) {
    int sum = a + b;
    return flags16(c, sum, a ^ b ^ sum);
  }

  static int add32(Cpu c, int a, int b) {
    long x = a & MASK32;
    long y = b & MASK32;
    long sum = x + y;
    c.result = (int) sum;
    c.carries = x ^ y ^ sum;
    return (int) sum;
  }

  static int adc8(Cpu c, int a, int b) {
    int sum = a + b + c.carryBit();
    return flags8(c, sum, a ^ b ^ sum);
  }

  static int adc16(Cpu c, int a, int b) {
    int sum = a + b + c.carryBit();
    return flags16(c, sum, a ^ b ^ sum);
  }

  static int adc32(Cpu c, int a, int b) {
    long x = a & MASK32;
    long y = b & MASK32;
    long sum = x + y + c.carryBit();
    c.result = (int) sum;
    c.carries = x ^ y ^ sum;
    return (int) sum;
  }

  static int sub8(Cpu c, int a, int b) {
    int difference = a - b;
    return flags8(c, difference, a ^ b ^ difference);
  }

  static int sub16(Cpu c, int a, int b) {
    int difference = a - b;
    return flags16(c, difference, a ^ b ^ difference);
  }

  static int sub32(Cpu c, int a, int b) {
    long x = a & MASK32;
    long y = b & MASK32;
    long difference = x - y;
    c.result = (int) difference;
    c.carries = x ^ y ^ difference;
    return (int) difference;
  }

  static int sbb8(Cpu c, int a, int b) {
    int difference = a - b - c.carryBit();
    return flags8(c, difference, a ^ b ^ difference);
  }

  static int sbb16(Cpu c, int a, int b) {
    int difference = a - b - c.carryBit();
    return flags16(c, difference, a ^ b ^ difference);
  }

  static int sbb32(Cpu c, int a, int b) {
    long x = a & MASK32;
    long y = b & MASK32;
    long difference = x - y - c.carryBit();
    c.result = (int) difference;
    c.carries = x ^ y ^ difference;
    return (int) difference;
  }

  static void cmp8(Cpu c, int a, int b) {
    int _ = sub8(c, a, b);
  }

  static void cmp16(Cpu c, int a, int b) {
    int _ = sub16(c, a, b);
  }

  static void cmp32(Cpu c, int a, int b) {
    int _ = sub32(c, a, b);
  }

  static int inc8(Cpu c, int a) {
    long old = c.carries;
    int sum = add8(c, a, 1);
    keepCarry(c, old);
    return sum;
  }

  static int inc16(Cpu c, int a) {
    long old = c.carries;
    int sum = add16(c, a, 1);
    keepCarry(c, old);
    return sum;
  }

  static int inc32(Cpu c, int a) {
    long old = c.carries;
    int sum = add32(c, a, 1);
    keepCarry(c, old);
    return sum;
  }

  static int dec8(Cpu c, int a) {
    long old = c.carries;
    int difference = sub8(c, a, 1);
    keepCarry(c, old);
    return difference;
  }

  static int dec16(Cpu c, int a) {
    long old = c.carries;
    int difference = sub16(c, a, 1);
    keepCarry(c, old);
    return difference;
  }

  static int dec32(Cpu c, int a) {
    long old = c.carries;
    int difference = sub32(c, a, 1);
    keepCarry(c, old);
    return difference;
  }

  static int neg8(Cpu c, int a) {
    return sub8(c, 0, a);
  }

  static int neg16(Cpu c, int a) {
    return sub16(c, 0, a);
  }

  static int neg32(Cpu c, int a) {
    return sub32(c, 0, a);
  }

  // ---- logic -----------------------------------------------------------------------------------

  static int and8(Cpu c, int a, int b) {
    return logic8(c, a & b);
  }

  static int and16(Cpu c, int a, int b) {
    return logic16(c, a & b);
  }

  static int and32(Cpu c, int a, int b) {
    return logic32(c, a & b);
  }

  static int or8(Cpu c, int a, int b) {
    return logic8(c, a | b);
  }

  static int or16(Cpu c, int a, int b) {
    return logic16(c, a | b);
  }

  static int or32(Cpu c, int a, int b) {
    return logic32(c, a | b);
  }

  static int xor8(Cpu c, int a, int b) {
    return logic8(c, a ^ b);
  }

  static int xor16(Cpu c, int a, int b) {
    return logic16(c, a ^ b);
  }

  static int xor32(Cpu c, int a, int b) {
    return logic32(c, a ^ b);
  }

  static void test8(Cpu c, int a, int b) {
    int _ = logic8(c, a & b);
  }

  static void test16(Cpu c, int a, int b) {
    int _ = logic16(c, a & b);
  }

  static void test32(Cpu c, int a, int b) {
    int _ = logic32(c, a & b);
  }

  static int not8(Cpu c, int a) {
    return ~a;
  }

  static int not16(Cpu c, int a) {
    return ~a;
  }

  static int not32(Cpu c, int a) {
    return ~a;
  }

  // ---- sign extension --------------------------------------------------------------------------

  static int signExtend8(Cpu c, int a) {
    return (byte) a;
  }

  static int signExtend16(Cpu c, int a) {
    return (short) a;
  }

  /** CBW. */
  static void widen16(Cpu c) {
    c.setAx((byte) c.r[Cpu.EAX]);
  }

  /** CWDE. */
  static void widen32(Cpu c) {
    c.r[Cpu.EAX] = (short) c.r[Cpu.EAX];
  }

  /** CWD. */
  static void spread16(Cpu c) {
    c.set16(Cpu.EDX, (short) c.r[Cpu.EAX] >> 15);
  }

  /** CDQ. */
  static void spread32(Cpu c) {
    c.r[Cpu.EDX] = c.r[Cpu.EAX] >> 31;
  }
}
