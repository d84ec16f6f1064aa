// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import org.jspecify.annotations.Nullable;

/** Where the pmap gets frames for its tables, and finds the frame that an entry names. */
public interface FrameSource {
  /**
   * A frame full of zeros, wired, in no object, for a directory or a table. Never sleeps (PM12,
   * PM29).
   *
   * @return null if memory is short
   */
  @Nullable PageFrame allocateTable();

  /** Takes a table back; it is full of zeros again (P11). */
  void freeTable(PageFrame table);

  /** The frame with this number, or null if that is not RAM. */
  @Nullable PageFrame frame(int number);

  /** True if free frames are so few that nothing optional may take one (PM25). */
  boolean scarce();

  /** Told when so many mappings have come to exist that idle ones should go (PM30). */
  void mappingsHigh();
}
