// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import static dev.faultline.devices.virtio.TestDriver.AVAILABLE;
import static dev.faultline.devices.virtio.TestDriver.DATA;
import static dev.faultline.devices.virtio.TestDriver.DESCRIPTORS;
import static dev.faultline.devices.virtio.TestDriver.F_EVENT_IDX;
import static dev.faultline.devices.virtio.TestDriver.F_FLUSH;
import static dev.faultline.devices.virtio.TestDriver.F_INDIRECT;
import static dev.faultline.devices.virtio.TestDriver.F_VERSION_1;
import static dev.faultline.devices.virtio.TestDriver.IN;
import static dev.faultline.devices.virtio.TestDriver.USED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.MemoryImage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the transport's steps and registers (4.2.2 and 3.1.1) taken out of order. */
final class VirtioRegistersTest {
  private final TestDriver driver = new TestDriver(new MemoryImage(0x1_2345_6789L));

  @Test
  @DisplayName("4.2.2: magic, version 2, block device; size, block size and limits in the config")
  void identity() {
    assertThat(driver.read(0)).isEqualTo(0x7472_6976);
    assertThat(driver.read(4)).isEqualTo(2);
    assertThat(driver.read(8)).isEqualTo(2);
    assertThat(driver.read(0x100)).isEqualTo(0x2345_6789);
    assertThat(driver.read(0x104)).isEqualTo(1);
    assertThat(driver.read(0x108)).isEqualTo(1 << 20);
    assertThat(driver.read(0x10C)).isEqualTo(254);
    assertThat(driver.read(0x114)).isEqualTo(512);
    assertThat(driver.config8(1)).isEqualTo(0x67);
    assertThat(driver.read(0xFC)).isEqualTo(driver.read(0xFC));
    assertThat(driver.read(0xB0)).isEqualTo(-1);
  }

  @Test
  @DisplayName("an access that is not 32 bits wide reads zero and writes nothing")
  void narrowAccess() {
    assertThat(driver.bus.read(VirtioBlock.FIRST_WINDOW, 2)).isZero();
    driver.bus.write(VirtioBlock.FIRST_WINDOW + 0x70, 1, 1);
    assertThat(driver.read(0x70)).isZero();
  }

  @Test
  @DisplayName("3.1.1: the device takes only features that it offers, and VERSION_1 is a must")
  void features() {
    long offered = driver.offered();
    assertThat(offered & (F_VERSION_1 | F_INDIRECT | F_EVENT_IDX | F_FLUSH))
        .isEqualTo(F_VERSION_1 | F_INDIRECT | F_EVENT_IDX | F_FLUSH);
    assertThat(driver.negotiate(offered)).isTrue();
    assertThat(driver.negotiate(F_VERSION_1)).isTrue();
    assertThat(driver.negotiate(offered & ~F_VERSION_1)).isFalse();
    assertThat(driver.negotiate(F_VERSION_1 | 1L << 40)).isFalse();
    assertThat(driver.negotiate(F_VERSION_1 | 1L << 12)).isFalse();
  }

  @Test
  @DisplayName("3.1.1: DRIVER_OK without FEATURES_OK needs a reset; a status bit is never cleared")
  void order() {
    driver.write(0x70, 1);
    driver.write(0x70, 2);
    assertThat(driver.read(0x70)).isEqualTo(3);
    driver.write(0x70, 64);
    assertThat(driver.read(0x70)).isEqualTo(3);
    driver.write(0x70, 7);
    assertThat(driver.needsReset()).isTrue();
    driver.write(0x70, 0);
    assertThat(driver.read(0x70)).isZero();
  }

  @Test
  @DisplayName("2.1.2: nothing is taken from the queue before DRIVER_OK")
  void notBeforeDriverOk() {
    assertThat(driver.negotiate(F_VERSION_1)).isTrue();
    driver.setUpQueue();
    driver.request(0, IN, 0, DATA, 512);
    driver.kick();
    assertThat(driver.events.size()).isZero();
    driver.write(0x70, 15);
    driver.kick();
    driver.settle();
    assertThat(driver.status(0)).isZero();
  }

  @Test
  @DisplayName("there is one queue, of 256 at most; its registers stand still while it is ready")
  void queueRegisters() {
    assertThat(driver.negotiate(F_VERSION_1)).isTrue();
    assertThat(driver.read(0x34)).isEqualTo(256);
    driver.write(0x30, 1);
    assertThat(driver.read(0x34)).isZero();
    driver.write(0x44, 1);
    assertThat(driver.read(0x44)).isZero();
    driver.setUpQueue();
    assertThat(driver.read(0x44)).isEqualTo(1);
    driver.setAreas(0x7FFF_0000, 0x7FFF_0000, 0x7FFF_0000);
    driver.write(0x38, 3);
    driver.write(0x70, 15);
    assertThat(driver.run(IN, 0, DATA, 512)).isZero();
    driver.write(0x44, 0);
    assertThat(driver.read(0x44)).isZero();
  }

