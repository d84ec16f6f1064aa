// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

/** What came of {@link Pmap#enter}. */
public enum EnterResult {
  /** The mapping exists. */
  ENTERED,
  /** No frame for a page table: wait for memory and begin again (PM29). */
  NO_TABLE,
  /** All PV entries are in use: drop mappings that can be made again and begin again (PM30). */
  NO_PV_ENTRY
}
