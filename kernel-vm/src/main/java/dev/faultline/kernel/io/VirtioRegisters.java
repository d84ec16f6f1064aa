// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.mmu.PhysicalBus;

/** The registers of a virtio block device, as its driver uses them (VIRTIO 1.2, 3.1 and 4.2.3). */
final class VirtioRegisters {
  private static final int MAGIC = 0x000;
  private static final int VERSION = 0x004;
  private static final int DEVICE_ID = 0x008;
  private static final int DEVICE_FEATURES = 0x010;
  private static final int DEVICE_FEATURES_SEL = 0x014;
  private static final int DRIVER_FEATURES = 0x020;
  private static final int DRIVER_FEATURES_SEL = 0x024;
  private static final int QUEUE_SEL = 0x030;
  private static final int QUEUE_NUM_MAX = 0x034;
  private static final int QUEUE_NUM = 0x038;
  private static final int QUEUE_READY = 0x044;
  private static final int QUEUE_NOTIFY = 0x050;
  private static final int INTERRUPT_STATUS = 0x060;
  private static final int INTERRUPT_ACK = 0x064;
  private static final int STATUS = 0x070;
  private static final int QUEUE_DESC = 0x080;
  private static final int QUEUE_DRIVER = 0x090;
  private static final int QUEUE_DEVICE = 0x0A0;
  private static final int CONFIG = 0x100;

  private static final int MAGIC_VALUE = 0x7472_6976;
  private static final int MODERN = 2;
  private static final int BLOCK = 2;

  private static final int ACKNOWLEDGE = 1;
  private static final int DRIVER = 2;
  private static final int DRIVER_OK = 4;
  private static final int FEATURES_OK = 8;
  private static final int NEEDS_RESET = 64;
  private static final int FAILED = 128;

  private static final long F_SIZE_MAX = 1L << 1;
  private static final long F_SEG_MAX = 1L << 2;
  private static final long F_READ_ONLY = 1L << 5;
  private static final long F_FLUSH = 1L << 9;
  private static final long F_INDIRECT = 1L << 28;
  private static final long F_EVENT_IDX = 1L << 29;
  private static final long F_VERSION_1 = 1L << 32;

  private static final long NEEDED = F_FLUSH | F_INDIRECT | F_EVENT_IDX | F_VERSION_1;
  private static final long UNDERSTOOD = NEEDED | F_SIZE_MAX | F_SEG_MAX | F_READ_ONLY;

  private final PhysicalBus bus;
  private final int base;
  private long features;

  VirtioRegisters(PhysicalBus bus, int base) {
    this.bus = bus;
    this.base = base;
  }

  private int read(int register) {
    return bus.read(base + register, 4);
  }

  private void write(int register, int value) {
    bus.write(base + register, 4, value);
  }

  /** Resets the device and brings it up with an empty ring; gives what is wrong, or nothing. */
  String initialise(VirtioRing ring) {
    if (read(MAGIC) != MAGIC_VALUE || read(VERSION) != MODERN || read(DEVICE_ID) != BLOCK) {
      return String.format("no virtio block device at %08x", base);
    }
    write(STATUS, 0);
    if (read(STATUS) != 0) {
      return "the device cannot be reset";
    }
    write(STATUS, ACKNOWLEDGE);
    write(STATUS, ACKNOWLEDGE | DRIVER);
    String trouble = negotiate();
    if (trouble.isEmpty()) {
      trouble = setUpQueue(ring);
    }
    if (!trouble.isEmpty()) {
      write(STATUS, FAILED);
      return trouble;
    }
    write(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    return needsReset() ? "the device does not take its queue" : "";
  }

  private String negotiate() {
    write(DEVICE_FEATURES_SEL, 1);
    long offered = (long) read(DEVICE_FEATURES) << 32;
    write(DEVICE_FEATURES_SEL, 0);
    offered |= read(DEVICE_FEATURES) & 0xFFFF_FFFFL;
    if ((offered & NEEDED) != NEEDED) {
      return String.format("the device lacks features %x", NEEDED & ~offered);
    }
    features = offered & UNDERSTOOD;
    write(DRIVER_FEATURES_SEL, 1);
    write(DRIVER_FEATURES, (int) (features >>> 32));
    write(DRIVER_FEATURES_SEL, 0);
    write(DRIVER_FEATURES, (int) features);
    write(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return (read(STATUS) & FEATURES_OK) == 0 ? "the device refuses its own features" : "";
  }

  private String setUpQueue(VirtioRing ring) {
    write(QUEUE_SEL, 0);
    if (read(QUEUE_READY) != 0
        || Integer.compareUnsigned(read(QUEUE_NUM_MAX), VirtioRing.SIZE) < 0) {
      return "the device's queue is too short";
    }
    ring.clear();
    write(QUEUE_NUM, VirtioRing.SIZE);
    writeAddress(QUEUE_DESC, ring.descriptorArea());
    writeAddress(QUEUE_DRIVER, ring.driverArea());
    writeAddress(QUEUE_DEVICE, ring.deviceArea());
    write(QUEUE_READY, 1);
    return "";
  }

  private void writeAddress(int register, int address) {
    write(register, address);
    write(register + 4, 0);
  }

  /** Takes the causes of an interrupt away, and tells them. */
  int acknowledge() {
    int causes = read(INTERRUPT_STATUS);
    write(INTERRUPT_ACK, causes);
    return causes;
  }

  /** True if the device has given up. */
  boolean needsReset() {
    return (read(STATUS) & NEEDS_RESET) != 0;
  }

  /** There is something new in the queue. */
  void notifyQueue() {
    write(QUEUE_NOTIFY, 0);
  }

  /** Size of the disk. */
  long sectors() {
    return (long) read(CONFIG + 4) << 32 | read(CONFIG) & 0xFFFF_FFFFL;
  }

  /** The longest piece of memory that the device takes. */
  int maxSegmentBytes() {
    int limit = (features & F_SIZE_MAX) == 0 ? 0 : read(CONFIG + 8);
    return limit <= 0 ? RequestQueue.MAX_BYTES : limit;
  }

  /** True if the disk refuses writes. */
  boolean readOnly() {
    return (features & F_READ_ONLY) != 0;
  }
}
