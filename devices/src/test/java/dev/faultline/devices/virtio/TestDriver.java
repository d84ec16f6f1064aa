// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.EventQueue;
import dev.faultline.devices.VirtualClock;
import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.disk.Latency;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;

/**
 * A virtio block device on a bus, and a driver that writes down by hand what the specification's
 * tables say, right or wrong.
 */
final class TestDriver {
  static final int SIZE = 16;
  static final int DESCRIPTORS = 0x1000;
  static final int AVAILABLE = 0x2000;
  static final int USED = 0x3000;
  static final int HEADERS = 0x4000;
  static final int STATUSES = 0x5000;
  static final int DATA = 0x8000;

  static final int NEXT = 1;
  static final int WRITE = 2;
  static final int INDIRECT = 4;

  static final int IN = 0;
  static final int OUT = 1;
  static final int FLUSH = 4;
  static final int GET_ID = 8;

  static final long F_RO = 1L << 5;
  static final long F_FLUSH = 1L << 9;
  static final long F_CONFIG_WCE = 1L << 11;
  static final long F_INDIRECT = 1L << 28;
  static final long F_EVENT_IDX = 1L << 29;
  static final long F_VERSION_1 = 1L << 32;

  private static final int BASE = VirtioBlock.FIRST_WINDOW;

  final VirtualClock clock = new VirtualClock();
  final EventQueue events = new EventQueue();
  final PhysicalMemory memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE);
  final PhysicalBus bus = new PhysicalBus(memory);
  final VirtioBlock device;
  boolean line;
  int interrupts;
  boolean powerIsCut;
  private int available;
  private int used;

  TestDriver(DiskImage image) {
    this(image, Latency.none(), DiskFaults.none());
  }

  TestDriver(DiskImage image, Latency latency, DiskFaults faults) {
    device =
        new VirtioBlock(
            new Drive(image, latency, faults),
            "a disk",
            clock,
            events,
            memory,
            high -> {
              interrupts += high && !line ? 1 : 0;
              line = high;
            },
            this::cutPower);
    device.attach(bus, BASE);
  }

  private void cutPower() {
    powerIsCut = true;
    device.powerCut();
  }

  int read(int register) {
    return bus.read(BASE + register, 4);
  }

  void write(int register, int value) {
    bus.write(BASE + register, 4, value);
  }

  int config8(int offset) {
    return bus.read(BASE + 0x100 + offset, 1);
  }

  void setConfig8(int offset, int value) {
    bus.write(BASE + 0x100 + offset, 1, value);
  }

  long offered() {
    write(0x14, 0);
    long low = read(0x10) & 0xFFFF_FFFFL;
    write(0x14, 1);
    return low | (long) read(0x10) << 32;
  }

  /** Steps 1 to 6 of section 3.1.1; true if the device takes the features. */
  boolean negotiate(long features) {
    write(0x70, 0);
    write(0x70, 1);
    write(0x70, 3);
    write(0x24, 0);
    write(0x20, (int) features);
    write(0x24, 1);
    write(0x20, (int) (features >>> 32));
    write(0x70, 11);
    return (read(0x70) & 8) != 0;
  }

  void setUpQueue() {
    available = 0;
    used = 0;
    memory.fill(DESCRIPTORS, 0x3000, 0);
    write(0x30, 0);
    write(0x38, SIZE);
    setAreas(DESCRIPTORS, AVAILABLE, USED);
    write(0x44, 1);
  }

  void setAreas(long descriptors, long driver, long deviceArea) {
    write(0x80, (int) descriptors);
    write(0x84, (int) (descriptors >>> 32));
    write(0x90, (int) driver);
    write(0x94, (int) (driver >>> 32));
    write(0xA0, (int) deviceArea);
    write(0xA4, (int) (deviceArea >>> 32));
  }

  /** All steps. */
  TestDriver start(long features) {
    assertThat(negotiate(features | F_VERSION_1)).isTrue();
    setUpQueue();
    write(0x70, 15);
    assertThat(needsReset()).isFalse();
    return this;
  }

  boolean needsReset() {
    return (read(0x70) & 64) != 0;
  }

  // ---- rings -----------------------------------------------------------------------------------

  void descriptor(int table, int index, long address, int length, int flags, int next) {
    int at = table + 16 * index;
    memory.write64(at, address);
    memory.write32(at + 8, length);
    memory.write16(at + 12, flags);
    memory.write16(at + 14, next);
  }

  void header(int index, int type, long sector) {
    int at = HEADERS + 16 * index;
    memory.write32(at, type);
    memory.write32(at + 4, 0);
    memory.write64(at + 8, sector);
    memory.write8(STATUSES + index, 0xEE);
  }

  /** Three descriptors from 3 × index: header, data, status. */
  void request(int index, int type, long sector, int address, int length) {
    header(index, type, sector);
    int d = 3 * index;
    descriptor(DESCRIPTORS, d, HEADERS + 16L * index, 16, NEXT, length == 0 ? d + 2 : d + 1);
    descriptor(DESCRIPTORS, d + 1, address, length, (type == OUT ? 0 : WRITE) | NEXT, d + 2);
    descriptor(DESCRIPTORS, d + 2, STATUSES + index, 1, WRITE, 0);
    offer(d);
  }

  void offer(int head) {
    memory.write16(AVAILABLE + 4 + 2 * (available % SIZE), head);
    available++;
    memory.write16(AVAILABLE + 2, available);
  }

  void kick() {
    write(0x50, 0);
  }

  /** Lets time pass until the device has nothing more to do. */
  void settle() {
    while (events.size() > 0) {
      clock.advanceTo(events.nextTime());
      events.runDue(clock.now());
    }
  }

  /** One request from start to end; its status. */
  int run(int type, long sector, int address, int length) {
    request(0, type, sector, address, length);
    kick();
    settle();
    assertThat(takeUsed()).isZero();
    return status(0);
  }

  int status(int index) {
    return memory.read8(STATUSES + index);
  }

  int usedIndex() {
    return memory.read16(USED + 2);
  }

  /** The next used element's head, or -1. */
  int takeUsed() {
    if (usedIndex() == (used & 0xFFFF)) {
      return -1;
    }
    return memory.read32(USED + 4 + 8 * (used++ % SIZE));
  }

  /** Bytes written, of the used element taken last. */
  int usedLength() {
    return memory.read32(USED + 8 + 8 * ((used - 1) % SIZE));
  }
}
