// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import java.util.Arrays;
import java.util.function.IntPredicate;

/** A set of numbers from 0 up: open addressing in one array. */
final class IntSet {
  private static final int EMPTY = -1;
  private static final int MIN_CAPACITY = 8;

  private int[] slots = new int[0];
  private int size;

  int size() {
    return size;
  }

  boolean contains(int value) {
    return slots.length > 0 && slots[slotOf(slots, value)] == value;
  }

  void add(int value) {
    if ((size + 1) * 2 > slots.length) {
      resize(Math.max(MIN_CAPACITY, slots.length * 2));
    }
    int slot = slotOf(slots, value);
    if (slots[slot] == EMPTY) {
      slots[slot] = value;
      size++;
    }
  }

  /** Keeps the numbers that pass. */
  void retain(IntPredicate test) {
    int[] before = slots;
    slots = new int[before.length];
    Arrays.fill(slots, EMPTY);
    size = 0;
    for (int value : before) {
      if (value != EMPTY && test.test(value)) {
        slots[slotOf(slots, value)] = value;
        size++;
      }
    }
    if (size == 0) {
      slots = new int[0];
    }
  }

  private void resize(int capacity) {
    int[] larger = new int[capacity];
    Arrays.fill(larger, EMPTY);
    for (int value : slots) {
      if (value != EMPTY) {
        larger[slotOf(larger, value)] = value;
      }
    }
    slots = larger;
  }

  /** Where a number is, or would be. */
  private static int slotOf(int[] slots, int value) {
    int mask = slots.length - 1;
    int slot = value * 0x9E37_79B1 >>> 8 & mask;
    while (slots[slot] != EMPTY && slots[slot] != value) {
      slot = slot + 1 & mask;
    }
    return slot;
  }
}
