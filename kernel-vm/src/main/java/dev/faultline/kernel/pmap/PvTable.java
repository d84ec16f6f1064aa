// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import dev.faultline.kernel.sched.KernelPanic;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The PV entries of all pages: for each managed mapping, which pmap holds it at which address.
 *
 * <p>An entry is an index into parallel arrays, linked into its page's list; free entries form a
 * list through the same array. The arrays grow by doubling up to a fixed limit (PM30), so that
 * adding an entry allocates nothing in the long run and never more than the limit allows.
 */
final class PvTable {
  private static final int NONE = -1;
  private static final int FIRST_SIZE = 1024;

  private final int limit;
  private @Nullable Pmap[] pmaps;
  private int[] addresses;
  private int[] next;
  private int freeHead = NONE;
  private int used;

  PvTable(int limit) {
    this.limit = limit;
    int size = Math.min(limit, FIRST_SIZE);
    pmaps = new @Nullable Pmap[size];
    addresses = new int[size];
    next = new int[size];
    chainFree(0);
  }

  int used() {
    return used;
  }

  int limit() {
    return limit;
  }

  boolean full() {
    return used == limit;
  }

  /** True above 90 % of the limit: mappings should be dropped where they can be made again. */
  boolean high() {
    return used > limit - limit / 10;
  }

  /** Adds a mapping at the end of the page's list. The table must not be {@link #full}. */
  void add(PageFrame page, Pmap pmap, int va) {
    if (freeHead == NONE) {
      grow();
    }
    int e = freeHead;
    freeHead = next[e];
    pmaps[e] = pmap;
    addresses[e] = va;
    next[e] = NONE;
    if (page.pvTail == NONE) {
      page.pvHead = e;
    } else {
      next[page.pvTail] = e;
    }
    page.pvTail = e;
    used++;
  }

  /** Takes a mapping out of the page's list. */
  void remove(PageFrame page, Pmap pmap, int va) {
    int before = NONE;
    int e = page.pvHead;
    while (e != NONE && (addresses[e] != va || pmaps[e] != pmap)) {
      before = e;
      e = next[e];
    }
    if (e == NONE) {
      throw new KernelPanic(
          String.format("frame %x has no PV entry for address %08x", page.frame(), va));
    }
    unlink(page, before, e);
  }

  private void unlink(PageFrame page, int before, int e) {
    if (before == NONE) {
      page.pvHead = next[e];
    } else {
      next[before] = next[e];
    }
    if (page.pvTail == e) {
      page.pvTail = before;
    }
    pmaps[e] = null;
    next[e] = freeHead;
    freeHead = e;
    used--;
  }

  /** Moves the first entry of the list to its end. */
  void rotate(PageFrame page) {
    int e = page.pvHead;
    if (e == NONE || e == page.pvTail) {
      return;
    }
    page.pvHead = next[e];
    next[page.pvTail] = e;
    next[e] = NONE;
    page.pvTail = e;
  }

  /** The entry after {@code e}, or -1. */
  int next(int e) {
    return next[e];
  }

  Pmap pmap(int e) {
    Pmap pmap = pmaps[e];
    if (pmap == null) {
      throw new KernelPanic("PV entry " + e + " is free");
    }
    return pmap;
  }

  int address(int e) {
    return addresses[e];
  }

  /** Length of the page's list. */
  int count(PageFrame page) {
    int n = 0;
    for (int e = page.pvHead; e != NONE; e = next[e]) {
      n++;
    }
    return n;
  }

  private void grow() {
    int old = next.length;
    int size = (int) Math.min(limit, 2L * old);
    if (size == old) {
      throw new KernelPanic("all " + limit + " PV entries are in use");
    }
    pmaps = Arrays.copyOf(pmaps, size);
    addresses = Arrays.copyOf(addresses, size);
    next = Arrays.copyOf(next, size);
    chainFree(old);
  }

  private void chainFree(int from) {
    for (int e = next.length - 1; e >= from; e--) {
      next[e] = freeHead;
      freeHead = e;
    }
  }
}
