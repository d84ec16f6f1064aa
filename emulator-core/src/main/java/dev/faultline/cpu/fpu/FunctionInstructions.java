// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/** The instructions D9 E0 to D9 FF: on the top of the stack, without operands. */
final class FunctionInstructions {
  private FunctionInstructions() {}

  static boolean isDefined(int modrm) {
    return switch (modrm) {
      case 0xE0, 0xE1, 0xE4, 0xE5 -> true;
      default -> modrm >= 0xE8 && modrm != 0xEF;
    };
  }

  static void execute(Fpu fpu, int modrm) {
    switch (modrm) {
      case 0xE0 -> setSign(fpu, fpu.signExponentOf(0) ^ Extended.SIGN);
      case 0xE1 -> setSign(fpu, fpu.signExponentOf(0) & Extended.EXPONENT);
      case 0xE4 -> {
        fpu.begin();
        fpu.compareTo(0, 0);
      }
      case 0xE5 -> examine(fpu);
      case 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEE -> {
        FpuConstants.load(fpu.begin(), modrm - 0xE8);
        fpu.push();
      }
      case 0xF0, 0xFA, 0xFC -> unary(fpu, modrm);
      case 0xF1, 0xF3, 0xF9 -> binary(fpu, modrm);
      case 0xF2, 0xFB -> pushing(fpu, modrm);
      case 0xF4 -> extract(fpu);
      case 0xF5 -> remainder(fpu, true);
      case 0xF6 -> fpu.rotate(-1);
      case 0xF7 -> fpu.rotate(1);
      case 0xF8 -> remainder(fpu, false);
      case 0xFD -> scale(fpu);
      default -> sineOrCosine(fpu, modrm == 0xFE);
    }
  }

