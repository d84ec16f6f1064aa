// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.cpu.fpu.Fpu;

/** Hands x87 instructions to the unit. */
final class X87 {
  private X87() {}

  private static void check(Cpu c, int vector) {
    if (vector != Fpu.NONE) {
      throw c.fault(vector, 0);
    }
  }

  static void register(Cpu c, Op op) {
    check(c, c.fpu().execute(op.opcode, op.modrm, c.eip(), c));
  }

  static void memory(Cpu c, Op op) {
    int size = Fpu.operandSize(op.opcode, op.modrm, op.operandSize16);
    if (size == 0) {
      throw c.fault(Vector.UD, 0);
    }
    if (!storesControl(op)) {
      // An exception that is pending comes before one of the operand.
      check(c, c.fpu().checkPending());
    }
    boolean writes = Fpu.writesMemory(op.opcode, op.modrm);
    int offset = Operands.offset(c, op);
    int linear = c.segments.linear(c, op.segment, offset, size, writes);
    check(
        c,
        c.fpu()
            .executeMemory(
                op.opcode, op.modrm, c.mmu(), linear, offset, c.eip(), op.operandSize16));
  }

  /** FNSTENV, FNSTCW, FNSAVE and FNSTSW do not wait for pending exceptions. */
  private static boolean storesControl(Op op) {
    int reg = op.modrm >>> 3 & 7;
    return reg >= 6 && (op.opcode == 0xD9 || op.opcode == 0xDD);
  }

  static void wait(Cpu c, Op op) {
    check(c, c.fpu().checkPending());
  }
}
