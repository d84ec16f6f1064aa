// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.Locale;

/** The counters of the virtual-memory system, by the names they have always had. */
public enum Counter {
  /** Calls of the fault handler (F2). */
  V_VM_FAULTS,
  /** Waits of faults for a busy page (F23). */
  V_INTRANS,
  /** Pages filled with zeros at the end of a chain (F71). */
  V_ZFOD,
  /** Of these, frames that were zero already. */
  V_OZFOD,
  /** Copy-on-write faults, by copy or by move (F78). */
  V_COW_FAULTS,
  /** Of these, moves (F76). */
  V_COW_OPTIM,
  /** Reads from swap. */
  V_SWAPIN,
  /** Writes to swap. */
  V_SWAPOUT,
  /** Pages read from swap. */
  V_SWAPPGSIN,
  /** Pages written to swap. */
  V_SWAPPGSOUT,
  /** Reads from files. */
  V_VNODEIN,
  /** Writes to files. */
  V_VNODEOUT,
  /** Pages read from files. */
  V_VNODEPGSIN,
  /** Pages written to files. */
  V_VNODEPGSOUT,
  /** Pages that left the cache queue for use (P26, P27). */
  V_REACTIVATED,
  /** Map entries found in transition (M50). */
  V_INTRANS_COLL,
  /** Waits for map entries in transition (M50). */
  V_INTRANS_WAIT,
  /** Pages freed. */
  V_TFREE,
  /** Pages freed by the end of their object (O8). */
  V_PFREE,
  /** Pages freed by the page daemon (D10, D18). */
  V_DFREE,
  /** Scans of the page daemon that were asked for (D4). */
  V_PDWAKEUPS,
  /** Pages that the page daemon looked at (D6, D16). */
  V_PDPAGES,
  /** Objects that took over their backing object (O13). */
  OBJECT_COLLAPSES,
  /** Objects that stepped around their backing object (O14). */
  OBJECT_BYPASSES,
  /** Processes killed for want of memory (D21). */
  V_OOM_KILLS;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** The name as it is shown, in lower case. */
  public String label() {
    return label;
  }
}
