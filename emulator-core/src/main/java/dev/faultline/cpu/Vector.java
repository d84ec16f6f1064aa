// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** Exception vectors (SDM volume 3, section 6.15). */
public final class Vector {
  /** #DE, divide error. */
  public static final int DE = 0;

  /** #DB, single step. */
  public static final int DB = 1;

  /** #BP, INT3. */
  public static final int BP = 3;

  /** #OF, INTO. */
  public static final int OF = 4;

  /** #BR, BOUND. */
  public static final int BR = 5;

  /** #UD, undefined opcode. */
  public static final int UD = 6;

  /** #NP, segment not present. */
  public static final int NP = 11;

  /** #SS, stack segment. */
  public static final int SS = 12;

  /** #GP, general protection. */
  public static final int GP = 13;

  /** #PF, page fault. */
  public static final int PF = 14;

  /** #MF, x87 error. */
  public static final int MF = 16;

  private Vector() {}
}
