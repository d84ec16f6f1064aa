// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.function.Consumer;

/**
 * The pager of anonymous memory, with what only swap can do: its copies are private to it, so they
 * can be dropped, and handed to another object when a chain collapses.
 */
public interface SwapSpace extends Pager {
  /** True if there is anywhere to write to; if not, dirty anonymous pages stay in memory. */
  boolean enabled();

  /** Drops stored copies of {@code count} pages from {@code start} (S6). Never sleeps. */
  void free(VmObject object, int start, int count);

  /**
   * Hands stored copies over when {@code source} collapses into {@code target}, or is split (S33):
   * for every index of the target, the copy at that index plus {@code offset} moves, unless the
   * target has one. Never sleeps.
   *
   * @param destroy drops what remains in the source
   */
  void transfer(VmObject source, VmObject target, int offset, boolean destroy);

  /** All space in pages, used or free. */
  int totalPages();

  /** Free space in pages. */
  int freePages();

  /** True if the last allocation failed for want of space (S3). */
  boolean full();

  /** Pages in use: what the objects hold (S9). */
  int usedPages();

  /** Pages that the object holds on swap, for the size of a process (D22). */
  int usedBy(VmObject object);

  /** Gives all objects of which something is on swap, for checks. */
  void eachObject(Consumer<VmObject> to);

  /** Writes under way: memory that will soon be clean (D21). */
  int writesInFlight();
}
