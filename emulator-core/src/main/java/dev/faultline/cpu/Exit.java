// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** Why {@link Engine#run} came back. Details are in the {@link Cpu}. */
public enum Exit {
  /** The budget is used up, exactly; EIP is that of the next instruction. */
  BUDGET,

  /**
   * INT n was executed and the gate may be used at this privilege level. {@link Cpu#exitVector()}
   * is n, EIP that of the next instruction; the INT counts as retired.
   */
  INTERRUPT,

  /**
   * An exception: {@link Cpu#exitVector()}, {@link Cpu#exitErrorCode()} (0 where the exception has
   * none), for #PF CR2 in the MMU. EIP is that of the faulting instruction, which is not retired
   * and has changed nothing (a string instruction with REP keeps the iterations done); for the
   * traps #BP, #OF and #DB it is that of the next one, and the instruction is retired.
   */
  EXCEPTION,

  /** HLT at CPL 0; EIP is that of the next instruction. */
  HALT,

  /**
   * An instruction at CPL 0 that concerns tables which the Java kernel keeps for itself (LGDT,
   * LIDT, LLDT, LTR, RDMSR, WRMSR and their kin). EIP is that of the instruction.
   */
  SYSTEM
}
