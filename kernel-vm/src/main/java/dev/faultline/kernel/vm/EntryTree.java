// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a map in the order of their addresses: linked in a list, and found through an AVL
 * tree, both made of the entries themselves (M4).
 *
 * <p>Each entry knows the longest gap above an entry of its subtree, so that free space is found as
 * fast as an entry is. No operation visits more than some 1.5 times the tree's height of entries,
 * that is 24 of 50,000.
 */
final class EntryTree {
  /** Before the first and after the last entry: ends where the map begins and the reverse. */
  final VmMapEntry header = new VmMapEntry();

  private @Nullable VmMapEntry root;

  /** The last entry found; only a matter of speed. */
  private VmMapEntry hint = header;

  private int count;
  private int pages;
  private long visits;

  EntryTree(int min, int max) {
    header.start = max;
    header.end = min;
  }

  /** Number of entries. */
  int count() {
    return count;
  }

  /** Sum of their lengths. */
  int pages() {
    return pages;
  }

  /** How many entries were looked at since the map began: what its operations cost. */
  long visits() {
    return visits;
  }

  /** Steps on, in a loop over the entries of a range. */
  VmMapEntry after(VmMapEntry e) {
    visits++;
    return e.next;
  }

  // ---- finding -------------------------------------------------------------------------------

  /** The last entry that begins at or before the page, or the header. */
  VmMapEntry floor(int at) {
    VmMapEntry best = hint;
    if (at >= best.start && at < best.end) {
      return best;
    }
    best = header;
    VmMapEntry t = root;
    while (t != null) {
      visits++;
      if (at < t.start) {
        t = t.left;
      } else {
        best = t;
        t = at < t.end ? null : t.right;
      }
    }
    hint = best;
    return best;
  }

  /** First fit: the lowest page at or above {@code from} with that many free ones; -1 if none. */
  int findGap(int from, int length) {
    int at = Math.max(from, header.end);
    VmMapEntry e = floor(at);
    at = Math.max(at, e.end);
    if (e.next.start - at >= length) {
      return at;
    }
    VmMapEntry below = firstGap(root, e == header ? at : e.start, length);
    return below == null ? -1 : below.end;
  }

  /** The lowest entry of a subtree that begins above {@code after} and has such a gap above it. */
  private @Nullable VmMapEntry firstGap(@Nullable VmMapEntry t, int after, int length) {
    if (t == null || t.largestGap < length) {
      return null;
    }
    visits++;
    if (t.start > after) {
      VmMapEntry e = firstGap(t.left, after, length);
      if (e != null) {
        return e;
      }
      if (gapAbove(t) >= length) {
        return t;
      }
    }
    return firstGap(t.right, after, length);
  }

  private static int gapAbove(VmMapEntry e) {
    return e.next.start - e.end;
  }

  // ---- changing ------------------------------------------------------------------------------

  /** Adds an entry, whose bounds are set, right above another one or above the header. */
  void add(VmMapEntry e, VmMapEntry below) {
    e.previous = below;
    e.next = below.next;
    below.next.previous = e;
    below.next = e;
    // The entry below is among its ancestors, and so learns of its new gap.
    root = insert(root, e);
    count++;
    pages += e.pages();
  }

  /** Takes an entry out. */
  void remove(VmMapEntry e) {
    VmMapEntry below = e.previous;
    below.next = e.next;
    e.next.previous = below;
    root = delete(root, e);
    gapChanged(below);
    if (hint == e) {
      hint = below;
    }
    count--;
    pages -= e.pages();
  }

  /** Gives an entry other bounds, between those of its neighbours. */
  void resize(VmMapEntry e, int start, int end) {
    pages += end - start - e.pages();
    e.start = start;
    e.end = end;
    gapChanged(e);
    gapChanged(e.previous);
  }

  /**
   * Splits an entry at a page; the other part, whose bounds are set, is put where they say. Nothing
   * else may have changed since.
   */
  void split(VmMapEntry e, VmMapEntry part) {
    boolean low = part.start == e.start;
    pages -= part.pages();
    if (low) {
      e.start = part.end;
      add(part, e.previous);
    } else {
      e.end = part.start;
      add(part, e);
    }
  }

  // ---- the tree ------------------------------------------------------------------------------

  private VmMapEntry insert(@Nullable VmMapEntry t, VmMapEntry e) {
    if (t == null) {
      e.left = null;
      e.right = null;
      update(e);
      return e;
    }
    visits++;
    if (e.start < t.start) {
      t.left = insert(t.left, e);
    } else {
      t.right = insert(t.right, e);
    }
    return balance(t);
  }