  /** FCHS and FABS: NaNs too, and no exception but the stack's. */
  private static void setSign(Fpu fpu, int signExponent) {
    Accumulator acc = fpu.begin();
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
    } else {
      acc.set(signExponent, fpu.significandOf(0));
    }
    if (fpu.settle()) {
      fpu.setResult(0);
    }
  }

  private static void examine(Fpu fpu) {
    fpu.begin();
    int conditions = FpuCompare.examine(fpu.signExponentOf(0), fpu.significandOf(0));
    if (fpu.isEmpty(0)) {
      conditions = conditions & FpuCompare.C1 | FpuCompare.C3 | FpuCompare.C0;
    }
    fpu.settle(conditions, FpuCompare.CONDITIONS);
  }

  /** F2XM1, FSQRT, FRNDINT. */
  private static void unary(Fpu fpu, int modrm) {
    Accumulator acc = fpu.begin();
    int se = fpu.signExponentOf(0);
    long sig = fpu.significandOf(0);
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
    } else if (modrm == 0xFA) {
      FpuArithmetic.squareRoot(acc, se, sig);
    } else if (modrm == 0xF0) {
      fpu.logarithm.exponential(acc, se, sig);
    } else {
      FpuScaling.roundToInteger(acc, se, sig);
    }
    if (fpu.settle()) {
      fpu.setResult(0);
    }
  }

  /** FYL2X, FPATAN, FYL2XP1: of ST(1) and ST(0), into ST(1), and pop. */
  private static void binary(Fpu fpu, int modrm) {
    Accumulator acc = fpu.begin();
    int xSe = fpu.signExponentOf(0);
    long xSig = fpu.significandOf(0);
    int ySe = fpu.signExponentOf(1);
    long ySig = fpu.significandOf(1);
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      acc.stackUnderflow();
    } else if (modrm == 0xF1) {
      fpu.logarithm.logarithm(acc, ySe, ySig, xSe, xSig);
    } else if (modrm == 0xF3) {
      fpu.trigonometry.arcTangent(acc, ySe, ySig, xSe, xSig);
    } else {
      fpu.logarithm.logarithmPlus1(acc, ySe, ySig, xSe, xSig);
    }
    if (fpu.settle()) {
      fpu.setResult(1);
      fpu.pop();
    }
  }

  /** FSIN, FCOS. */
  private static void sineOrCosine(Fpu fpu, boolean sine) {
    Accumulator acc = fpu.begin();
    int se = fpu.signExponentOf(0);
    long sig = fpu.significandOf(0);
    int conditions = 0;
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
    } else if (FpuTrigonometry.isOutOfRange(se, sig)) {
      acc.set(se, sig);
      conditions = FpuCompare.C2;
    } else if (sine) {
      fpu.trigonometry.sine(acc, se, sig);
    } else {
      fpu.trigonometry.cosine(acc, se, sig);
    }
    if (fpu.settle(conditions, FpuCompare.C2)) {
      fpu.setResult(0);
    }
  }

  /** FPTAN, FSINCOS: one result replaces ST(0), another is pushed. */
  private static void pushing(Fpu fpu, int modrm) {
    boolean tangent = modrm == 0xF2;
    Accumulator acc = fpu.begin();
    int se = fpu.signExponentOf(0);
    long sig = fpu.significandOf(0);
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
    } else if (!fpu.isEmpty(-1)) {
      acc.stackOverflow();
    } else if (FpuTrigonometry.isOutOfRange(se, sig)) {
      fpu.settle(FpuCompare.C2, FpuCompare.C2);
      return;
    } else if (tangent) {
      fpu.trigonometry.tangent(acc, se, sig);
    } else {
      fpu.trigonometry.sine(acc, se, sig);
    }
    if (!fpu.settle(0, FpuCompare.C2)) {
      return;
    }
    fpu.setResult(0);
    if ((acc.exceptions & Accumulator.INVALID) == 0) {
      if (!tangent) {
        fpu.trigonometry.cosine(acc, se, sig);
      } else if (!Extended.isNan(acc.signExponent, acc.significand)) {
        acc.set(Extended.BIAS, Extended.INTEGER_BIT);
      }
    }
    fpu.pushResult();
  }

  private static void scale(Fpu fpu) {
    Accumulator acc = fpu.begin();
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      acc.stackUnderflow();
    } else {
      FpuScaling.scale(
          acc,
          fpu.signExponentOf(0),
          fpu.significandOf(0),
          fpu.signExponentOf(1),
          fpu.significandOf(1));
    }
    if (fpu.settle()) {
      fpu.setResult(0);
    }
  }

  private static void remainder(Fpu fpu, boolean nearest) {
    Accumulator acc = fpu.begin();
    int conditions = FpuRemainder.NO_QUOTIENT;
    if (fpu.isEmpty(0) || fpu.isEmpty(1)) {
      acc.stackUnderflow();
    } else {
      conditions =
          FpuRemainder.reduce(
              acc,
              fpu.signExponentOf(0),
              fpu.significandOf(0),
              fpu.signExponentOf(1),
              fpu.significandOf(1),
              nearest);
    }
    // Without a quotient C0 and C3, two of its bits, stay.
    boolean deliver =
        conditions == FpuRemainder.NO_QUOTIENT
            ? fpu.settle(0, FpuCompare.C2)
            : fpu.settle(conditions, FpuCompare.CONDITIONS);
    if (deliver) {
      fpu.setResult(0);
    }
  }

  /** FXTRACT: the exponent replaces ST(0), the significand is pushed. */
  private static void extract(Fpu fpu) {
    Accumulator acc = fpu.begin();
    int se = fpu.signExponentOf(0);
    long sig = fpu.significandOf(0);
    boolean fault = true;
    if (fpu.isEmpty(0)) {
      acc.stackUnderflow();
    } else if (!fpu.isEmpty(-1)) {
      acc.stackOverflow();
    } else {
      fault = false;
      FpuScaling.extractExponent(acc, se, sig);
    }
    if (!fpu.settle()) {
      return;
    }
    fpu.setResult(0);
    if (!fault) {
      FpuScaling.extractSignificand(acc, se, sig);
    }
    fpu.pushResult();
  }
}
