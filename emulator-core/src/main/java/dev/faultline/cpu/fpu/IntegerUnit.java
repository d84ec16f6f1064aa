// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.fpu;

/**
 * What x87 instructions touch outside of the x87: the condition flags (FCMOVcc, FCOMI and its
 * family) and AX (FNSTSW AX). The processor implements it; no flag is read or set by any other x87
 * instruction, so lazy flags need to be settled only when these methods are called.
 */
public interface IntegerUnit {
  /** EFLAGS, of which CF (bit 0), PF (bit 2) and ZF (bit 6) are looked at. */
  int eflags();

  /**
   * The outcome of FCOMI, FCOMIP, FUCOMI, FUCOMIP: ZF, PF and CF as in {@code bits}, in their
   * places in EFLAGS; OF, SF and AF are cleared; all other flags stay.
   */
  void setCompareFlags(int bits);

  /** Writes the low half of EAX. */
  void setAx(int value);
}
