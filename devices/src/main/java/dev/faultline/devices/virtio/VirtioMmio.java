// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import dev.faultline.mmu.InterruptLine;
import dev.faultline.mmu.MmioDevice;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;

/**
 * The registers of a virtio device with one queue: virtio over MMIO, version 2 (VIRTIO 1.2, section
 * 4.2.2). For the machine's thread.
 *
 * <p>Registers are four bytes wide and read and written as such; another access reads zero and
 * writes nothing. Only the configuration space is reached by the byte.
 */
final class VirtioMmio implements MmioDevice {
  /** Bytes of a device's window. */
  static final int WINDOW = 0x1000;

  /** Device status: the driver's steps, and the device's cry for help. */
  static final int STATUS_FEATURES_OK = 8;

  static final int STATUS_DRIVER_OK = 4;
  static final int STATUS_NEEDS_RESET = 64;
  private static final int STATUS_DRIVERS = 0x8F;

  /** Interrupt status: a buffer was used; the configuration (or the need of a reset) changed. */
  static final int INTERRUPT_USED = 1;

  static final int INTERRUPT_CONFIG = 2;

  /** Feature bits of every device, section 6. */
  static final long INDIRECT_DESC = 1L << 28;

  static final long EVENT_IDX = 1L << 29;
  static final long VERSION_1 = 1L << 32;

  private static final int MAGIC = 0x7472_6976;
  private static final int VERSION = 2;

  /** "FLTL": no one registers these. */
  private static final int VENDOR = 0x4C54_4C46;

  private static final int CONFIG = 0x100;

  private final VirtioDevice device;
  private final InterruptLine interrupt;
  private final SplitQueue queue;

  private int deviceFeaturesSelect;
  private int driverFeaturesSelect;
  private long driverFeatures;
  private int queueSelect;
  private int status;
  private int interruptStatus;

  VirtioMmio(VirtioDevice device, PhysicalMemory memory, InterruptLine interrupt) {
    this.device = device;
    this.interrupt = interrupt;
    this.queue = new SplitQueue(memory);
  }

  /** Puts the registers at a physical address. */
  void attach(PhysicalBus bus, int base) {
    bus.attach(base, WINDOW, this);
  }

  private long offered() {
    return device.features() | VERSION_1 | INDIRECT_DESC | EVENT_IDX;
  }

  // ---- what the device tells -------------------------------------------------------------------

  /** Gives a chain back to the driver, and interrupts it if it wants that. */
  void used(int head, int written) {
    if (queue.push(head, written)) {
      raise(INTERRUPT_USED);
    }
  }

  /** The driver has broken the rules: nothing goes on until it resets the device. */
  void fail() {
    status |= STATUS_NEEDS_RESET;
    if ((status & STATUS_DRIVER_OK) != 0) {
      raise(INTERRUPT_CONFIG);
    }
  }

  private void raise(int cause) {
    interruptStatus |= cause;
    interrupt.set(true);
  }

  /** True if the driver is ready and has kept the rules. */
  boolean isLive() {
    return (status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) == STATUS_DRIVER_OK;
  }

  // ---- registers -------------------------------------------------------------------------------

  @Override
  public int read(int offset, int size) {
    if (offset >= CONFIG) {
      int value = 0;
      for (int i = 0; i < size && offset - CONFIG + i < device.configSize(); i++) {
        value |= device.readConfig(offset - CONFIG + i) << 8 * i;
      }
      return value;
    }
    return size == 4 ? readRegister(offset) : 0;
  }

  private int readRegister(int offset) {
    return switch (offset) {
      case 0x000 -> MAGIC;
      case 0x004 -> VERSION;
      case 0x008 -> device.id();
      case 0x00C -> VENDOR;
      case 0x010 -> half(offered(), deviceFeaturesSelect);
      case 0x034 -> queueSelect == 0 ? SplitQueue.MAX_SIZE : 0;
      case 0x044 -> queueSelect == 0 && queue.isReady() ? 1 : 0;
      case 0x060 -> interruptStatus;
      case 0x070 -> status;
      // No shared memory regions: their length and base are all ones.
      case 0x0B0, 0x0B4, 0x0B8, 0x0BC -> -1;
      // 0x0FC, the configuration's generation: it never changes behind the driver's back.
      default -> 0;
    };
  }

