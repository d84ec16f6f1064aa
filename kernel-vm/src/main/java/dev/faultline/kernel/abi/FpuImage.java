// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.cpu.fpu.Fpu;

/** The x87 state in a signal frame: as FNSAVE stores it, and two words more. */
final class FpuImage {
  /** Seven words, eight registers of ten bytes, status and magic. */
  static final int SIZE = 112;

  private static final int HIGH_ONES = 0xFFFF_0000;
  private static final int REGISTERS_AT = 28;
  private static final int STATUS_AT = 108;
  private static final int NO_EXTENSION = 0xFFFF;

  private FpuImage() {}

  static void save(Fpu fpu, UserStruct u) {
    u.put32(0, fpu.controlWord() | HIGH_ONES).put32(4, fpu.statusWord() | HIGH_ONES);
    u.put32(8, fpu.tagWord() | HIGH_ONES);
    u.put32(12, fpu.instructionPointer());
    u.put32(16, fpu.instructionSelector() & 0xFFFF | fpu.opcode() << 16);
    u.put32(20, fpu.dataPointer()).put32(24, fpu.dataSelector() | HIGH_ONES);
    for (int i = 0; i < 8; i++) {
      int r = fpu.top() + i & 7;
      u.put64(REGISTERS_AT + 10 * i, fpu.significand(r));
      u.put16(REGISTERS_AT + 10 * i + 8, fpu.signExponent(r));
    }
    u.put16(STATUS_AT, fpu.statusWord()).put16(STATUS_AT + 2, NO_EXTENSION);
  }

  static void restore(Fpu fpu, UserStruct u) {
    fpu.reset();
    fpu.setControlWord(u.get16(0) & 0xFFFF);
    fpu.setStatusWord(u.get16(4) & 0xFFFF);
    fpu.setTagWord(u.get16(8) & 0xFFFF);
    fpu.setPointers(
        u.get32(12), u.get16(16) & 0xFFFF, u.get32(20), u.get16(24) & 0xFFFF, u.get16(18) & 0x7FF);
    for (int i = 0; i < 8; i++) {
      int r = fpu.top() + i & 7;
      fpu.setRegister(
          r, u.get64(REGISTERS_AT + 10 * i), u.get16(REGISTERS_AT + 10 * i + 8) & 0xFFFF);
    }
  }
}
