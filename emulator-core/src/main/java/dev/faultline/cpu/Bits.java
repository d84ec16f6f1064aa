// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.cpu.decode.Operand.Kind;

/**
 * Bit scans, byte swap, and the bit tests, whose register offset reaches beyond the memory operand.
 */
final class Bits {
  private static final int TEST = 0;
  private static final int SET = 1;
  private static final int RESET = 2;
  private static final int COMPLEMENT = 3;

  private Bits() {}

  /** With a zero source the destination stays, as on all processors. */
  static int bsf16(Cpu c, int old, int source) {
    return scan(c, old, source, Integer.numberOfTrailingZeros(source));
  }

  static int bsf32(Cpu c, int old, int source) {
    return scan(c, old, source, Integer.numberOfTrailingZeros(source));
  }

  static int bsr16(Cpu c, int old, int source) {
    return scan(c, old, source, 31 - Integer.numberOfLeadingZeros(source));
  }

  static int bsr32(Cpu c, int old, int source) {
    return scan(c, old, source, 31 - Integer.numberOfLeadingZeros(source));
  }

  private static int scan(Cpu c, int old, int source, int position) {
    c.result = source;
    c.carries = 0;
    return source == 0 ? old : position;
  }

  /** Undefined: the low half becomes zero. */
  static int bswap16(Cpu c, int a) {
    return 0;
  }

  static int bswap32(Cpu c, int a) {
    return Integer.reverseBytes(a);
  }

  static void bt16(Cpu c, Op op) {
    test(c, op, 16, TEST);
  }

  static void bt32(Cpu c, Op op) {
    test(c, op, 32, TEST);
  }

  static void bts16(Cpu c, Op op) {
    test(c, op, 16, SET);
  }

  static void bts32(Cpu c, Op op) {
    test(c, op, 32, SET);
  }

  static void btr16(Cpu c, Op op) {
    test(c, op, 16, RESET);
  }

  static void btr32(Cpu c, Op op) {
    test(c, op, 32, RESET);
  }

  static void btc16(Cpu c, Op op) {
    test(c, op, 16, COMPLEMENT);
  }

  static void btc32(Cpu c, Op op) {
    test(c, op, 32, COMPLEMENT);
  }

  private static void test(Cpu c, Op op, int size, int action) {
    boolean byRegister = op.form.operands().get(1).kind() == Kind.REG;
    int value = c.r[op.s];
    int offset = !byRegister ? op.immediate : size == 16 ? (short) value : value;
    int bit = offset & size - 1;
    if (!op.memory) {
      int old = c.r[op.d];
      int changed = change(old, bit, action);
      c.r[op.d] = changed;
      carry(c, old >>> bit & 1);
      return;
    }
    int bytes = size / 8;
    int distance = byRegister ? (offset - bit) / size * bytes : 0;
    int address = Operands.address(c, op, distance, bytes, action != TEST);
    if (action == TEST) {
      carry(c, Operands.load(c, address, bytes) >>> bit & 1);
      return;
    }
    int old = Operands.loadForWrite(c, address, bytes);
    Operands.store(c, address, bytes, change(old, bit, action));
    carry(c, old >>> bit & 1);
  }

  private static int change(int value, int bit, int action) {
    return switch (action) {
      case SET -> value | 1 << bit;
      case RESET -> value & ~(1 << bit);
      case COMPLEMENT -> value ^ 1 << bit;
      default -> value;
    };
  }

  private static void carry(Cpu c, int bit) {
    if (bit == 0) {
      FlagOps.clc(c);
    } else {
      FlagOps.stc(c);
    }
  }
}
