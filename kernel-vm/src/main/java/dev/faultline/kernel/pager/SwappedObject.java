// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.vm.VmObject;
import org.jspecify.annotations.Nullable;

/** An object of which something is on swap: its records, and how many pages they name. */
final class SwappedObject {
  final VmObject object;

  /** Spreads its records over the table. */
  final int seed;

  @Nullable SwapRecord firstRecord;

  /** Number of records (S4). */
  int records;

  /** Pages on swap. */
  int pages;

  @Nullable SwappedObject next;
  @Nullable SwappedObject previous;

  SwappedObject(VmObject object, int seed) {
    this.object = object;
    this.seed = seed;
  }
}
