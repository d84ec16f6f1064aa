// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import dev.faultline.mmu.PhysicalMemory;

/**
 * The device's side of a split virtqueue (VIRTIO 1.2, section 2.7): three areas of RAM that the
 * driver names. Every index and address that is read from RAM is checked before it is used.
 */
final class SplitQueue {
  /** The most descriptors that a queue can have. */
  static final int MAX_SIZE = 256;

  /** {@link #next}: nothing is available. */
  static final int NONE = -1;

  /** {@link #next}: the driver has broken the ring. */
  static final int BROKEN = -2;

  /** Bytes of a descriptor. */
  static final int DESCRIPTOR = 16;

  private static final int NO_INTERRUPT = 1;
  private static final int INDEX = 2;
  private static final int RING = 4;
  private static final int USED_ELEMENT = 8;
  private static final int INDEX_MASK = 0xFFFF;

  private final PhysicalMemory memory;

  private int size = MAX_SIZE;
  private long descriptorArea;
  private long driverArea;
  private long deviceArea;
  private boolean ready;

  private boolean eventIndex;
  private int lastAvailable;
  private int usedIndex;
  private int signalled;

  SplitQueue(PhysicalMemory memory) {
    this.memory = memory;
  }

  /** As after a reset. */
  void reset() {
    size = MAX_SIZE;
    descriptorArea = 0;
    driverArea = 0;
    deviceArea = 0;
    ready = false;
    eventIndex = false;
    rewind();
  }

  private void rewind() {
    lastAvailable = 0;
    usedIndex = 0;
    signalled = 0;
  }

  // ---- set-up ----------------------------------------------------------------------------------

  int size() {
    return size;
  }

  void setSize(int newSize) {
    size = newSize;
  }

  void setDescriptorArea(long address) {
    descriptorArea = address;
  }

  long descriptorArea() {
    return descriptorArea;
  }

  void setDriverArea(long address) {
    driverArea = address;
  }

  long driverArea() {
    return driverArea;
  }

  void setDeviceArea(long address) {
    deviceArea = address;
  }

  long deviceArea() {
    return deviceArea;
  }

  boolean isReady() {
    return ready;
  }

  /** Stops the queue. */
  void disable() {
    ready = false;
  }

  /** Starts the queue at its beginning; false if its size or an area is not possible. */
  boolean enable() {
    boolean possible =
        size > 0
            && size <= MAX_SIZE
            && Integer.bitCount(size) == 1
            && isArea(descriptorArea, DESCRIPTOR, DESCRIPTOR * size)
            && isArea(driverArea, 2, RING + 2 * size + 2)
            && isArea(deviceArea, 4, RING + USED_ELEMENT * size + 2);
    if (possible) {
      rewind();
      ready = true;
    }
    return possible;
  }

  private boolean isArea(long address, int alignment, int bytes) {
    return address % alignment == 0 && inRam(address, bytes);
  }

  /** True if all bytes are RAM; {@code address} is unsigned, {@code bytes} not negative. */
  boolean inRam(long address, long bytes) {
    return address >= 0 && address <= memory.size() && bytes <= memory.size() - address;
  }

  /** Says whether interrupts and notifications go by index instead of by flag. */
  void setEventIndex(boolean negotiated) {
    eventIndex = negotiated;
  }

  // ---- the rings -------------------------------------------------------------------------------

  /**
   * Takes the next chain that the driver made available.
   *
   * @return the index of its first descriptor, {@link #NONE} or {@link #BROKEN}
   */
  int next() {
    int available = memory.read16((int) driverArea + INDEX);
    int waiting = available - lastAvailable & INDEX_MASK;
    if (waiting == 0) {
      return NONE;
    }
    int head = memory.read16((int) driverArea + RING + 2 * (lastAvailable & size - 1));
    if (waiting > size || head >= size) {
      return BROKEN;
    }
    lastAvailable = lastAvailable + 1 & INDEX_MASK;
    if (eventIndex) {
      // The next one is to be notified.
      memory.write16((int) deviceArea + RING + USED_ELEMENT * size, lastAvailable);
    }
    return head;
  }

  /**
   * Gives a chain back.
   *
   * @param written bytes that the device has written into it
   * @return true if the driver wants to be interrupted for it
   */
  boolean push(int head, int written) {
    int element = (int) deviceArea + RING + USED_ELEMENT * (usedIndex & size - 1);
    memory.write32(element, head);
    memory.write32(element + 4, written);
    usedIndex = usedIndex + 1 & INDEX_MASK;
    memory.write16((int) deviceArea + INDEX, usedIndex);
    if (!eventIndex) {
      return (memory.read16((int) driverArea) & NO_INTERRUPT) == 0;
    }
    int wanted = memory.read16((int) driverArea + RING + 2 * size);
    boolean passed = (usedIndex - wanted - 1 & INDEX_MASK) < (usedIndex - signalled & INDEX_MASK);
    signalled = usedIndex;
    return passed;
  }
}
