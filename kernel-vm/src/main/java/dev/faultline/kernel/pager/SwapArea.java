// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;
import java.util.BitSet;
import java.util.List;

/**
 * One disk or file in use as swap space. Its pages are numbered from 0, which holds the header and
 * is never handed out (S1).
 */
public final class SwapArea {
  private final SwapStore store;
  private final String name;
  private final int slot;
  private final int end;

  /** Pages that must not be handed out: the header, what was marked bad, what failed since. */
  private final BitSet retired = new BitSet();

  private int used;
  private boolean leaving;

  SwapArea(SwapStore store, String name, int slot, int end, List<Integer> badPages) {
    this.store = store;
    this.name = name;
    this.slot = slot;
    this.end = end;
    retired.set(0);
    for (int page : badPages) {
      if (page > 0 && page < end) {
        retired.set(page);
      }
    }
  }

  BlockDevice disk() {
    return store.disk();
  }

  SwapStore store() {
    return store;
  }

  /** True if it is a file, not a whole disk. */
  public boolean isFile() {
    return store.isFile();
  }

  /** The name by which it was switched on. */
  public String name() {
    return name;
  }

  /** Its place among the disks, between which stripes go round. */
  int slot() {
    return slot;
  }

  /** One more than the number of the last page. */
  int end() {
    return end;
  }

  /** Pages that can hold something. */
  public int pages() {
    return end - retired.cardinality();
  }

  /** Pages that hold something. */
  public int used() {
    return used;
  }

  void changeUsed(int by) {
    used += by;
  }

  /** True while it is being switched off: nothing new comes to it. */
  boolean isLeaving() {
    return leaving;
  }

  void setLeaving(boolean leaves) {
    leaving = leaves;
  }

  boolean isRetired(int page) {
    return retired.get(page);
  }

  /** True if one of {@code n} pages is retired. */
  boolean retiredIn(int page, int n) {
    int next = retired.nextSetBit(page);
    return next >= 0 && next < page + n;
  }

  void retire(int page) {
    retired.set(page);
  }
}
