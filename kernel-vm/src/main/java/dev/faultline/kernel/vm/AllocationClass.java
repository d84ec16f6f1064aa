// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** How deep an allocation may reach into the reserves (P20, P21). */
public enum AllocationClass {
  /** From the free pages above the reserve, or a cached page. */
  NORMAL,
  /** The same, with a frame full of zeros if there is one. */
  ZERO,
  /** May take the reserve when nothing is cached. */
  SYSTEM,
  /** May take the last free page, and never a cached one. */
  INTERRUPT
}
