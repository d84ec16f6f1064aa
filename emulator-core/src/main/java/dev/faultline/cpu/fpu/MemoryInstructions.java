// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

import dev.faultline.mmu.Access;
import dev.faultline.mmu.Mmu;

/**
 * The instructions with a memory operand. A form is the opcode's low three bits and the ModRM
 * byte's reg field: {@code (esc & 7) << 3 | reg}.
 *
 * <p>An operand is read, or its place proved writable, before anything else is done, so that a
 * fault that is refused has changed nothing. And a fault that is resolved may have let another
 * thread run on this unit: nothing taken from it before is good after.
 */
final class MemoryInstructions {
  private static final int FLD32 = 0x08;
  private static final int FST32 = 0x0A;
  private static final int FSTP32 = 0x0B;
  private static final int FLDENV = 0x0C;
  private static final int FLDCW = 0x0D;
  private static final int FNSTENV = 0x0E;
  private static final int FNSTCW = 0x0F;
  private static final int FILD32 = 0x18;
  private static final int FIST32 = 0x1A;
  private static final int FISTP32 = 0x1B;
  private static final int FLD80 = 0x1D;
  private static final int FSTP80 = 0x1F;
  private static final int FLD64 = 0x28;
  private static final int FST64 = 0x2A;
  private static final int FSTP64 = 0x2B;
  private static final int FRSTOR = 0x2C;
  private static final int FNSAVE = 0x2E;
  private static final int FNSTSW = 0x2F;
  private static final int FILD16 = 0x38;
  private static final int FIST16 = 0x3A;
  private static final int FISTP16 = 0x3B;
  private static final int FBLD = 0x3C;
  private static final int FILD64 = 0x3D;
  private static final int FBSTP = 0x3E;
  private static final int FISTP64 = 0x3F;

  /** Operand sizes by form; 0 undefined, -1 an environment, -2 the whole state. */
  private static final byte[] SIZES = {
    4, 4, 4, 4, 4, 4, 4, 4, // D8: single precision
    4, 0, 4, 4, -1, 2, -1, 2, // D9
    4, 4, 4, 4, 4, 4, 4, 4, // DA: 32-bit integers
    4, 0, 4, 4, 0, 10, 0, 10, // DB
    8, 8, 8, 8, 8, 8, 8, 8, // DC: double precision
    8, 0, 8, 8, -2, 0, -2, 2, // DD
    2, 2, 2, 2, 2, 2, 2, 2, // DE: 16-bit integers
    2, 0, 2, 2, 10, 8, 10, 8, // DF
  };

  private MemoryInstructions() {}

  static int form(int esc, int modrm) {
    return (esc & 7) << 3 | modrm >>> 3 & 7;
  }

  /** True if the form is an instruction. */
  static boolean isDefined(int form) {
    return SIZES[form] != 0;
  }

  static int operandSize(int form, boolean operandSize16) {
    return switch (SIZES[form]) {
      case -1 -> FpuEnvironment.environmentSize(operandSize16);
      case -2 -> FpuEnvironment.stateSize(operandSize16);
      default -> SIZES[form];
    };
  }

  static boolean writes(int form) {
    return switch (form) {
      case FST32, FSTP32, FNSTENV, FNSTCW, FIST32, FISTP32, FSTP80 -> true;
      case FST64, FSTP64, FNSAVE, FNSTSW, FIST16, FISTP16, FBSTP, FISTP64 -> true;
      default -> false;
    };
  }

  /** True for what is executed with an exception pending. */
  static boolean isWaitFree(int form) {
    return form == FNSTENV || form == FNSTCW || form == FNSAVE || form == FNSTSW;
  }

  /** True for what leaves the pointers to the last instruction alone, or loads them. */
  static boolean isControl(int form) {
    return isWaitFree(form) || form == FLDENV || form == FLDCW || form == FRSTOR;
  }

  /** Executes a defined form. */
  static void execute(Fpu fpu, int form, Mmu mmu, int address, boolean operandSize16) {
    if ((form & 8) == 0) {
      arithmetic(fpu, form, mmu, address);
    } else if (isControl(form)) {
      control(fpu, form, mmu, address, operandSize16);
    } else if (writes(form)) {
      store(fpu, form, mmu, address);
    } else {
      load(fpu, form, mmu, address);
    }
  }

  // ---- arithmetic ----------------------------------------------------------------------------

