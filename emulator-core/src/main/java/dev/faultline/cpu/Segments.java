// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.Access;
import org.jspecify.annotations.Nullable;

/** Instructions that load, store and check selectors. */
final class Segments {
  private static final int RPL = 3;

  private Segments() {}

  static void store16(Cpu c, Op op) {
    store(c, op, 2);
  }

  static void store32(Cpu c, Op op) {
    store(c, op, 4);
  }

  /** Memory gets 16 bits whatever the operand size, a register the size it has. */
  private static void store(Cpu c, Op op, int size) {
    Operands.write(c, op, op.d, op.memory ? 2 : size, c.selector(op.s));
  }

  static @Nullable Op load(Cpu c, Op op) {
    c.segments.loadData(c, op.d, Operands.read(c, op, op.s, 2));
    return c.leave(op);
  }

  static @Nullable Op les16(Cpu c, Op op) {
    return far(c, op, Cpu.ES, 2);
  }

  static @Nullable Op les32(Cpu c, Op op) {
    return far(c, op, Cpu.ES, 4);
  }

  static @Nullable Op lds16(Cpu c, Op op) {
    return far(c, op, Cpu.DS, 2);
  }

  static @Nullable Op lds32(Cpu c, Op op) {
    return far(c, op, Cpu.DS, 4);
  }

  static @Nullable Op lss16(Cpu c, Op op) {
    return far(c, op, Cpu.SS, 2);
  }

  static @Nullable Op lss32(Cpu c, Op op) {
    return far(c, op, Cpu.SS, 4);
  }

  static @Nullable Op lfs16(Cpu c, Op op) {
    return far(c, op, Cpu.FS, 2);
  }

  static @Nullable Op lfs32(Cpu c, Op op) {
    return far(c, op, Cpu.FS, 4);
  }

  static @Nullable Op lgs16(Cpu c, Op op) {
    return far(c, op, Cpu.GS, 2);
  }

  static @Nullable Op lgs32(Cpu c, Op op) {
    return far(c, op, Cpu.GS, 4);
  }

  private static @Nullable Op far(Cpu c, Op op, int segment, int size) {
    long pointer = farPointer(c, op, size);
    c.segments.loadData(c, segment, (int) (pointer >>> 32));
    Operands.setRegister(c, op.d, size, (int) pointer);
    return c.leave(op);
  }

  /** A far pointer in memory: the offset in the low half, the selector above. */
  static long farPointer(Cpu c, Op op, int size) {
    int address = Operands.address(c, op, size + 2, false);
    int before;
    do {
      before = c.mmu().epoch();
      c.mmu().probe(address, size + 2, Access.READ);
    } while (before != c.mmu().epoch());
    long offset = Operands.load(c, address, size) & 0xFFFF_FFFFL;
    return (long) c.mmu().read16(address + size) << 32 | offset;
  }

  /** Memory is written only if the RPL is raised. */
  static void arpl16(Cpu c, Op op) {
    int wanted = c.r[op.s] & RPL;
    int selector = Operands.read(c, op, op.d, 2);
    boolean raise = (selector & RPL) < wanted;
    if (raise) {
      Operands.write(c, op, op.d, 2, selector & ~RPL | wanted);
    }
    c.setZero(raise);
  }

  static void lar16(Cpu c, Op op) {
    describe(c, op, 2, true);
  }

  static void lar32(Cpu c, Op op) {
    describe(c, op, 4, true);
  }

  static void lsl16(Cpu c, Op op) {
    describe(c, op, 2, false);
  }

  static void lsl32(Cpu c, Op op) {
    describe(c, op, 4, false);
  }

  private static void describe(Cpu c, Op op, int size, boolean rights) {
    int selector = Operands.read(c, op, op.s, 2);
    boolean visible = c.segments.visible(selector);
    if (visible) {
      long descriptor = c.segments.table().descriptor(selector);
      int value =
          rights ? (int) (descriptor >>> 32) & 0x00FF_FF00 : SegmentDescriptor.limit(descriptor);
      Operands.setRegister(c, op.d, size, value);
    }
    c.setZero(visible);
  }

  static void verr16(Cpu c, Op op) {
    verify(c, op, false);
  }

  static void verw16(Cpu c, Op op) {
    verify(c, op, true);
  }

  private static void verify(Cpu c, Op op, boolean write) {
    int selector = Operands.read(c, op, op.d, 2);
    c.setZero(c.segments.visible(selector) && c.segments.accessible(selector, write));
  }
}
