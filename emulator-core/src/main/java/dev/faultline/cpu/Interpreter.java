// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.Mmu;

/** The interpreter: clear, complete, the reference. */
public final class Interpreter implements Engine {
  /**
   * An interpreter for threads that run on these MMUs.
   *
   * @param mmus one for each virtual CPU, all with the same physical memory; at least one
   */
  public Interpreter(Mmu... mmus) {
    if (mmus.length == 0) {
      throw new IllegalArgumentException("an interpreter needs an MMU");
    }
  }

  @Override
  public Exit run(Cpu cpu, long budget) {
    cpu.begin(budget);
    cpu.exitVector = Vector.UD;
    cpu.exitErrorCode = 0;
    return Exit.EXCEPTION;
  }
}