  @Test
  @DisplayName("a queue whose size or place is impossible needs a reset")
  void impossibleQueues() {
    for (int size : new int[] {0, 3, 512, -1, 1 << 30}) {
      assertThat(refuses(size, DESCRIPTORS, AVAILABLE, USED)).as("size %d", size).isTrue();
    }
    long ram = driver.memory.size();
    long[] bad = {ram, ram - 2, -4096, Long.MAX_VALUE & ~0xFFF, 1L << 32};
    for (long address : bad) {
      assertThat(refuses(16, address, AVAILABLE, USED)).as("%x", address).isTrue();
      assertThat(refuses(16, DESCRIPTORS, address, USED)).as("%x", address).isTrue();
      assertThat(refuses(16, DESCRIPTORS, AVAILABLE, address)).as("%x", address).isTrue();
    }
    assertThat(refuses(16, DESCRIPTORS + 8, AVAILABLE, USED)).isTrue();
    assertThat(refuses(16, DESCRIPTORS, AVAILABLE + 1, USED)).isTrue();
    assertThat(refuses(16, DESCRIPTORS, AVAILABLE, USED + 2)).isTrue();
    assertThat(refuses(16, DESCRIPTORS, AVAILABLE, USED)).isFalse();
    assertThat(refuses(256, 0, AVAILABLE, ram - 4 - 8 * 256)).isTrue();
    assertThat(refuses(256, 0, AVAILABLE, ram - 4 - 8 * 256 - 4)).isFalse();
  }

  private boolean refuses(int size, long descriptors, long available, long used) {
    assertThat(driver.negotiate(F_VERSION_1)).isTrue();
    driver.write(0x38, size);
    driver.setAreas(descriptors, available, used);
    driver.write(0x44, 1);
    return driver.needsReset();
  }

  @Test
  @DisplayName("2.4: a reset drops what is under way, lowers the line, and all starts anew")
  void reset() {
    TestDriver d =
        new TestDriver(
                new MemoryImage(8),
                (now, op, sector, bytes, cached) -> now + 1000,
                DiskFaults.none())
            .start(0);
    assertThat(d.run(IN, 0, DATA, 512)).isZero();
    assertThat(d.line).isTrue();
    d.request(0, IN, 0, DATA, 512);
    d.kick();
    d.memory.write8(DATA, 0x77);
    d.write(0x70, 0);
    assertThat(d.line).isFalse();
    assertThat(d.events.size()).isZero();
    assertThat(d.read(0x60)).isZero();
    d.start(0);
    assertThat(d.memory.read8(DATA)).isEqualTo(0x77);
    assertThat(d.run(IN, 0, DATA, 512)).isZero();
  }

  @Test
  @DisplayName("4.2.2: the line is high until every cause is acknowledged")
  void interrupt() {
    driver.start(0);
    driver.run(IN, 0, DATA, 512);
    assertThat(driver.line).isTrue();
    assertThat(driver.read(0x60)).isEqualTo(1);
    driver.write(0x64, 2);
    assertThat(driver.line).isTrue();
    driver.write(0x64, 1);
    assertThat(driver.line).isFalse();
    assertThat(driver.read(0x60)).isZero();
  }

  @Test
  @DisplayName("2.7.7: without EVENT_IDX the driver's flag keeps the device silent")
  void flagSuppressesInterrupts() {
    driver.start(0);
    driver.memory.write16(AVAILABLE, 1);
    driver.run(IN, 0, DATA, 512);
    assertThat(driver.line).isFalse();
    driver.memory.write16(AVAILABLE, 0);
    driver.run(IN, 0, DATA, 512);
    assertThat(driver.line).isTrue();
  }

  @Test
  @DisplayName("2.7.10: with EVENT_IDX it interrupts when the index that the driver names is used")
  void eventIndex() {
    TestDriver d = new TestDriver(new MemoryImage(8)).start(F_EVENT_IDX);
    int usedEvent = AVAILABLE + 4 + 2 * TestDriver.SIZE;
    int availableEvent = USED + 4 + 8 * TestDriver.SIZE;
    d.memory.write16(AVAILABLE, 1); // Means nothing now.
    for (int i = 0; i < 70_000; i++) {
      // Asks for an interrupt with every fifth one.
      if (i % 5 == 0) {
        d.memory.write16(usedEvent, i + 4);
      }
      d.run(IN, 0, DATA, 512);
      assertThat(d.line).as("%d", i).isEqualTo(i % 5 == 4);
      d.write(0x64, 1);
      assertThat(d.memory.read16(availableEvent)).isEqualTo(i + 1 & 0xFFFF);
    }
  }
}
