// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.Access;
import org.jspecify.annotations.Nullable;

/**
 * Transfers of control, as far as they are not generated: indirect, far, loops, interrupts. Each
 * returns the operation to go on with, or null to leave the block.
 */
final class Control {
  private Control() {}

  private static int mask(int size, int eip) {
    return size == 2 ? eip & 0xFFFF : eip;
  }

  /** Where a relative branch goes; with a 16-bit operand size EIP is cut. */
  private static int target(Cpu c, Op op, int size) {
    return mask(size, c.codeEip + op.target);
  }

  // ---- conditions ------------------------------------------------------------------------------

  static boolean condition(Cpu c, int number) {
    boolean holds =
        switch (number >>> 1) {
          case 0 -> c.overflow();
          case 1 -> c.carry();
          case 2 -> c.zero();
          case 3 -> c.belowOrEqual();
          case 4 -> c.sign();
          case 5 -> c.parity();
          case 6 -> c.less();
          default -> c.lessOrEqual();
        };
    return holds != ((number & 1) != 0);
  }

  /** A conditional branch that leaves its page, or has a 16-bit operand size. */
  static @Nullable Op branch(Cpu c, Op op, int size) {
    if (condition(c, op.form.condition())) {
      return c.transfer(op, target(c, op, size));
    }
    return c.resume(op);
  }

  static @Nullable Op loop16(Cpu c, Op op) {
    return loop(c, op, 2, true);
  }

  static @Nullable Op loop32(Cpu c, Op op) {
    return loop(c, op, 4, true);
  }

  static @Nullable Op loope16(Cpu c, Op op) {
    return loop(c, op, 2, c.zero());
  }

  static @Nullable Op loope32(Cpu c, Op op) {
    return loop(c, op, 4, c.zero());
  }

  static @Nullable Op loopne16(Cpu c, Op op) {
    return loop(c, op, 2, !c.zero());
  }

  static @Nullable Op loopne32(Cpu c, Op op) {
    return loop(c, op, 4, !c.zero());
  }

  /** The counter is as wide as addresses are. */
  private static @Nullable Op loop(Cpu c, Op op, int size, boolean condition) {
    int target = target(c, op, size);
    c.checkTarget(target);
    int width = op.addressSize16 ? 2 : 4;
    int count = mask(width, c.r[Cpu.ECX] - 1);
    Operands.setRegister(c, Cpu.ECX, width, count);
    return count != 0 && condition ? c.transfer(op, target) : c.resume(op);
  }

  static @Nullable Op jcxz16(Cpu c, Op op) {
    return jcxz(c, op, 2);
  }

  static @Nullable Op jcxz32(Cpu c, Op op) {
    return jcxz(c, op, 4);
  }

  private static @Nullable Op jcxz(Cpu c, Op op, int size) {
    boolean zero = mask(op.addressSize16 ? 2 : 4, c.r[Cpu.ECX]) == 0;
    return zero ? c.transfer(op, target(c, op, size)) : c.resume(op);
  }

  // ---- near ------------------------------------------------------------------------------------

  /** A relative jump that leaves its page, or has a 16-bit operand size. */
  static @Nullable Op jump(Cpu c, Op op, int size) {
    return c.transfer(op, target(c, op, size));
  }

  /** A relative call that leaves its page, or has a 16-bit operand size. */
  static @Nullable Op callRelative(Cpu c, Op op, int size) {
    return call(c, op, size, target(c, op, size));
  }

  static @Nullable Op jmp16(Cpu c, Op op) {
    return c.transfer(op, Operands.read(c, op, op.d, 2));
  }

  static @Nullable Op jmp32(Cpu c, Op op) {
    return c.transfer(op, Operands.read(c, op, op.d, 4));
  }

  static @Nullable Op call16(Cpu c, Op op) {
    return call(c, op, 2, Operands.read(c, op, op.d, 2));
  }

  static @Nullable Op call32(Cpu c, Op op) {
    return call(c, op, 4, Operands.read(c, op, op.d, 4));
  }

  private static @Nullable Op call(Cpu c, Op op, int size, int target) {
    c.checkTarget(target);
    Stack.push(c, size, c.codeEip + op.nextOffset());
    return c.transfer(op, target);
  }

  /** RET; the immediate, if any, is dropped from the stack too. */
  static @Nullable Op ret(Cpu c, Op op, int size) {
    int target = Stack.peek(c, 0, size);
    c.checkTarget(target);
    c.r[Cpu.ESP] += size + op.immediate;
    return c.transfer(op, target);
  }

  // ---- far -------------------------------------------------------------------------------------

  private static @Nullable Op far(Cpu c, Op op, int selector, int target, boolean isReturn) {
    long descriptor = c.segments.checkCode(c, selector, isReturn);
    c.checkTarget(target, descriptor);
    c.segments.setCode(selector, descriptor);
    return c.leaveTo(op, target);
  }

  static @Nullable Op jmpFar16(Cpu c, Op op) {
    return far(c, op, op.immediate2, op.immediate, false);
  }

  static @Nullable Op jmpFar32(Cpu c, Op op) {
    return far(c, op, op.immediate2, op.immediate, false);
  }

