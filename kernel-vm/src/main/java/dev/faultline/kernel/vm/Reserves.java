// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * The thresholds of free memory in pages, computed once from the size of memory (sheet P, 3.1).
 *
 * @param interruptFreeMin what class SYSTEM leaves for class INTERRUPT
 * @param pageoutFreeMin what the page daemon itself needs to go on
 * @param reserved below it ordinary allocations take cached pages only
 * @param severe below it faults wait
 * @param min below it all allocations wait
 * @param target what the page daemon aims at
 * @param cacheMin cached pages that the page daemon aims at
 * @param cacheMax the most that it aims at
 * @param inactiveTarget inactive pages that it aims at
 * @param maxWired how many pages user processes may wire (M47)
 * @param cluster pages in one transfer of the page daemon (D13)
 */
record Reserves(
    int interruptFreeMin,
    int pageoutFreeMin,
    int reserved,
    int severe,
    int min,
    int target,
    int cacheMin,
    int cacheMax,
    int inactiveTarget,
    int maxWired,
    int cluster) {
  private static final int MAX_TRANSFER = 65_536;

  /** The thresholds for {@code total} frames, all of them free, with {@code colors} colours. */
  static Reserves of(int total, int colors) {
    int cluster = total < 2000 ? 8 : 16;
    int pageoutFreeMin = 2 * MAX_TRANSFER / 4096 + 2;
    int reserved = cluster + pageoutFreeMin + total / 768 + colors;
    int base = 4 + (total > 1024 ? (total - 1024) / 200 : 0);
    int min = base + reserved;
    int target = (total > 6144 ? 4 : 2) * min + reserved;
    boolean large = total > 2048;
    int inactive = large ? 3 * target / 2 : total / 4;
    return new Reserves(
        2,
        pageoutFreeMin,
        reserved,
        base / 2 + reserved,
        min,
        target,
        large ? target : 0,
        large ? 2 * target : 0,
        Math.min(inactive, total / 3),
        total / 3,
        cluster);
  }
}
