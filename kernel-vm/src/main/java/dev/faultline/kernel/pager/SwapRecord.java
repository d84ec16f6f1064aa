// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import org.jspecify.annotations.Nullable;

/** Where 32 consecutive pages of one object lie on swap (S4). It exists while one of them does. */
final class SwapRecord {
  /** Pages that a record speaks of; it begins at a multiple of that. */
  static final int SLOTS = 32;

  static final int SHIFT = 5;

  /** By page, its block, or {@link SwapBlocks#NONE}. */
  final int[] blocks = new int[SLOTS];

  /** How many slots have a block. */
  int used;

  /** The index of its first page, divided by {@link #SLOTS}. */
  int group;

  /** Whose pages these are; null while the record is not in use. */
  @Nullable SwappedObject owner;

  @Nullable SwapRecord hashNext;
  @Nullable SwapRecord ownerNext;
  @Nullable SwapRecord ownerPrevious;

  int firstIndex() {
    return group << SHIFT;
  }
}
