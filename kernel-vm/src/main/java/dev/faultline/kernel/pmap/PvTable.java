// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The PV entries of all pages: for each managed mapping, which pmap holds it at which address.
 *
 * <p>An entry is an index into parallel arrays, linked into its page's list both ways; free entries
 * form a list through the same array. A hash of pmap and address finds an entry without a walk of
 * the list, which for a library's page is as long as there are processes. The arrays grow by
 * doubling up to a fixed limit (PM30), so that adding an entry allocates nothing in the long run
 * and never more than the limit allows.
 */
final class PvTable {
  private static final int NONE = -1;
  private static final int FIRST_SIZE = 1024;

  private final int limit;
  private @Nullable Pmap[] pmaps;
  private int[] addresses;
  private int[] next;
  private int[] previous;

  /** Heads of the hash chains, a power of two of them, and the links. */
  private int[] buckets;

  private int[] hashNext;

  private int freeHead = NONE;
  private int used;
  private long probes;

  PvTable(int limit) {
    this.limit = limit;
    int size = Math.min(limit, FIRST_SIZE);
    pmaps = new @Nullable Pmap[size];
    addresses = new int[size];
    next = new int[size];
    previous = new int[size];
    hashNext = new int[size];
    buckets = emptyBuckets(size);
    chainFree(0);
  }

  private static int[] emptyBuckets(int entries) {
    int[] heads = new int[Integer.highestOneBit(Math.max(entries, 2) - 1) << 1];
    Arrays.fill(heads, NONE);
    return heads;
  }

  private int bucket(Pmap pmap, int va) {
    return pmap.hashSeed() + Page.number(va) & buckets.length - 1;
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

  /** How many of {@link #limit} are 90 %: above it mappings that can be made again should go. */
  int highWater() {
    return limit - limit / 10;
  }

  /** True above 90 % of the limit. */
  boolean high() {
    return used > highWater();
  }

  /** Entries looked at so far in order to find others: tells that nothing is walked (tests). */
  long probes() {
    return probes;
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
    previous[e] = page.pvTail;
    if (page.pvTail == NONE) {
      page.pvHead = e;
    } else {
      next[page.pvTail] = e;
    }
    page.pvTail = e;
    int b = bucket(pmap, va);
    hashNext[e] = buckets[b];
    buckets[b] = e;
    used++;
  }

  /** Takes a mapping out of the page's list. */
  void remove(PageFrame page, Pmap pmap, int va) {
    int e = unhash(pmap, va);
    if (e == NONE) {
      throw new KernelPanic(
          String.format("frame %x has no PV entry for address %08x", page.frame(), va));
    }
    int before = previous[e];
    int after = next[e];
    if (before == NONE) {
      page.pvHead = after;
    } else {
      next[before] = after;
    }
    if (after == NONE) {
      page.pvTail = before;
    } else {
      previous[after] = before;
    }
    pmaps[e] = null;
    next[e] = freeHead;
    freeHead = e;
    used--;
  }

  /** Takes the entry of a mapping out of its hash chain; -1 if there is none. */
  @SuppressWarnings("ReferenceEquality") // a pmap is an identity
  private int unhash(Pmap pmap, int va) {
    int b = bucket(pmap, va);
    int before = NONE;
    int e = buckets[b];
    while (e != NONE && (addresses[e] != va || pmaps[e] != pmap)) {
      probes++;
      before = e;
      e = hashNext[e];
    }
    if (e == NONE) {
      return NONE;
    }
    probes++;
    if (before == NONE) {
      buckets[b] = hashNext[e];
    } else {
      hashNext[before] = hashNext[e];
    }
    return e;
  }

  /** True if there is an entry for the mapping. */
  @SuppressWarnings("ReferenceEquality") // a pmap is an identity
  boolean contains(Pmap pmap, int va) {
    int e = buckets[bucket(pmap, va)];
    while (e != NONE && (addresses[e] != va || pmaps[e] != pmap)) {
      e = hashNext[e];
    }
    return e != NONE;
  }

  /** Moves the first entry of the list to its end. */
  void rotate(PageFrame page) {
    int e = page.pvHead;
    if (e == NONE || e == page.pvTail) {
      return;
    }
    page.pvHead = next[e];
    previous[next[e]] = NONE;
    next[page.pvTail] = e;
    previous[e] = page.pvTail;
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
    previous = Arrays.copyOf(previous, size);
    hashNext = Arrays.copyOf(hashNext, size);
    buckets = emptyBuckets(size);
    for (int e = 0; e < old; e++) {
      int b = bucket(pmap(e), addresses[e]);
      hashNext[e] = buckets[b];
      buckets[b] = e;
    }
    chainFree(old);
  }

  private void chainFree(int from) {
    for (int e = next.length - 1; e >= from; e--) {
      next[e] = freeHead;
      freeHead = e;
    }
  }
}