  private static int half(long bits, int select) {
    return switch (select) {
      case 0 -> (int) bits;
      case 1 -> (int) (bits >>> 32);
      default -> 0;
    };
  }

  @Override
  public void write(int offset, int size, int value) {
    if (offset >= CONFIG) {
      for (int i = 0; i < size && offset - CONFIG + i < device.configSize(); i++) {
        device.writeConfig(offset - CONFIG + i, value >>> 8 * i & 0xFF);
      }
    } else if (size == 4) {
      writeRegister(offset, value);
    }
  }

  private void writeRegister(int offset, int value) {
    switch (offset) {
      case 0x014 -> deviceFeaturesSelect = value;
      case 0x020 -> writeDriverFeatures(value);
      case 0x024 -> driverFeaturesSelect = value;
      case 0x030 -> queueSelect = value;
      case 0x050 -> notifyQueue(value);
      case 0x064 -> acknowledge(value);
      case 0x070 -> writeStatus(value);
      default -> {
        if (queueSelect == 0) {
          writeQueue(offset, value);
        }
      }
    }
  }

  private void writeQueue(int offset, int value) {
    if (offset == 0x044) {
      setReady((value & 1) != 0);
      return;
    }
    if (queue.isReady()) {
      return;
    }
    switch (offset) {
      case 0x038 -> queue.setSize(value);
      case 0x080 -> queue.setDescriptorArea(low(queue.descriptorArea(), value));
      case 0x084 -> queue.setDescriptorArea(high(queue.descriptorArea(), value));
      case 0x090 -> queue.setDriverArea(low(queue.driverArea(), value));
      case 0x094 -> queue.setDriverArea(high(queue.driverArea(), value));
      case 0x0A0 -> queue.setDeviceArea(low(queue.deviceArea(), value));
      case 0x0A4 -> queue.setDeviceArea(high(queue.deviceArea(), value));
      default -> {
        // Reserved, or to be read only.
      }
    }
  }

  private static long low(long old, int value) {
    return old & 0xFFFF_FFFF_0000_0000L | value & 0xFFFF_FFFFL;
  }

  private static long high(long old, int value) {
    return old & 0xFFFF_FFFFL | (long) value << 32;
  }

  private void setReady(boolean ready) {
    if (ready && !queue.isReady()) {
      if (!queue.enable()) {
        fail();
      }
    } else if (!ready && queue.isReady()) {
      // What is under way can no longer be given back.
      queue.disable();
      device.stop();
    }
  }

  private void writeDriverFeatures(int value) {
    if ((status & STATUS_FEATURES_OK) != 0) {
      return;
    }
    switch (driverFeaturesSelect) {
      case 0 -> driverFeatures = low(driverFeatures, value);
      case 1 -> driverFeatures = high(driverFeatures, value);
      default -> {
        // No features there.
      }
    }
  }

  private void notifyQueue(int number) {
    if (number == 0 && queue.isReady() && isLive()) {
      device.notified();
    }
  }

  private void acknowledge(int causes) {
    interruptStatus &= ~causes;
    interrupt.set(interruptStatus != 0);
  }

  /** The driver goes one step further, or back to the start with 0; it clears no bit otherwise. */
  private void writeStatus(int value) {
    if (value == 0) {
      reset();
      return;
    }
    int set = value & STATUS_DRIVERS & ~status;
    if ((set & STATUS_FEATURES_OK) != 0
        && ((driverFeatures & ~offered()) != 0 || (driverFeatures & VERSION_1) == 0)) {
      set &= ~STATUS_FEATURES_OK;
    }
    status |= set;
    if ((set & STATUS_DRIVER_OK) != 0) {
      if ((status & STATUS_FEATURES_OK) == 0) {
        fail();
        return;
      }
      queue.setEventIndex((driverFeatures & EVENT_IDX) != 0);
      device.start(driverFeatures, queue);
    }
  }

  private void reset() {
    device.reset();
    queue.reset();
    deviceFeaturesSelect = 0;
    driverFeaturesSelect = 0;
    driverFeatures = 0;
    queueSelect = 0;
    status = 0;
    interruptStatus = 0;
    interrupt.set(false);
  }
}
