// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.sched.KernelPanic;
import java.util.Arrays;

/**
 * Hands out runs of numbered blocks: a radix tree over a bitmap (B1–B7).
 *
 * <p>A leaf is 32 blocks, a bit each, 1 for free. An inner node has 16 children and keeps how many
 * blocks below it are free, and a <em>hint</em>: no run below it is longer. A hint that is too high
 * costs a search, which lowers it; one that is too low would lose space, so whoever frees raises
 * it.
 *
 * <p>Never sleeps, and allocates no memory but in {@link #resize}.
 */
final class RadixBitmap {
  /** Blocks in a leaf: the longest run there is. */
  static final int LEAF = 32;

  /** What {@link #allocate} says if there is no such run. */
  static final int NONE = -1;

  private static final int LEAF_SHIFT = 5;
  private static final int FAN_SHIFT = 4;
  private static final int FAN_OUT = 1 << FAN_SHIFT;

  private int size;
  private int[] leaves = {};

  /** By level, the leaves' parents first; the last level is the root alone. */
  private int[][] free = {};

  private byte[][] hints = {};

  /** Blocks 0 to {@code size} - 1, all of them allocated. */
  RadixBitmap(int size) {
    resize(size, false);
  }

  /** Number of blocks. */
  int size() {
    return size;
  }

  /** What the root covers: 32 times 16 to the least power that reaches the size (B1). */
  long radix() {
    return (long) LEAF << FAN_SHIFT * free.length;
  }

  /** Number of free blocks. */
  int freeBlocks() {
    return free[free.length - 1][0];
  }

  /** True if the block is free. */
  boolean isFree(int block) {
    return (leaves[block >>> LEAF_SHIFT] & 1 << block) != 0;
  }

  // ---- allocation ------------------------------------------------------------------------------

  /**
   * Takes the run of {@code n} free blocks with the lowest number that lies within one leaf (B2).
   *
   * @param n 1 to {@link #LEAF}
   * @return its first block, or {@link #NONE}
   */
  int allocate(int n) {
    if (n < 1 || n > LEAF) {
      throw new KernelPanic("a run of " + n + " blocks is asked for");
    }
    return allocate(free.length - 1, 0, n);
  }

  private int allocate(int level, int node, int n) {
    if (hints[level][node] < n) {
      return NONE;
    }
    int first = node << FAN_SHIFT;
    int end = Math.min(first + FAN_OUT, level == 0 ? leaves.length : free[level - 1].length);
    for (int child = first; child < end; child++) {
      int block = level == 0 ? allocateInLeaf(child, n) : allocate(level - 1, child, n);
      if (block != NONE) {
        free[level][node] -= n;
        if (free[level][node] == 0) {
          hints[level][node] = 0;
        }
        return block;
      }
    }
    hints[level][node] = (byte) (n - 1);
    return NONE;
  }

  private int allocateInLeaf(int leaf, int n) {
    int starts = runs(leaves[leaf], n);
    if (starts == 0) {
      return NONE;
    }
    int at = Integer.numberOfTrailingZeros(starts);
    leaves[leaf] &= ~mask(at, n);
    return (leaf << LEAF_SHIFT) + at;
  }

  /** The bits at which runs of {@code n} ones begin. */
  private static int runs(int bits, int n) {
    int starts = bits;
    int have = 1;
    while (have < n && starts != 0) {
      int more = Math.min(have, n - have);
      starts &= starts >>> more;
      have += more;
    }
    return starts;
  }

  private static int longestRun(int bits) {
    int n = 0;
    for (int rest = bits; rest != 0; rest &= rest >>> 1) {
      n++;
    }
    return n;
  }

  private static int mask(int at, int n) {
    return n == LEAF ? -1 : (1 << n) - 1 << at;
  }

  // ---- ranges ----------------------------------------------------------------------------------

  /** Frees {@code n} blocks, all of which are allocated (B3); 0 is allowed. */
  void free(int block, int n) {
    checkRange(block, n);
    int at = block;
    for (int left = n; left > 0; ) {
      int leaf = at >>> LEAF_SHIFT;
      int here = Math.min(left, LEAF - (at & LEAF - 1));
      int bits = mask(at & LEAF - 1, here);
      if ((leaves[leaf] & bits) != 0) {
        throw new KernelPanic("block " + at + " or one after it, of " + here + ", is free already");
      }
      leaves[leaf] |= bits;
      freed(leaf, here);
      at += here;
      left -= here;
    }
  }

