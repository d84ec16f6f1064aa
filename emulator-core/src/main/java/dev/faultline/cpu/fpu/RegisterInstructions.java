// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * The instructions without a memory operand, but for those of D9 E0 to FF, which are in {@link
 * FunctionInstructions}. Beside the documented encodings the aliases are here that every processor
 * since the 8087 has executed.
 */
final class RegisterInstructions {
  private static final int ZF_PF_CF = 0x45;

  /** Kind of an encoding that is not an instruction. */
  static final int UNDEFINED = 0;

  /** Kind of an instruction that first looks for a pending exception. */
  static final int WAITING = 1;

  /** Kind of an instruction that is executed with an exception pending. */
  static final int WAIT_FREE = 2;

  private static final byte[] KINDS = kinds();

  private RegisterInstructions() {}

  /** The kind of a register form. */
  static int kind(int esc, int modrm) {
    return KINDS[(esc & 7) << 6 | modrm & 0x3F];
  }

  private static byte[] kinds() {
    byte[] kinds = new byte[8 << 6];
    for (int i = 0; i < kinds.length; i++) {
      int esc = 0xD8 | i >>> 6;
      int modrm = 0xC0 | i & 0x3F;
      if (isDefined(esc, modrm)) {
        kinds[i] = (byte) (isWaitFree(esc, modrm) ? WAIT_FREE : WAITING);
      }
    }
    return kinds;
  }

  private static boolean isDefined(int esc, int modrm) {
    int reg = modrm >>> 3 & 7;
    return switch (esc) {
      case 0xD8, 0xDC -> true;
      case 0xD9 -> reg < 2 || modrm == 0xD0 || reg == 3 || FunctionInstructions.isDefined(modrm);
      case 0xDA -> reg < 4 || modrm == 0xE9;
      case 0xDB -> reg < 4 || modrm <= 0xE4 || reg == 5 || reg == 6;
      case 0xDD -> reg < 6;
      case 0xDE -> reg != 3 || modrm == 0xD9;
      default -> reg < 4 || modrm == 0xE0 || reg == 5 || reg == 6;
    };
  }

  /** FNCLEX and its neighbours; FNSTSW AX. */
  private static boolean isWaitFree(int esc, int modrm) {
    return esc == 0xDB && modrm >>> 3 == 0xE0 >>> 3 || esc == 0xDF && modrm == 0xE0;
  }

  /** Executes a defined form. */
  static void execute(Fpu fpu, int esc, int modrm, IntegerUnit cpu) {
    int reg = modrm >>> 3 & 7;
    int i = modrm & 7;
    switch (esc) {
      case 0xD8 -> arithmetic(fpu, reg, i, 0, false);
      case 0xDC -> arithmetic(fpu, reg, i, i, false);
      case 0xDE -> arithmetic(fpu, reg, i, i, true);
      case 0xD9 -> executeD9(fpu, modrm, reg, i);
      case 0xDA -> {
        if (reg == 5) {
          compare(fpu, 1, true, 2);
        } else {
          move(fpu, reg, true, i, cpu);
        }
      }
      case 0xDB -> executeDb(fpu, modrm, reg, i, cpu);
      case 0xDD -> executeDd(fpu, reg, i);
      default -> executeDf(fpu, reg, i, cpu);
    }
  }

  private static void executeD9(Fpu fpu, int modrm, int reg, int i) {
    switch (reg) {
      case 0 -> load(fpu, i);
      case 1 -> exchange(fpu, i);
      case 2 -> {
        // FNOP.
      }
      case 3 -> storeAlias(fpu, i);
      default -> FunctionInstructions.execute(fpu, modrm);
    }
  }

  private static void executeDb(Fpu fpu, int modrm, int reg, int i, IntegerUnit cpu) {
    switch (reg) {
      case 4 -> {
        switch (modrm) {
          case 0xE2 -> fpu.clearExceptions();
          case 0xE3 -> fpu.reset();
          default -> {
            // FNENI, FNDISI, FNSETPM: meant something to the 8087 and 80287 only.
          }
        }
      }
      case 5 -> compareFlags(fpu, i, true, false, cpu);
      case 6 -> compareFlags(fpu, i, false, false, cpu);
      default -> move(fpu, reg, false, i, cpu);
    }
  }

  private static void executeDd(Fpu fpu, int reg, int i) {
    switch (reg) {
      case 0 -> fpu.free(i);
      case 1 -> exchange(fpu, i);
      case 2 -> store(fpu, i, false);
      case 3 -> store(fpu, i, true);
      case 4 -> compare(fpu, i, true, 0);
      default -> compare(fpu, i, true, 1);
    }
  }

  private static void executeDf(Fpu fpu, int reg, int i, IntegerUnit cpu) {
    switch (reg) {
      case 0 -> {
        fpu.free(i);
        fpu.pop();
      }
      case 1 -> exchange(fpu, i);
      case 2, 3 -> store(fpu, i, true);
      case 4 -> cpu.setAx(fpu.statusWord());
      case 5 -> compareFlags(fpu, i, true, true, cpu);
      default -> compareFlags(fpu, i, false, true, cpu);
    }
  }