  private @Nullable VmMapEntry delete(@Nullable VmMapEntry t, VmMapEntry e) {
    if (t == null) {
      throw new KernelPanic("entry is not in its map: " + e);
    }
    visits++;
    if (e.start < t.start) {
      t.left = delete(t.left, e);
    } else if (t != e) {
      t.right = delete(t.right, e);
    } else {
      return join(e);
    }
    return balance(t);
  }

  /** The two subtrees of an entry as one tree. */
  private @Nullable VmMapEntry join(VmMapEntry e) {
    VmMapEntry left = e.left;
    VmMapEntry right = e.right;
    e.left = null;
    e.right = null;
    if (left == null || right == null) {
      return left == null ? right : left;
    }
    VmMapEntry lowest = right;
    for (VmMapEntry t = right.left; t != null; t = t.left) {
      visits++;
      lowest = t;
    }
    VmMapEntry rest = withoutLowest(right);
    lowest.left = left;
    lowest.right = rest;
    return balance(lowest);
  }

  private @Nullable VmMapEntry withoutLowest(VmMapEntry t) {
    visits++;
    VmMapEntry left = t.left;
    if (left == null) {
      return t.right;
    }
    t.left = withoutLowest(left);
    return balance(t);
  }

  /** The gap above an entry has changed: what its ancestors know of it is renewed. */
  private void gapChanged(VmMapEntry e) {
    if (e != header) {
      renew(root, e);
    }
  }

  private void renew(@Nullable VmMapEntry t, VmMapEntry e) {
    if (t != null) {
      visits++;
      if (t != e) {
        renew(e.start < t.start ? t.left : t.right, e);
      }
      update(t);
    }
  }

  private static int height(@Nullable VmMapEntry t) {
    return t == null ? 0 : t.height;
  }

  private static int largestGap(@Nullable VmMapEntry t) {
    return t == null ? 0 : t.largestGap;
  }

  private static void update(VmMapEntry t) {
    t.height = 1 + Math.max(height(t.left), height(t.right));
    t.largestGap = Math.max(gapAbove(t), Math.max(largestGap(t.left), largestGap(t.right)));
  }

  /** The subtree again with heights that differ by one at most. */
  private static VmMapEntry balance(VmMapEntry t) {
    VmMapEntry left = t.left;
    VmMapEntry right = t.right;
    int lean = height(left) - height(right);
    if (lean > 1 && left != null) {
      if (height(left.left) < height(left.right)) {
        t.left = rotateLeft(left);
      }
      return rotateRight(t);
    }
    if (lean < -1 && right != null) {
      if (height(right.right) < height(right.left)) {
        t.right = rotateRight(right);
      }
      return rotateLeft(t);
    }
    update(t);
    return t;
  }

  private static VmMapEntry rotateRight(VmMapEntry t) {
    VmMapEntry up = t.left;
    if (up == null) {
      return t;
    }
    t.left = up.right;
    up.right = t;
    update(t);
    update(up);
    return up;
  }

  private static VmMapEntry rotateLeft(VmMapEntry t) {
    VmMapEntry up = t.right;
    if (up == null) {
      return t;
    }
    t.right = up.left;
    up.left = t;
    update(t);
    update(up);
    return up;
  }

  // ---- checks --------------------------------------------------------------------------------

  /** The entries from left to right, but hardly more than there should be; changes nothing. */
  List<VmMapEntry> inOrder() {
    List<VmMapEntry> all = new ArrayList<>();
    Deque<VmMapEntry> path = new ArrayDeque<>();
    VmMapEntry e = root;
    while ((e != null || !path.isEmpty()) && all.size() <= count && path.size() <= count) {
      if (e != null) {
        path.push(e);
        e = e.left;
      } else {
        VmMapEntry top = path.pop();
        all.add(top);
        e = top.right;
      }
    }
    return all;
  }

  /** True if an entry knows its height and the longest gap, and its subtrees are balanced. */
  static boolean isBalanced(VmMapEntry e) {
    int left = height(e.left);
    int right = height(e.right);
    int gap = Math.max(gapAbove(e), Math.max(largestGap(e.left), largestGap(e.right)));
    return Math.abs(left - right) <= 1
        && e.height == 1 + Math.max(left, right)
        && e.largestGap == gap;
  }
}
