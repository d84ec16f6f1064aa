// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** The bits of CR0 and CR4 that this machine gives a meaning (SDM volume 3, section 2.5). */
public final class ControlRegisters {
  /** CR0.PE: protected mode; always on. */
  public static final int CR0_PE = 1;

  /** CR0.WP: supervisor writes obey the W bit. */
  public static final int CR0_WP = 1 << 16;

  /** CR0.PG: paging. */
  public static final int CR0_PG = 1 << 31;

  /** CR4.PSE: 4 MiB pages. */
  public static final int CR4_PSE = 1 << 4;

  /** CR4.PGE: global pages. */
  public static final int CR4_PGE = 1 << 7;

  private ControlRegisters() {}
}
