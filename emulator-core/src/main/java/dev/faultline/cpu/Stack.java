// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.Access;
import org.jspecify.annotations.Nullable;

/**
 * Pushes and pops. Those that touch several slots probe all of them first, so that a refused fault
 * finds memory and registers as they were. The stack is 32 bits wide.
 */
final class Stack {
  private static final int MAX_NESTING = 31;

  private Stack() {}

  // ---- one slot --------------------------------------------------------------------------------

  private static int slot(Cpu c, int esp, int size, boolean write) {
    return c.segments.linear(c, Cpu.SS, esp, size, write);
  }

  /** Pushes 2 or 4 bytes. */
  static void push(Cpu c, int size, int value) {
    int esp = c.r[Cpu.ESP] - size;
    Operands.store(c, slot(c, esp, size, true), size, value);
    c.r[Cpu.ESP] = esp;
  }

  /** What is {@code distance} bytes up the stack; ESP stays. */
  static int peek(Cpu c, int distance, int size) {
    return Operands.load(c, slot(c, c.r[Cpu.ESP] + distance, size, false), size);
  }

  /** Pops 2 or 4 bytes. */
  static int pop(Cpu c, int size) {
    int value = peek(c, 0, size);
    c.r[Cpu.ESP] += size;
    return value;
  }

  static void popTo16(Cpu c, Op op) {
    popTo(c, op, 2);
  }

  static void popTo32(Cpu c, Op op) {
    popTo(c, op, 4);
  }

  /** A memory operand that ESP addresses is found with ESP already raised. */
  private static void popTo(Cpu c, Op op, int size) {
    int value = peek(c, 0, size);
    if (!op.memory) {
      c.r[Cpu.ESP] += size;
      Operands.setRegister(c, op.d, size, value);
      return;
    }
    int distance = op.base == Cpu.ESP ? size : 0;
    Operands.store(c, Operands.address(c, op, distance, size, true), size, value);
    c.r[Cpu.ESP] += size;
  }

  static void pushSegment16(Cpu c, Op op) {
    push(c, 2, c.selector(op.d));
  }

  static void pushSegment32(Cpu c, Op op) {
    push(c, 4, c.selector(op.d));
  }

  static @Nullable Op popSegment16(Cpu c, Op op) {
    return popSegment(c, op, 2);
  }

  static @Nullable Op popSegment32(Cpu c, Op op) {
    return popSegment(c, op, 4);
  }

  private static @Nullable Op popSegment(Cpu c, Op op, int size) {
    c.segments.loadData(c, op.d, peek(c, 0, size) & 0xFFFF);
    c.r[Cpu.ESP] += size;
    return c.leave(op);
  }

  // ---- flags -----------------------------------------------------------------------------------

  static void pushf16(Cpu c, Op op) {
    push(c, 2, c.eflags());
  }

  static void pushf32(Cpu c, Op op) {
    push(c, 4, c.eflags() & ~Flags.RF);
  }

  static @Nullable Op popf16(Cpu c, Op op) {
    return popf(c, op, 2);
  }

  static @Nullable Op popf32(Cpu c, Op op) {
    return popf(c, op, 4);
  }

  private static @Nullable Op popf(Cpu c, Op op, int size) {
    c.loadEflags(pop(c, size), size);
    return c.trapping() ? c.leave(op) : c.resume(op);
  }

  // ---- several slots ---------------------------------------------------------------------------

  /** Probes {@code count} slots down from ESP, the highest first, until all are in at once. */
  private static void probeDown(Cpu c, int count, int size) {
    int before;
    do {
      before = c.mmu().epoch();
      for (int i = 1; i <= count; i++) {
        c.mmu().probe(slot(c, c.r[Cpu.ESP] - i * size, size, true), size, Access.WRITE);
      }
    } while (before != c.mmu().epoch());
  }

  static void pusha16(Cpu c, Op op) {
    pusha(c, 2);
  }

  static void pusha32(Cpu c, Op op) {
    pusha(c, 4);
  }

  private static void pusha(Cpu c, int size) {
    probeDown(c, 8, size);
    int esp = c.r[Cpu.ESP];
    for (int i = 0; i < 8; i++) {
      push(c, size, i == Cpu.ESP ? esp : c.r[i]);
    }
  }

  static void popa16(Cpu c, Op op) {
    popa(c, 2);
  }

  static void popa32(Cpu c, Op op) {
    popa(c, 4);
  }

  /**
   * As hardware does it: registers that were popped before a fault keep what they got. ESP moves
   * last, so the instruction can be restarted.
   */
  private static void popa(Cpu c, int size) {
    for (int i = 0; i < 8; i++) {
      int register = 7 - i;
      if (register != Cpu.ESP) {
        Operands.setRegister(c, register, size, peek(c, i * size, size));
      }
    }
    c.r[Cpu.ESP] += 8 * size;
  }

  static void enter16(Cpu c, Op op) {
    enter(c, op, 2);
  }

  static void enter32(Cpu c, Op op) {
    enter(c, op, 4);
  }

  private static void enter(Cpu c, Op op, int size) {
    int level = op.immediate2 & MAX_NESTING;
    int before;
    do {
      before = c.mmu().epoch();
      probeDown(c, level == 0 ? 1 : level + 1, size);
      for (int i = 1; i < level; i++) {
        c.mmu().probe(slot(c, c.r[Cpu.EBP] - i * size, size, false), size, Access.READ);
      }
      int esp = c.r[Cpu.ESP] - (level == 0 ? 1 : level + 1) * size - op.immediate;
      c.mmu().probe(slot(c, esp, size, true), size, Access.WRITE);
    } while (before != c.mmu().epoch());
    int frame = c.r[Cpu.ESP] - size;
    push(c, size, c.r[Cpu.EBP]);
    for (int i = 1; i < level; i++) {
      int address = slot(c, c.r[Cpu.EBP] - i * size, size, false);
      push(c, size, Operands.load(c, address, size));
    }
    if (level > 0) {
      push(c, size, frame);
    }
    Operands.setRegister(c, Cpu.EBP, size, frame);
    c.r[Cpu.ESP] -= op.immediate;
  }

  static void leave16(Cpu c, Op op) {
    leave(c, 2);
  }

  static void leave32(Cpu c, Op op) {
    leave(c, 4);
  }

  private static void leave(Cpu c, int size) {
    int frame = c.r[Cpu.EBP];
    int value = Operands.load(c, slot(c, frame, size, false), size);
    c.r[Cpu.ESP] = frame + size;
    Operands.setRegister(c, Cpu.EBP, size, value);
  }
}