  /** D8, DA, DC, DE: ST(0) with a single, an int, a double, a short. */
  private static void arithmetic(Fpu fpu, int form, Mmu mmu, int address) {
    int type = form >>> 4;
    long operand =
        switch (type) {
          case 0, 1 -> mmu.read32(address);
          case 2 -> mmu.read64(address);
          default -> mmu.read16(address);
        };
    Accumulator acc = fpu.begin();
    switch (type) {
      case 0 -> FpuConvert.fromSingle(acc, (int) operand);
      case 1 -> FpuConvert.fromInteger(acc, operand);
      case 2 -> FpuConvert.fromDouble(acc, operand);
      default -> FpuConvert.fromInteger(acc, (short) operand);
    }
    int se = acc.signExponent;
    long sig = acc.significand;
    int operation = form & 7;
    if ((operation & 6) == 2) {
      if (fpu.compareTo(se, sig) && (operation & 1) != 0) {
        fpu.pop();
      }
      return;
    }
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
    } else {
      FpuArithmetic.apply(acc, operation, fpu.signExponentOf(0), fpu.significandOf(0), se, sig);
    }
    if (fpu.settle()) {
      fpu.setResult(0);
    }
  }

  // ---- loads ---------------------------------------------------------------------------------

  private static void load(Fpu fpu, int form, Mmu mmu, int address) {
    int high = 0;
    long operand;
    switch (SIZES[form]) {
      case 2 -> operand = mmu.read16(address);
      case 4 -> operand = mmu.read32(address);
      case 8 -> operand = mmu.read64(address);
      default -> {
        mmu.probe(address, 10, Access.READ);
        operand = mmu.read64(address);
        high = mmu.read16(address + 8);
      }
    }
    Accumulator acc = fpu.begin();
    switch (form) {
      case FLD32 -> {
        FpuConvert.fromSingle(acc, (int) operand);
        acc.takesSpecial(acc.signExponent, acc.significand);
      }
      case FLD64 -> {
        FpuConvert.fromDouble(acc, operand);
        acc.takesSpecial(acc.signExponent, acc.significand);
      }
      case FLD80 -> acc.set(high, operand);
      case FILD16 -> FpuConvert.fromInteger(acc, (short) operand);
      case FILD32, FILD64 -> FpuConvert.fromInteger(acc, operand);
      case FBLD -> FpuDecimal.load(acc, operand, high);
      default -> throw new IllegalArgumentException("not a load: form " + form);
    }
    fpu.push();
  }

  // ---- stores --------------------------------------------------------------------------------

  private static void store(Fpu fpu, int form, Mmu mmu, int address) {
    mmu.probe(address, SIZES[form], Access.WRITE);
    Accumulator acc = fpu.begin();
    int se = fpu.signExponentOf(0);
    long sig = fpu.significandOf(0);
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
      // What stands for "no value" in every format follows from the real indefinite.
      se = acc.signExponent;
      sig = acc.significand;
    }
    switch (form) {
      case FST32, FSTP32 -> {
        int value = FpuConvert.toSingle(acc, se, sig);
        if (!acc.storeStopped()) {
          mmu.write32(address, value);
        }
      }
      case FST64, FSTP64 -> {
        long value = FpuConvert.toDouble(acc, se, sig);
        if (!acc.storeStopped()) {
          mmu.write64(address, value);
        }
      }
      case FSTP80 -> {
        if (!acc.storeStopped()) {
          mmu.write64(address, sig);
          mmu.write16(address + 8, se);
        }
      }
      case FBSTP -> {
        long magnitude = FpuDecimal.toMagnitude(acc, se, sig);
        if (!acc.storeStopped()) {
          FpuDecimal.store(mmu, address, se >>> 15, magnitude);
        }
      }
      case FIST16, FISTP16 -> {
        long value = FpuConvert.toInteger(acc, se, sig, 16);
        if (!acc.storeStopped()) {
          mmu.write16(address, (int) value);
        }
      }
      case FIST32, FISTP32 -> {
        long value = FpuConvert.toInteger(acc, se, sig, 32);
        if (!acc.storeStopped()) {
          mmu.write32(address, (int) value);
        }
      }
      default -> {
        long value = FpuConvert.toInteger(acc, se, sig, 64);
        if (!acc.storeStopped()) {
          mmu.write64(address, value);
        }
      }
    }
    boolean stored = !acc.storeStopped();
    fpu.settle();
    if (stored && form != FST32 && form != FST64 && form != FIST16 && form != FIST32) {
      fpu.pop();
    }
  }

  // ---- control -------------------------------------------------------------------------------

  private static void control(Fpu fpu, int form, Mmu mmu, int address, boolean operandSize16) {
    switch (form) {
      case FLDCW -> fpu.setControlWord(mmu.read16(address));
      case FNSTCW -> mmu.write16(address, fpu.controlWord());
      case FNSTSW -> mmu.write16(address, fpu.statusWord());
      case FLDENV -> FpuEnvironment.loadEnvironment(fpu, mmu, address, operandSize16);
      case FNSTENV -> {
        FpuEnvironment.storeEnvironment(fpu, mmu, address, operandSize16);
        fpu.setControlWord(fpu.controlWord() | Fpu.EXCEPTIONS);
      }
      case FRSTOR -> FpuEnvironment.restore(fpu, mmu, address, operandSize16);
      default -> {
        FpuEnvironment.save(fpu, mmu, address, operandSize16);
        fpu.reset();
      }
    }
  }
}
