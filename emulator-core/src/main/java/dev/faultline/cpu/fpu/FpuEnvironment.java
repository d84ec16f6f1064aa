// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import dev.faultline.mmu.Access;
import dev.faultline.mmu.Mmu;

/**
 * The images of the environment and of the whole state in memory (section 8.1.10), in their
 * protected-mode forms of 32 and of 16 bits.
 */
final class FpuEnvironment {
  private static final int ENVIRONMENT_32 = 28;
  private static final int ENVIRONMENT_16 = 14;
  private static final int REGISTERS = 80;

  private FpuEnvironment() {}

  /** Bytes of FLDENV's and FNSTENV's operand. */
  static int environmentSize(boolean operandSize16) {
    return operandSize16 ? ENVIRONMENT_16 : ENVIRONMENT_32;
  }

  /** Bytes of FRSTOR's and FNSAVE's operand. */
  static int stateSize(boolean operandSize16) {
    return environmentSize(operandSize16) + REGISTERS;
  }

  /** FNSTENV; the caller masks all exceptions then. */
  static void storeEnvironment(Fpu fpu, Mmu mmu, int address, boolean operandSize16) {
    mmu.probe(address, environmentSize(operandSize16), Access.WRITE);
    writeEnvironment(fpu, mmu, address, operandSize16);
  }

  /** FLDENV. */
  static void loadEnvironment(Fpu fpu, Mmu mmu, int address, boolean operandSize16) {
    mmu.probe(address, environmentSize(operandSize16), Access.READ);
    readEnvironment(fpu, mmu, address, operandSize16);
  }

  /** FNSAVE; the caller initializes the unit then. */
  static void save(Fpu fpu, Mmu mmu, int address, boolean operandSize16) {
    mmu.probe(address, stateSize(operandSize16), Access.WRITE);
    writeEnvironment(fpu, mmu, address, operandSize16);
    int at = address + environmentSize(operandSize16);
    for (int i = 0; i < 8; i++, at += 10) {
      int register = fpu.top() + i & 7;
      mmu.write64(at, fpu.significand(register));
      mmu.write16(at + 8, fpu.signExponent(register));
    }
  }

  /** FRSTOR. */
  static void restore(Fpu fpu, Mmu mmu, int address, boolean operandSize16) {
    mmu.probe(address, stateSize(operandSize16), Access.READ);
    readEnvironment(fpu, mmu, address, operandSize16);
    int at = address + environmentSize(operandSize16);
    for (int i = 0; i < 8; i++, at += 10) {
      fpu.setRegister(fpu.top() + i & 7, mmu.read64(at), mmu.read16(at + 8));
    }
  }

  private static void writeEnvironment(Fpu fpu, Mmu mmu, int address, boolean operandSize16) {
    int fop = fpu.opcode();
    if (operandSize16) {
      mmu.write16(address, fpu.controlWord());
      mmu.write16(address + 2, fpu.statusWord());
      mmu.write16(address + 4, fpu.tagWord());
      mmu.write16(address + 6, fpu.instructionPointer());
      mmu.write16(address + 8, fpu.instructionSelector());
      mmu.write16(address + 10, fpu.dataPointer());
      mmu.write16(address + 12, fpu.dataSelector());
      return;
    }
    mmu.write32(address, 0xFFFF_0000 | fpu.controlWord());
    mmu.write32(address + 4, 0xFFFF_0000 | fpu.statusWord());
    mmu.write32(address + 8, 0xFFFF_0000 | fpu.tagWord());
    mmu.write32(address + 12, fpu.instructionPointer());
    mmu.write32(address + 16, fop << 16 | fpu.instructionSelector());
    mmu.write32(address + 20, fpu.dataPointer());
    mmu.write32(address + 24, 0xFFFF_0000 | fpu.dataSelector());
  }

  private static void readEnvironment(Fpu fpu, Mmu mmu, int address, boolean operandSize16) {
    int step = operandSize16 ? 2 : 4;
    int control = mmu.read16(address);
    int status = mmu.read16(address + step);
    int tagWord = mmu.read16(address + 2 * step);
    if (operandSize16) {
      fpu.setPointers(
          mmu.read16(address + 6),
          mmu.read16(address + 8),
          mmu.read16(address + 10),
          mmu.read16(address + 12),
          0);
    } else {
      fpu.setPointers(
          mmu.read32(address + 12),
          mmu.read16(address + 16),
          mmu.read32(address + 20),
          mmu.read16(address + 24),
          mmu.read16(address + 18));
    }
    fpu.setControlWord(control);
    fpu.setStatusWord(status);
    fpu.setTagWord(tagWord);
  }
}
