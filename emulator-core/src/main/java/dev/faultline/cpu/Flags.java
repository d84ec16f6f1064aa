// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** The bits of EFLAGS (SDM volume 1, section 3.4.3). */
public final class Flags {
  /** Carry. */
  public static final int CF = 1;

  /** Reads as one. */
  public static final int ALWAYS_ONE = 1 << 1;

  /** Parity of the low byte of a result: set if even. */
  public static final int PF = 1 << 2;

  /** Carry out of bit 3. */
  public static final int AF = 1 << 4;

  /** The result is zero. */
  public static final int ZF = 1 << 6;

  /** The result is negative. */
  public static final int SF = 1 << 7;

  /** Trap after each instruction. */
  public static final int TF = 1 << 8;

  /** Interrupts enabled. */
  public static final int IF = 1 << 9;

  /** String instructions go down. */
  public static final int DF = 1 << 10;

  /** Signed overflow. */
  public static final int OF = 1 << 11;

  /** I/O privilege level. */
  public static final int IOPL = 3 << 12;

  /** Nested task. */
  public static final int NT = 1 << 14;

  /** Resume. */
  public static final int RF = 1 << 16;

  /** Alignment check; kept, without effect. */
  public static final int AC = 1 << 18;

  /** Can be toggled: there is a CPUID instruction. */
  public static final int ID = 1 << 21;

  /** The six that arithmetic sets, kept lazily. */
  static final int STATUS = CF | PF | AF | ZF | SF | OF;

  /** Those that POPF can change at any privilege level, status flags apart. */
  static final int USER_CONTROL = TF | DF | NT | AC | ID;

  private Flags() {}
}
