// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.PhysicalMemory;

/** Operands of instructions that are not on the fast path: addresses with all checks, any size. */
final class Operands {
  private Operands() {}

  /** The offset of the memory operand in its segment. */
  static int offset(Cpu c, Op op) {
    int offset = c.r[op.base] + (c.r[op.index] << op.scale) + op.displacement;
    return op.addressSize16 ? offset & 0xFFFF : offset;
  }

  /** The linear address of the memory operand, or #GP(0) or #SS(0). */
  static int address(Cpu c, Op op, int size, boolean write) {
    return c.segments.linear(c, op.segment, offset(c, op), size, write);
  }

  /** The same, {@code distance} bytes on. */
  static int address(Cpu c, Op op, int distance, int size, boolean write) {
    int offset = offset(c, op) + distance;
    if (op.addressSize16) {
      offset &= 0xFFFF;
    }
    return c.segments.linear(c, op.segment, offset, size, write);
  }

  // ---- memory ----------------------------------------------------------------------------------

  /** Reads 1, 2 or 4 bytes, zero-extended. */
  static int load(Cpu c, int linear, int size) {
    return switch (size) {
      case 1 -> c.mmu().read8(linear);
      case 2 -> c.mmu().read16(linear);
      default -> c.mmu().read32(linear);
    };
  }

  /** Reads what the same instruction will write: faults as a write. */
  static int loadForWrite(Cpu c, int linear, int size) {
    int i = c.writeIndex(linear, size);
    if (i < 0) {
      return (int) c.mmu().readForWrite(linear, size);
    }
    return switch (size) {
      case 1 -> c.ram[i] & 0xFF;
      case 2 -> (short) PhysicalMemory.SHORT.get(c.ram, i) & 0xFFFF;
      default -> (int) PhysicalMemory.INT.get(c.ram, i);
    };
  }

  /** Writes 1, 2 or 4 bytes. */
  static void store(Cpu c, int linear, int size, int value) {
    switch (size) {
      case 1 -> c.mmu().write8(linear, value);
      case 2 -> c.mmu().write16(linear, value);
      default -> c.mmu().write32(linear, value);
    }
  }

  // ---- registers and ModRM operands ------------------------------------------------------------

  /** A general register of 1, 2 or 4 bytes, zero-extended. */
  static int register(Cpu c, int number, int size) {
    return switch (size) {
      case 1 -> c.get8(number);
      case 2 -> c.r[number] & 0xFFFF;
      default -> c.r[number];
    };
  }

  static void setRegister(Cpu c, int number, int size, int value) {
    switch (size) {
      case 1 -> c.set8(number, value);
      case 2 -> c.set16(number, value);
      default -> c.r[number] = value;
    }
  }

  /** The ModRM operand: memory, or register {@code number}. */
  static int read(Cpu c, Op op, int number, int size) {
    return op.memory ? load(c, address(c, op, size, false), size) : register(c, number, size);
  }

  /** Writes the ModRM operand. */
  static void write(Cpu c, Op op, int number, int size, int value) {
    if (op.memory) {
      store(c, address(c, op, size, true), size, value);
    } else {
      setRegister(c, number, size, value);
    }
  }
}
