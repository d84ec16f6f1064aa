// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.cpu.fpu.Fpu;

/** Tells by the x87 status which unmasked exception it was. */
final class X87Error {
  private static final int INVALID = 1;
  private static final int DENORMAL = 2;
  private static final int ZERO_DIVIDE = 4;
  private static final int OVERFLOW = 8;
  private static final int UNDERFLOW = 16;

  private X87Error() {}

  /** The code of SIGFPE. */
  static int code(Fpu fpu) {
    int raised = fpu.statusWord() & ~fpu.controlWord() & 0x3F;
    if ((raised & INVALID) != 0) {
      return 7;
    }
    if ((raised & ZERO_DIVIDE) != 0) {
      return 3;
    }
    if ((raised & OVERFLOW) != 0) {
      return 4;
    }
    return (raised & (UNDERFLOW | DENORMAL)) != 0 ? 5 : 6;
  }
}
