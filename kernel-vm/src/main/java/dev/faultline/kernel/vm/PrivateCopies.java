// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * The copies that private mappings have made of a file's pages. They live in the shadows of the
 * file's object and theirs; when the file is cut they go with its own pages, so that an access
 * beyond the new end is refused in every mapping (F32), and sees the file again if it grows.
 *
 * <p>What a fork copied at once because it was wired has no link to the file any more (F120) and
 * stays.
 */
final class PrivateCopies {
  private PrivateCopies() {}

  /**
   * Removes all copies of pages from {@code end} on, and what swap holds of them. The caller holds
   * the vnode's lock exclusively, so no new ones can come (F18). May sleep.
   */
  static void removeFrom(VmObject file, int end) {
    boolean slept;
    do {
      slept = sweep(file, end);
    } while (slept);
  }

  /** Visits all shadows, each before its own. True if it slept, so that they may have changed. */
  private static boolean sweep(VmObject file, int end) {
    VmObject o = file;
    long offset = 0;
    while (true) {
      VmObject next = o.firstShadow;
      while (next == null && o != file) {
        VmObject behind = o.backing();
        offset -= o.backingOffset();
        next = o.nextShadow;
        o = behind == null ? file : behind;
      }
      if (next == null) {
        return false;
      }
      offset += next.backingOffset();
      o = next;
      long from = Math.max(0, end - offset);
      if (from < o.size() && removeCopies(o, (int) from)) {
        return true;
      }
    }
  }

  /** True if it slept. */
  private static boolean removeCopies(VmObject o, int from) {
    for (int index : ObjectPages.residentIn(o, from, o.size())) {
      VmPage p = o.lookup(index);
      if (p != null && ObjectPages.removeOne(p, false)) {
        return true;
      }
    }
    if (o.type() == ObjectType.SWAP) {
      o.vm.swap().free(o, from, o.size() - from);
    }
    return false;
  }
}
