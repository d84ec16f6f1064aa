// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import java.util.List;

/**
 * The driver's side of a split virtqueue of block requests (VIRTIO 1.2, sections 2.7 and 5.2.6).
 *
 * <p>One page holds the ring. Each place in it has a kilobyte of its own: a table of indirect
 * descriptors, the request's header, its status byte. So a place is a descriptor's index, and
 * nothing is ever short.
 */
final class VirtioRing {
  /** Descriptors in the queue: also the longest table, so more than there are places. */
  static final int SIZE = 64;

  /** Most pieces of memory in one transfer. */
  static final int MAX_SEGMENTS = 58;

  /** {@link #next}: nothing has been used. */
  static final int NONE = -1;

  /** {@link #next}: the device names a place that is none. */
  private static final int NONSENSE = -2;

  private static final int DESCRIPTOR = 16;
  private static final int NEXT = 1;
  private static final int WRITE = 2;
  private static final int INDIRECT = 4;

  private static final int DRIVER_AREA = SIZE * DESCRIPTOR;
  private static final int DEVICE_AREA = 2048;
  private static final int USED_EVENT = DRIVER_AREA + 4 + 2 * SIZE;
  private static final int AVAILABLE_EVENT = DEVICE_AREA + 4 + 8 * SIZE;

  private static final int PLACE = 1024;
  private static final int HEADER = PLACE - 32;
  private static final int HEADER_BYTES = 16;
  private static final int STATUS = PLACE - 16;
  private static final int UNTOUCHED = 0xFF;
  private static final int UNSUPPORTED = 2;

  private static final int T_IN = 0;
  private static final int T_OUT = 1;
  private static final int T_FLUSH = 4;

  private final PhysicalBus bus;
  private final int[] places;
  private int ring;
  private int available;
  private int published;
  private int used;

  /** A ring without memory, for so many transfers at a time. */
  VirtioRing(PhysicalBus bus, int depth) {
    this.bus = bus;
    places = new int[depth];
  }

  /** Gets the memory; false if it is short. */
  boolean allocate(RingMemory memory) {
    long page = memory.allocatePage();
    ring = (int) page;
    for (int i = 0; i < places.length && page >= 0; i++) {
      if (i * PLACE % Page.SIZE == 0) {
        page = memory.allocatePage();
      }
      places[i] = (int) page + i * PLACE % Page.SIZE;
    }
    return page >= 0;
  }

  int descriptorArea() {
    return ring;
  }

  int driverArea() {
    return ring + DRIVER_AREA;
  }

  int deviceArea() {
    return ring + DEVICE_AREA;
  }

  /** Empties the ring, for a device that has been reset. */
  void clear() {
    bus.memory().fill(ring, Page.SIZE, 0);
    available = 0;
    published = 0;
    used = 0;
  }

  // ---- to the device ---------------------------------------------------------------------------

  /** Writes down a transfer in its place; the device sees it after {@link #publish}. */
  void put(int place, List<BlockRequest> batch, int maxSegmentBytes) {
    BlockRequest first = batch.getFirst();
    int at = places[place];
    int type =
        switch (first.operation()) {
          case READ -> T_IN;
          case WRITE -> T_OUT;
          case FLUSH -> T_FLUSH;
        };
    long sector = first.operation() == Operation.FLUSH ? 0 : first.sector();
    bus.write(at + HEADER, 4, type);
    bus.write(at + HEADER + 4, 4, 0);
    bus.write(at + HEADER + 8, 4, (int) sector);
    bus.write(at + HEADER + 12, 4, (int) (sector >>> 32));
    bus.write(at + STATUS, 1, UNTOUCHED);
    describe(at, at + HEADER, HEADER_BYTES, NEXT, 1);
    int n = segments(at, batch, first.operation() == Operation.READ ? WRITE : 0, maxSegmentBytes);
    describe(at + n * DESCRIPTOR, at + STATUS, 1, WRITE, 0);
    describe(ring + place * DESCRIPTOR, at, (n + 1) * DESCRIPTOR, INDIRECT, 0);
    bus.write(driverArea() + 4 + 2 * (available & SIZE - 1), 2, place);
    available = available + 1 & 0xFFFF;
  }

  /** Writes the descriptors of the memory; what lies together becomes one. Gives the next index. */
  private int segments(int table, List<BlockRequest> batch, int flags, int maxSegmentBytes) {
    int n = 1;
    long address = 0;
    int length = 0;
    for (BlockRequest request : batch) {
      for (int i = 0; i < request.segments(); i++) {
        boolean follows =
            length > 0
                && request.address(i) == address + length
                && length + request.length(i) <= maxSegmentBytes;
        if (!follows && length > 0) {
          describe(table + n * DESCRIPTOR, (int) address, length, flags | NEXT, n + 1);
          n++;
          length = 0;
        }
        if (length == 0) {
          address = request.address(i);
        }
        length += request.length(i);
      }
    }
    if (length > 0) {
      describe(table + n * DESCRIPTOR, (int) address, length, flags | NEXT, n + 1);
      n++;
    }
    return n;
  }

  private void describe(int at, int address, int length, int flags, int next) {
    bus.write(at, 4, address);
    bus.write(at + 4, 4, 0);
    bus.write(at + 8, 4, length);
    bus.write(at + 12, 4, flags | next << 16);
  }

  /** Shows the device what was put; true if it wants to be notified. */
  boolean publish() {
    bus.write(driverArea() + 2, 2, available);
    int wanted = bus.read(ring + AVAILABLE_EVENT, 2);
    boolean passed = (available - wanted - 1 & 0xFFFF) < (available - published & 0xFFFF);
    published = available;
    return passed;
  }

  // ---- from the device -------------------------------------------------------------------------

  /**
   * The place of the next transfer that the device has done, {@link #NONE}, or a number that is no
   * place.
   */
  int next() {
    if (bus.read(deviceArea() + 2, 2) == used) {
      return NONE;
    }
    int place = bus.read(deviceArea() + 4 + 8 * (used & SIZE - 1), 4);
    used = used + 1 & 0xFFFF;
    // Interrupt for the one after it.
    bus.write(ring + USED_EVENT, 2, used);
    return place < 0 ? NONSENSE : place;
  }

  /** True if the device says that all went well. */
  boolean isOk(int place) {
    return bus.read(places[place] + STATUS, 1) == 0;
  }

  /** True if the device does not know the request. */
  boolean isUnsupported(int place) {
    return bus.read(places[place] + STATUS, 1) == UNSUPPORTED;
  }
}
