// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.MessageLog;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All swap space as one array of blocks of a page each (S1–S3). Stripes of 32 blocks go round the
 * disks, so that writes spread over them; where a place has no disk, or a disk is shorter, the
 * blocks count as allocated.
 *
 * <p>Block 0 is the header of the first disk: it is never handed out and can stand for "none".
 */
final class SwapBlocks {
  /** No block. */
  static final int NONE = 0;

  /** Blocks that lie together on one disk (S13): a leaf of the bitmap, so that no run crosses. */
  static final int STRIPE = RadixBitmap.LEAF;

  /** The most disks. */
  static final int MAX_AREAS = 8;

  private static final int STRIPE_SHIFT = 5;
  private static final int AREA_SHIFT = 3;
  private static final int ALMOST_FULL = 128;
  private static final int ROOM_AGAIN = 512;

  private final MessageLog log;
  private final @Nullable SwapArea[] areas = new SwapArea[MAX_AREAS];
  private final RadixBitmap bitmap = new RadixBitmap(0);

  /** Blocks whose content could not be read: when they become free they are retired (Y2). */
  private final BitSet suspect = new BitSet();

  private int areaCount;
  private int free;
  private boolean full;
  private boolean almostFull;

  SwapBlocks(MessageLog log) {
    this.log = log;
  }

  // ---- where a block lies ----------------------------------------------------------------------

  private static int block(SwapArea area, int page) {
    return ((page >>> STRIPE_SHIFT << AREA_SHIFT | area.slot()) << STRIPE_SHIFT)
        + (page & STRIPE - 1);
  }

  /** The disk of a block. */
  SwapArea area(int block) {
    SwapArea area = areas[block >>> STRIPE_SHIFT & MAX_AREAS - 1];
    if (area == null) {
      throw new KernelPanic("no disk has swap block " + block);
    }
    return area;
  }

  /** The page of its disk or file that a block is. */
  static int page(int block) {
    return (block >>> STRIPE_SHIFT + AREA_SHIFT << STRIPE_SHIFT) + (block & STRIPE - 1);
  }

  /** The first sector of a block on its disk. */
  long sector(int block) {
    return area(block).store().sector(page(block));
  }

  /**
   * How many of {@code n} blocks of one stripe follow one another on the disk: all, except where a
   * file lies in pieces.
   */
  int together(int block, int n) {
    return area(block).store().together(page(block), n);
  }

  // ---- disks -----------------------------------------------------------------------------------

  /** The disks, in the order of their places. */
  List<SwapArea> areas() {
    List<SwapArea> all = new ArrayList<>();
    for (SwapArea area : areas) {
      if (area != null) {
        all.add(area);
      }
    }
    return all;
  }

  /** Number of disks. */
  int areaCount() {
    return areaCount;
  }

  @SuppressWarnings("ReferenceEquality") // a disk, or a file, is an identity
  @Nullable SwapArea find(Object identity) {
    for (SwapArea area : areas) {
      if (area != null && area.store().identity() == identity) {
        return area;
      }
    }
    return null;
  }

  /** Adds a disk; null if there is no place for one more. */
  @Nullable SwapArea add(SwapStore store, String name, int end, List<Integer> badPages) {
    for (int slot = 0; slot < MAX_AREAS; slot++) {
      if (areas[slot] == null) {
        SwapArea area = new SwapArea(store, name, slot, end, badPages);
        areas[slot] = area;
        areaCount++;
        int last = block(area, end - 1) + 1;
        if (last > bitmap.size()) {
          bitmap.resize(last, false);
        }
        open(area, new BitSet());
        return area;
      }
    }
    return null;
  }

  /** Nothing new is to come to a disk. */
  void withdraw(SwapArea area) {
    area.setLeaving(true);
    for (int page = 0; page < area.end(); page += STRIPE) {
      int n = Math.min(STRIPE, area.end() - page);
      free -= bitmap.fill(block(area, page), n);
    }
    // No message: whoever switches a disk off knows.
    almostFull |= free < ALMOST_FULL;
  }

  /** The disk stays after all; {@code blocks} are those that hold something. */
  void restore(SwapArea area, BitSet blocks) {
    area.setLeaving(false);
    open(area, blocks);
  }

