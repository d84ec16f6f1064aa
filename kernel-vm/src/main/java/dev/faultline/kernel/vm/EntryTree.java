// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/**
 * Finds entries by address: a top-down splay tree through the entries themselves, which moves what
 * was looked for to its root, so that the neighbourhood of the last search is found at once.
 */
final class EntryTree {
  private @Nullable VmMapEntry root;

  /** Where the halves of the tree grow during a splay. */
  private final VmMapEntry halves = new VmMapEntry();

  /** The entry that holds {@code at}, else a direct neighbour of the place, else null. */
  @Nullable VmMapEntry near(int at) {
    VmMapEntry r = root;
    if (r != null && (at < r.start || at >= r.end)) {
      r = splay(at, r);
      root = r;
    }
    return r;
  }

  private VmMapEntry splay(int at, VmMapEntry top) {
    VmMapEntry t = top;
    VmMapEntry low = halves;
    VmMapEntry high = halves;
    halves.left = null;
    halves.right = null;
    while (true) {
      if (at < t.start) {
        VmMapEntry y = t.left;
        if (y != null && at < y.start) {
          t.left = y.right;
          y.right = t;
          t = y;
          y = t.left;
        }
        if (y == null) {
          break;
        }
        high.left = t;
        high = t;
        t = y;
      } else if (at >= t.end) {
        VmMapEntry y = t.right;
        if (y != null && at >= y.end) {
          t.right = y.left;
          y.left = t;
          t = y;
          y = t.right;
        }
        if (y == null) {
          break;
        }
        low.right = t;
        low = t;
        t = y;
      } else {
        break;
      }
    }
    low.right = t.left;
    high.left = t.right;
    t.left = halves.right;
    t.right = halves.left;
    return t;
  }

  /** Adds an entry that lies right above {@code below}, or lowest of all if that is null. */
  void add(VmMapEntry e, @Nullable VmMapEntry below) {
    if (below == null) {
      e.left = null;
      e.right = root;
    } else {
      near(below.start);
      e.right = below.right;
      e.left = below;
      below.right = null;
    }
    root = e;
  }

  void remove(VmMapEntry e) {
    near(e.start);
    VmMapEntry left = e.left;
    VmMapEntry right = e.right;
    if (left == null) {
      root = right;
    } else {
      VmMapEntry t = splay(e.start, left);
      t.right = right;
      root = t;
    }
    e.left = null;
    e.right = null;
  }
}
