// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

/**
 * A UART's FIFO: up to sixteen characters, each with its error flags in the bits above the low 8.
 */
final class CharacterFifo {
  static final int CAPACITY = 16;

  private final int[] items = new int[CAPACITY];
  private int head;
  private int size;

  int size() {
    return size;
  }

  /** Appends; there must be room. */
  void add(int item) {
    items[(head + size++) % CAPACITY] = item;
  }

  /** Takes the first one out; there must be one. */
  int remove() {
    int item = items[head];
    head = (head + 1) % CAPACITY;
    size--;
    return item;
  }

  /** The one that {@link #remove} would give. */
  int first() {
    return items[head];
  }

  void clear() {
    size = 0;
  }

  /** True if any character carries an error flag. */
  boolean anyFlags() {
    for (int i = 0; i < size; i++) {
      if (items[(head + i) % CAPACITY] > 0xFF) {
        return true;
      }
    }
    return false;
  }

  /** Forgets the error flags of the first character. */
  void clearFirstFlags() {
    if (size > 0) {
      items[head] &= 0xFF;
    }
  }
}
