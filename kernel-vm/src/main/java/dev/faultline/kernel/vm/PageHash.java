// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import org.jspecify.annotations.Nullable;

/** Finds the page of an object at an index: one hash table for all pages. */
final class PageHash {
  private final @Nullable VmPage[] buckets;
  private long visits;

  PageHash(int frames) {
    buckets = new @Nullable VmPage[Integer.highestOneBit(Math.max(frames, 2) - 1) << 1];
  }

  private int bucket(VmObject object, int index) {
    return object.hashSeed() + index & buckets.length - 1;
  }

  /** How many pages were asked for since the machine began: what operations on objects cost. */
  long visits() {
    return visits;
  }

  @Nullable VmPage find(VmObject object, int index) {
    visits++;
    VmPage p = buckets[bucket(object, index)];
    while (p != null && (p.index != index || p.object != object)) {
      visits++;
      p = p.hashNext;
    }
    return p;
  }

  /** The page that came to its object after this one, or null. */
  @Nullable VmPage after(VmPage p) {
    visits++;
    return p.objectNext;
  }

  /** Adds a page whose object and index are set. */
  void add(VmObject object, VmPage p) {
    int b = bucket(object, p.index);
    p.hashNext = buckets[b];
    buckets[b] = p;
  }

  void remove(VmObject object, VmPage page) {
    int b = bucket(object, page.index);
    VmPage before = null;
    for (VmPage p = buckets[b]; p != page; p = p.hashNext) {
      if (p == null) {
        throw new KernelPanic("page is not in the hash: " + page);
      }
      before = p;
    }
    if (before == null) {
      buckets[b] = page.hashNext;
    } else {
      before.hashNext = page.hashNext;
    }
    page.hashNext = null;
  }
}