  private void open(SwapArea area, BitSet inUse) {
    for (int page = 0; page < area.end(); page += STRIPE) {
      int block = block(area, page);
      int n = Math.min(STRIPE, area.end() - page);
      int held = inUse.nextSetBit(block);
      if (area.retiredIn(page, n) || (held >= 0 && held < block + n)) {
        openOneByOne(area, page, n, inUse);
      } else {
        bitmap.free(block, n);
        free += n;
      }
    }
    spaceChanged();
  }

  private void openOneByOne(SwapArea area, int first, int n, BitSet inUse) {
    for (int page = first; page < first + n; page++) {
      int block = block(area, page);
      if (!area.isRetired(page) && !inUse.get(block)) {
        bitmap.free(block, 1);
        free++;
      }
    }
  }

  /** A disk that was withdrawn, and holds nothing any more, goes. */
  void remove(SwapArea area) {
    if (area.used() != 0) {
      throw new KernelPanic(area.name() + " still holds " + area.used() + " pages");
    }
    areas[area.slot()] = null;
    areaCount--;
  }

  // ---- blocks ----------------------------------------------------------------------------------

  /**
   * Takes a run of blocks on one disk.
   *
   * @return the first, or {@link #NONE}
   */
  int allocate(int n) {
    int block = bitmap.allocate(n);
    if (block == RadixBitmap.NONE) {
      return NONE;
    }
    free -= n;
    area(block).changeUsed(n);
    spaceChanged();
    return block;
  }

  /** There was no room for a single block: swap is full (S3, Y1). */
  void ranOut() {
    if (!full && areaCount > 0) {
      log.message("swap space is full");
    }
    full = true;
    almostFull = true;
  }

  /** Gives a block back; one that failed is never handed out again (Y2). */
  void free(int block) {
    SwapArea area = area(block);
    area.changeUsed(-1);
    if (suspect.get(block)) {
      suspect.clear(block);
      area.retire(page(block));
    } else if (!area.isLeaving()) {
      bitmap.free(block, 1);
      free++;
      spaceChanged();
    }
  }

  /** The disk failed to read or write the block: it is not to be used again once it is free. */
  void suspect(int block) {
    suspect.set(block);
  }

  private void spaceChanged() {
    if (free < ALMOST_FULL) {
      if (!almostFull && areaCount > 0) {
        log.message("swap space is almost full: " + free + " pages left");
      }
      almostFull = true;
    } else {
      full = false;
      if (free > ROOM_AGAIN) {
        almostFull = false;
      }
    }
  }

  /** Pages that can be had (S2). */
  int freePages() {
    return free;
  }

  /** Pages that hold something. */
  int usedPages() {
    int used = 0;
    for (SwapArea area : areas) {
      used += area == null ? 0 : area.used();
    }
    return used;
  }

  /** Pages of all disks that stay. */
  int totalPages() {
    int total = 0;
    for (SwapArea area : areas) {
      total += area == null || area.isLeaving() ? 0 : area.pages();
    }
    return total;
  }

  boolean full() {
    return full;
  }

  boolean almostFull() {
    return almostFull;
  }

  // ---- checking --------------------------------------------------------------------------------

  /**
   * Every block is one of: reserved or retired, free, in one slot (S9).
   *
   * @param inSlots the blocks that slots name
   */
  void check(BitSet inSlots) {
    bitmap.check();
    if (bitmap.freeBlocks() != free) {
      throw new KernelPanic("S2: " + free + " blocks count as free of " + bitmap.freeBlocks());
    }
    int seen = 0;
    for (SwapArea area : areas()) {
      int used = 0;
      for (int page = 0; page < area.end(); page++) {
        int block = block(area, page);
        boolean held = inSlots.get(block);
        boolean isFree = bitmap.isFree(block);
        boolean closed = area.isRetired(page) || area.isLeaving();
        if (held ? isFree : isFree == closed) {
          throw new KernelPanic(
              "S9: block " + block + (held ? " is in a slot" : "") + (isFree ? " and free" : ""));
        }
        used += held ? 1 : 0;
      }
      if (used != area.used()) {
        throw new KernelPanic("S9: " + area.name() + " counts " + area.used() + " of " + used);
      }
      seen += used;
    }
    if (seen != inSlots.cardinality()) {
      throw new KernelPanic("S9: slots name blocks of no disk");
    }
  }
}
