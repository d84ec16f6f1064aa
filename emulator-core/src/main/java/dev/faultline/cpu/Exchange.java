// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** Instructions that write two places: exchange, exchange and add, compare and exchange. */
final class Exchange {
  private static final long MASK32 = 0xFFFF_FFFFL;

  private Exchange() {}

  static void xchg8(Cpu c, Op op) {
    xchg(c, op, 1);
  }

  static void xchg16(Cpu c, Op op) {
    xchg(c, op, 2);
  }

  static void xchg32(Cpu c, Op op) {
    xchg(c, op, 4);
  }

  private static void xchg(Cpu c, Op op, int size) {
    int source = Operands.register(c, op.s, size);
    int old;
    if (op.memory) {
      int address = Operands.address(c, op, size, true);
      old = Operands.loadForWrite(c, address, size);
      Operands.store(c, address, size, source);
    } else {
      old = Operands.register(c, op.d, size);
      Operands.setRegister(c, op.d, size, source);
    }
    Operands.setRegister(c, op.s, size, old);
  }

  static void xadd8(Cpu c, Op op) {
    xadd(c, op, 1);
  }

  static void xadd16(Cpu c, Op op) {
    xadd(c, op, 2);
  }

  static void xadd32(Cpu c, Op op) {
    xadd(c, op, 4);
  }

  private static void xadd(Cpu c, Op op, int size) {
    int source = Operands.register(c, op.s, size);
    if (op.memory) {
      int address = Operands.address(c, op, size, true);
      int old = Operands.loadForWrite(c, address, size);
      Operands.store(c, address, size, sum(c, old, source, size));
      Operands.setRegister(c, op.s, size, old);
    } else {
      int old = Operands.register(c, op.d, size);
      int sum = sum(c, old, source, size);
      Operands.setRegister(c, op.s, size, old);
      // If both are the same register, the sum stays.
      Operands.setRegister(c, op.d, size, sum);
    }
  }

  private static int sum(Cpu c, int a, int b, int size) {
    return switch (size) {
      case 1 -> Alu.add8(c, a, b);
      case 2 -> Alu.add16(c, a, b);
      default -> Alu.add32(c, a, b);
    };
  }

  static void cmpxchg8(Cpu c, Op op) {
    cmpxchg(c, op, 1);
  }

  static void cmpxchg16(Cpu c, Op op) {
    cmpxchg(c, op, 2);
  }

  static void cmpxchg32(Cpu c, Op op) {
    cmpxchg(c, op, 4);
  }

  /** Memory is written in any case, with its old value if the comparison fails. */
  private static void cmpxchg(Cpu c, Op op, int size) {
    int accumulator = Operands.register(c, Cpu.EAX, size);
    int source = Operands.register(c, op.s, size);
    int address = 0;
    int old;
    if (op.memory) {
      address = Operands.address(c, op, size, true);
      old = Operands.loadForWrite(c, address, size);
      Operands.store(c, address, size, old == accumulator ? source : old);
    } else {
      old = Operands.register(c, op.d, size);
    }
    switch (size) {
      case 1 -> Alu.cmp8(c, accumulator, old);
      case 2 -> Alu.cmp16(c, accumulator, old);
      default -> Alu.cmp32(c, accumulator, old);
    }
    if (old != accumulator) {
      Operands.setRegister(c, Cpu.EAX, size, old);
    } else if (!op.memory) {
      Operands.setRegister(c, op.d, size, source);
    }
  }

  static void cmpxchg8b(Cpu c, Op op) {
    int address = Operands.address(c, op, 8, true);
    long old = c.mmu().readForWrite(address, 8);
    long expected = (long) c.r[Cpu.EDX] << 32 | c.r[Cpu.EAX] & MASK32;
    boolean equal = old == expected;
    long source = (long) c.r[Cpu.ECX] << 32 | c.r[Cpu.EBX] & MASK32;
    c.mmu().write64(address, equal ? source : old);
    if (!equal) {
      c.r[Cpu.EAX] = (int) old;
      c.r[Cpu.EDX] = (int) (old >>> 32);
    }
    c.setZero(equal);
  }

  static void xlat(Cpu c, Op op) {
    int offset = c.r[Cpu.EBX] + (c.r[Cpu.EAX] & 0xFF);
    if (op.addressSize16) {
      offset &= 0xFFFF;
    }
    c.set8(Cpu.EAX, c.mmu().read8(c.segments.linear(c, op.segment, offset, 1, false)));
  }
}