  private void freed(int leaf, int n) {
    byte run = (byte) longestRun(leaves[leaf]);
    int node = leaf;
    for (int level = 0; level < free.length; level++) {
      node >>>= FAN_SHIFT;
      free[level][node] += n;
      if (hints[level][node] < run) {
        hints[level][node] = run;
      }
    }
  }

  /**
   * Allocates what is free in a range (B6).
   *
   * @return how many blocks that were
   */
  int fill(int block, int n) {
    checkRange(block, n);
    int filled = 0;
    int at = block;
    for (int left = n; left > 0; ) {
      int leaf = at >>> LEAF_SHIFT;
      int here = Math.min(left, LEAF - (at & LEAF - 1));
      int bits = leaves[leaf] & mask(at & LEAF - 1, here);
      leaves[leaf] ^= bits;
      filled += Integer.bitCount(bits);
      filled(leaf, Integer.bitCount(bits));
      at += here;
      left -= here;
    }
    return filled;
  }

  private void filled(int leaf, int n) {
    int node = leaf;
    for (int level = 0; n > 0 && level < free.length; level++) {
      node >>>= FAN_SHIFT;
      free[level][node] -= n;
      if (free[level][node] == 0) {
        hints[level][node] = 0;
      }
    }
  }

  private void checkRange(int block, int n) {
    if (block < 0 || n < 0 || block > size - n) {
      throw new KernelPanic("blocks " + block + "+" + n + " of " + size);
    }
  }

  // ---- size ------------------------------------------------------------------------------------

  /**
   * Changes the size; blocks below both sizes stay what they are (B6).
   *
   * @param tailFree whether blocks that are new are free
   */
  void resize(int newSize, boolean tailFree) {
    int old = size;
    int[] bits = Arrays.copyOf(leaves, (newSize + LEAF - 1) >>> LEAF_SHIFT);
    if (newSize < old && (newSize & LEAF - 1) != 0) {
      bits[bits.length - 1] &= mask(0, newSize & LEAF - 1);
    }
    size = newSize;
    leaves = bits;
    buildTree();
    if (tailFree && newSize > old) {
      free(old, newSize - old);
    }
  }

  private void buildTree() {
    int levels = 0;
    int nodes = leaves.length;
    do {
      nodes = nodes + FAN_OUT - 1 >>> FAN_SHIFT;
      levels++;
    } while (nodes > 1);
    free = new int[levels][];
    hints = new byte[levels][];
    int below = leaves.length;
    for (int level = 0; level < levels; level++) {
      below = Math.max(1, below + FAN_OUT - 1 >>> FAN_SHIFT);
      free[level] = new int[below];
      hints[level] = new byte[below];
    }
    for (int leaf = 0; leaf < leaves.length; leaf++) {
      if (leaves[leaf] != 0) {
        freed(leaf, Integer.bitCount(leaves[leaf]));
      }
    }
  }

  // ---- checking --------------------------------------------------------------------------------

  /** Panics unless every node counts its free blocks and no hint is too low (B5). */
  void check() {
    for (int level = 0; level < free.length; level++) {
      int below = level == 0 ? leaves.length : free[level - 1].length;
      int[] sums = new int[free[level].length];
      int[] longest = new int[free[level].length];
      for (int child = 0; child < below; child++) {
        int parent = child >>> FAN_SHIFT;
        sums[parent] += level == 0 ? Integer.bitCount(leaves[child]) : free[level - 1][child];
      }
      for (int leaf = 0; leaf < leaves.length; leaf++) {
        int node = leaf >>> FAN_SHIFT * (level + 1);
        longest[node] = Math.max(longest[node], longestRun(leaves[leaf]));
      }
      for (int node = 0; node < sums.length; node++) {
        if (sums[node] != free[level][node] || longest[node] > hints[level][node]) {
          throw new KernelPanic(
              String.format(
                  "B5: node %d of level %d counts %d free and hints at %d, there are %d and %d",
                  node, level, free[level][node], hints[level][node], sums[node], longest[node]));
        }
      }
    }
  }
}