  static @Nullable Op jmpFarIndirect16(Cpu c, Op op) {
    long pointer = Segments.farPointer(c, op, 2);
    return far(c, op, (int) (pointer >>> 32), (int) pointer, false);
  }

  static @Nullable Op jmpFarIndirect32(Cpu c, Op op) {
    long pointer = Segments.farPointer(c, op, 4);
    return far(c, op, (int) (pointer >>> 32), (int) pointer, false);
  }

  static @Nullable Op callFar16(Cpu c, Op op) {
    return callFar(c, op, 2, op.immediate2, op.immediate);
  }

  static @Nullable Op callFar32(Cpu c, Op op) {
    return callFar(c, op, 4, op.immediate2, op.immediate);
  }

  static @Nullable Op callFarIndirect16(Cpu c, Op op) {
    long pointer = Segments.farPointer(c, op, 2);
    return callFar(c, op, 2, (int) (pointer >>> 32), (int) pointer);
  }

  static @Nullable Op callFarIndirect32(Cpu c, Op op) {
    long pointer = Segments.farPointer(c, op, 4);
    return callFar(c, op, 4, (int) (pointer >>> 32), (int) pointer);
  }

  private static @Nullable Op callFar(Cpu c, Op op, int size, int selector, int target) {
    long descriptor = c.segments.checkCode(c, selector, false);
    c.checkTarget(target, descriptor);
    int esp = c.r[Cpu.ESP];
    int upper = c.segments.linear(c, Cpu.SS, esp - size, size, true);
    int lower = c.segments.linear(c, Cpu.SS, esp - 2 * size, size, true);
    int before;
    do {
      before = c.mmu().epoch();
      c.mmu().probe(upper, size, Access.WRITE);
      c.mmu().probe(lower, size, Access.WRITE);
    } while (before != c.mmu().epoch());
    Operands.store(c, upper, size, c.selector(Cpu.CS));
    Operands.store(c, lower, size, c.codeEip + op.nextOffset());
    c.r[Cpu.ESP] = esp - 2 * size;
    c.segments.setCode(selector, descriptor);
    return c.leaveTo(op, target);
  }

  static @Nullable Op retFar16(Cpu c, Op op) {
    return retFar(c, op, 2);
  }

  static @Nullable Op retFar32(Cpu c, Op op) {
    return retFar(c, op, 4);
  }

  private static @Nullable Op retFar(Cpu c, Op op, int size) {
    int target = Stack.peek(c, 0, size);
    int selector = Stack.peek(c, size, size) & 0xFFFF;
    Op next = far(c, op, selector, target, true);
    c.r[Cpu.ESP] += 2 * size + op.immediate;
    return next;
  }

  static @Nullable Op iret16(Cpu c, Op op) {
    return iret(c, op, 2);
  }

  static @Nullable Op iret32(Cpu c, Op op) {
    return iret(c, op, 4);
  }

  /** IRET within the privilege level; with NT set it would switch tasks: #GP(0). */
  private static @Nullable Op iret(Cpu c, Op op, int size) {
    if ((c.control & Flags.NT) != 0) {
      throw c.fault(Vector.GP, 0);
    }
    int target = Stack.peek(c, 0, size);
    int selector = Stack.peek(c, size, size) & 0xFFFF;
    int flags = Stack.peek(c, 2 * size, size);
    Op next = far(c, op, selector, target, true);
    c.r[Cpu.ESP] += 3 * size;
    c.loadEflags(flags, size);
    return next;
  }

  // ---- interrupts and exceptions ---------------------------------------------------------------

  static @Nullable Op breakpoint(Cpu c, Op op) {
    return trap(c, op, Vector.BP);
  }

  static @Nullable Op overflow(Cpu c, Op op) {
    return c.overflow() ? trap(c, op, Vector.OF) : c.resume(op);
  }

  private static @Nullable Op trap(Cpu c, Op op, int vector) {
    c.exitVector = vector;
    c.exitErrorCode = 0;
    c.exit = Exit.EXCEPTION;
    return c.leave(op);
  }

  static @Nullable Op interrupt(Cpu c, Op op) {
    if (c.cpl() > c.segments.table().gateDpl(op.immediate)) {
      throw c.fault(Vector.GP, op.immediate * 8 + 2);
    }
    c.exitVector = op.immediate;
    c.exitErrorCode = 0;
    c.exit = Exit.INTERRUPT;
    return c.leave(op);
  }

  static void bound16(Cpu c, Op op) {
    int address = Operands.address(c, op, 4, false);
    int bounds = c.mmu().read32(address);
    bound(c, (short) c.r[op.d], (short) bounds, bounds >> 16);
  }

  static void bound32(Cpu c, Op op) {
    long bounds = c.mmu().read64(Operands.address(c, op, 8, false));
    bound(c, c.r[op.d], (int) bounds, (int) (bounds >>> 32));
  }

  private static void bound(Cpu c, int index, int lower, int upper) {
    if (index < lower || index > upper) {
      throw c.fault(Vector.BR, 0);
    }
  }

  @SuppressWarnings("DoNotCallSuggester") // called from generated code, as the table says
  static @Nullable Op undefined(Cpu c, Op op) {
    throw c.fault(Vector.UD, 0);
  }
}