  // ---- arithmetic and comparison -------------------------------------------------------------

  /** ST(0) with ST(i), into ST(target): the reg field names the operation. */
  private static void arithmetic(Fpu fpu, int operation, int i, int target, boolean pop) {
    if (operation == 2) {
      compare(fpu, i, false, pop ? 1 : 0);
      return;
    }
    if (operation == 3) {
      compare(fpu, i, false, pop ? 2 : 1);
      return;
    }
    Accumulator acc = fpu.begin();
    if (fpu.isEmpty(0) || fpu.isEmpty(i)) {
      acc.stackUnderflow();
    } else {
      FpuArithmetic.apply(
          acc,
          operation,
          fpu.signExponentOf(0),
          fpu.significandOf(0),
          fpu.signExponentOf(i),
          fpu.significandOf(i));
    }
    if (fpu.settle()) {
      fpu.setResult(target);
      if (pop) {
        fpu.pop();
      }
    }
  }

  private static void compare(Fpu fpu, int i, boolean quiet, int pops) {
    Accumulator acc = fpu.begin();
    int conditions = compared(fpu, acc, i, quiet);
    if (fpu.settle(conditions, FpuCompare.CONDITIONS)) {
      for (int n = 0; n < pops; n++) {
        fpu.pop();
      }
    }
  }

  /** FCOMI and its family: the outcome goes to EFLAGS. */
  private static void compareFlags(Fpu fpu, int i, boolean quiet, boolean pop, IntegerUnit cpu) {
    Accumulator acc = fpu.begin();
    int conditions = compared(fpu, acc, i, quiet);
    // C3, C2, C0 lie eight bits above ZF, PF, CF. An unmasked exception forbids the pop only.
    cpu.setCompareFlags(conditions >>> 8 & ZF_PF_CF);
    if (fpu.settle() && pop) {
      fpu.pop();
    }
  }

  private static int compared(Fpu fpu, Accumulator acc, int i, boolean quiet) {
    if (fpu.isEmpty(0) || fpu.isEmpty(i)) {
      acc.stackUnderflow();
      return FpuCompare.UNORDERED;
    }
    return FpuCompare.compare(
        acc,
        fpu.signExponentOf(0),
        fpu.significandOf(0),
        fpu.signExponentOf(i),
        fpu.significandOf(i),
        quiet);
  }

  // ---- data transfer -------------------------------------------------------------------------

  /** FLD ST(i). */
  private static void load(Fpu fpu, int i) {
    Accumulator acc = fpu.begin();
    if (fpu.isEmpty(i)) {
      acc.stackUnderflow();
    } else {
      acc.set(fpu.signExponentOf(i), fpu.significandOf(i));
    }
    fpu.push();
  }

  /** FST ST(i), FSTP ST(i). */
  private static void store(Fpu fpu, int i, boolean pop) {
    Accumulator acc = fpu.begin();
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
    } else {
      acc.set(fpu.signExponentOf(0), fpu.significandOf(0));
    }
    if (fpu.settle()) {
      fpu.setResult(i);
      if (pop) {
        fpu.pop();
      }
    }
  }

  /** D9 D8+i, an alias of FSTP ST(i) that takes no notice of an empty ST(0). */
  private static void storeAlias(Fpu fpu, int i) {
    if (fpu.isEmpty(0)) {
      fpu.begin();
      fpu.settle();
      fpu.pop();
    } else {
      store(fpu, i, true);
    }
  }

  /** FXCH: an empty register counts as holding the real indefinite. */
  private static void exchange(Fpu fpu, int i) {
    Accumulator acc = fpu.begin();
    boolean anyEmpty = fpu.isEmpty(0) || fpu.isEmpty(i);
    if (anyEmpty) {
      acc.stackUnderflow();
    }
    if (!fpu.settle()) {
      return;
    }
    if (anyEmpty) {
      fpu.fillEmpty(0);
      fpu.fillEmpty(i);
    }
    acc.set(fpu.signExponentOf(0), fpu.significandOf(0));
    fpu.set(0, fpu.signExponentOf(i), fpu.significandOf(i));
    fpu.setResult(i);
  }

  /** FCMOVcc: condition 0 B, 1 E, 2 BE, 3 U, or its opposite. */
  private static void move(Fpu fpu, int condition, boolean wanted, int i, IntegerUnit cpu) {
    Accumulator acc = fpu.begin();
    int mask =
        switch (condition) {
          case 0 -> 0x01;
          case 1 -> 0x40;
          case 2 -> 0x41;
          default -> 0x04;
        };
    boolean holds = (cpu.eflags() & mask) != 0;
    if (fpu.isEmpty(0) || fpu.isEmpty(i)) {
      acc.stackUnderflow();
    } else {
      int from = holds == wanted ? i : 0;
      acc.set(fpu.signExponentOf(from), fpu.significandOf(from));
    }
    if (fpu.settle()) {
      fpu.setResult(0);
    }
  }
}
