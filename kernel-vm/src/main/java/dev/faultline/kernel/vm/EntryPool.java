// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/** Map entries for all maps, with a limit on how many there may be. */
final class EntryPool {
  private final int limit;
  private int used;
  private @Nullable VmMapEntry free;

  EntryPool(int limit) {
    this.limit = limit;
  }

  /** True if {@code n} more can be had. */
  boolean has(int n) {
    return used + n <= limit;
  }

  /** Entries in use. */
  int used() {
    return used;
  }

  /** A blank entry; ask {@link #has} first. */
  VmMapEntry take() {
    used++;
    VmMapEntry e = free;
    if (e == null) {
      return new VmMapEntry();
    }
    free = e.right;
    e.right = null;
    return e;
  }

  /** Takes an entry back that nobody leads to any more. */
  void give(VmMapEntry e) {
    used--;
    e.object = null;
    e.submap = null;
    e.offset = 0;
    e.inheritance = Inheritance.COPY;
    e.wiredCount = 0;
    e.stackLeft = 0;
    e.lastRead = 0;
    e.flags = 0;
    e.behaviour = Advice.NORMAL;
    e.next = e;
    e.previous = e;
    e.left = null;
    e.right = free;
    free = e;
  }
}
