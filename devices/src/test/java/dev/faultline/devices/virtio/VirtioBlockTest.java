// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import static dev.faultline.devices.virtio.TestDriver.DATA;
import static dev.faultline.devices.virtio.TestDriver.DESCRIPTORS;
import static dev.faultline.devices.virtio.TestDriver.FLUSH;
import static dev.faultline.devices.virtio.TestDriver.F_CONFIG_WCE;
import static dev.faultline.devices.virtio.TestDriver.F_FLUSH;
import static dev.faultline.devices.virtio.TestDriver.F_INDIRECT;
import static dev.faultline.devices.virtio.TestDriver.GET_ID;
import static dev.faultline.devices.virtio.TestDriver.HEADERS;
import static dev.faultline.devices.virtio.TestDriver.IN;
import static dev.faultline.devices.virtio.TestDriver.INDIRECT;
import static dev.faultline.devices.virtio.TestDriver.NEXT;
import static dev.faultline.devices.virtio.TestDriver.OUT;
import static dev.faultline.devices.virtio.TestDriver.STATUSES;
import static dev.faultline.devices.virtio.TestDriver.WRITE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.MemoryImage;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: requests that mean something else to a driver written from the specification. */
final class VirtioBlockTest {
  private static final int OK = 0;
  private static final int IOERR = 1;
  private static final int UNSUPP = 2;

  private final MemoryImage image = new MemoryImage(64);
  private final TestDriver driver = new TestDriver(image).start(F_FLUSH | F_INDIRECT);

  @Test
  @DisplayName("5.2.6: a write puts bytes on the disk, a read gets them; length counts the status")
  void readAndWrite() {
    driver.memory.fill(DATA, 1024, 7);
    assertThat(driver.run(OUT, 3, DATA, 1024)).isEqualTo(OK);
    assertThat(driver.usedLength()).isEqualTo(1);
    byte[] sectors = new byte[2048];
    image.read(2 * 512, sectors, 0, 2048);
    assertThat(sectors[511]).isEqualTo((byte) 0);
    assertThat(sectors[512]).isEqualTo((byte) 7);
    assertThat(sectors[1535]).isEqualTo((byte) 7);
    assertThat(sectors[1536]).isEqualTo((byte) 0);
    assertThat(driver.run(IN, 4, DATA + 4096, 512)).isEqualTo(OK);
    assertThat(driver.usedLength()).isEqualTo(513);
    assertThat(driver.memory.read8(DATA + 4096 + 511)).isEqualTo(7);
    assertThat(driver.memory.read8(DATA + 4096 + 512)).isZero();
  }

  @Test
  @DisplayName("5.2.6.1: beyond the end, or not whole sectors, is an I/O error and moves nothing")
  void impossible() {
    driver.memory.fill(DATA, 1024, 7);
    assertThat(driver.run(OUT, 63, DATA, 1024)).isEqualTo(IOERR);
    assertThat(driver.run(OUT, 0, DATA, 100)).isEqualTo(IOERR);
    assertThat(driver.run(OUT, -1, DATA, 512)).isEqualTo(IOERR);
    assertThat(driver.run(IN, Long.MAX_VALUE, DATA + 2048, 512)).isEqualTo(IOERR);
    assertThat(driver.run(IN, 1L << 55, DATA + 2048, 512)).isEqualTo(IOERR);
    assertThat(driver.memory.read8(DATA + 2048)).isZero();
    byte[] all = new byte[64 * 512];
    image.read(0, all, 0, all.length);
    assertThat(all).containsOnly(0);
    assertThat(driver.run(IN, 63, DATA, 512)).isEqualTo(OK);
  }

  @Test
  @DisplayName("5.2.6: get-id gives up to 20 bytes of the name; an unknown type is unsupported")
  void nameAndUnknown() {
    assertThat(driver.run(GET_ID, 0, DATA, 20)).isEqualTo(OK);
    byte[] name = new byte[20];
    driver.memory.get(DATA, name, 0, 20);
    assertThat(new String(name, US_ASCII)).isEqualTo("a disk" + "\0".repeat(14));
    assertThat(driver.usedLength()).isEqualTo(21);
    driver.memory.fill(DATA, 20, 0xAA);
    assertThat(driver.run(GET_ID, 0, DATA, 3)).isEqualTo(OK);
    assertThat(driver.memory.read32(DATA)).isEqualTo(0xAA64_2061);
    for (int type : new int[] {2, 3, 5, 11, 13, -1}) {
      assertThat(driver.run(type, 0, DATA, 512)).as("type %d", type).isEqualTo(UNSUPP);
    }
    assertThat(driver.needsReset()).isFalse();
  }

  @Test
  @DisplayName("5.2.6: a write to a read-only disk is an I/O error; the feature says so before")
  void readOnly() {
    DiskImage protectedImage =
        new DiskImage() {
          @Override
          public long sectors() {
            return 8;
          }

          @Override
          public boolean readOnly() {
            return true;
          }

          @Override
          public void read(long position, byte[] to, int offset, int length) {}

          @Override
          public void write(long position, byte[] from, int offset, int length) {
            throw new AssertionError("written");
          }

          @Override
          public void close() {}
        };
    TestDriver d = new TestDriver(protectedImage);
    assertThat(d.offered() & TestDriver.F_RO).isNotZero();
    assertThat(driver.offered() & TestDriver.F_RO).isZero();
    d.start(TestDriver.F_RO);
    assertThat(d.run(OUT, 0, DATA, 512)).isEqualTo(IOERR);
    assertThat(d.run(IN, 0, DATA, 512)).isEqualTo(OK);
  }

  @Test
  @DisplayName("a host file that cannot be read or written is an I/O error")
  void hostTrouble() {
    DiskImage broken =
        new DiskImage() {
          @Override
          public long sectors() {
            return 8;
          }

          @Override
          public boolean readOnly() {
            return false;
          }

          @Override
          public void read(long position, byte[] to, int offset, int length) throws IOException {
            throw new IOException("gone");
          }

          @Override
          public void write(long position, byte[] from, int offset, int length) throws IOException {
            throw new IOException("no space");
          }

          @Override
          public void close() {}
        };
    TestDriver d = new TestDriver(broken).start(0);
    assertThat(d.run(IN, 0, DATA, 512)).isEqualTo(IOERR);
    assertThat(d.usedLength()).isEqualTo(1);
    assertThat(d.run(OUT, 0, DATA, 512)).isEqualTo(IOERR);
    assertThat(d.needsReset()).isFalse();
  }

  @Test
  @DisplayName("2.7.4.1: how a request is cut into descriptors means nothing")
  void framing() {
    driver.header(0, OUT, 5);
    driver.memory.fill(DATA, 512, 9);
    // Header in two pieces, the second one with data behind it in the same buffer.
    driver.memory.put(DATA - 8, bytes(HEADERS + 8, 8), 0, 8);
    driver.descriptor(DESCRIPTORS, 4, HEADERS, 8, NEXT, 2);
    driver.descriptor(DESCRIPTORS, 2, DATA - 8, 8 + 100, NEXT, 9);
    driver.descriptor(DESCRIPTORS, 9, DATA + 100, 412, NEXT, 1);
    driver.descriptor(DESCRIPTORS, 1, STATUSES, 1, WRITE, 0);
    driver.offer(4);
    driver.kick();
    driver.settle();
    assertThat(driver.takeUsed()).isEqualTo(4);
    assertThat(driver.status(0)).isEqualTo(OK);
    byte[] sector = new byte[512];
    image.read(5 * 512, sector, 0, 512);
    assertThat(sector).containsOnly(9);
    // Data and status of a read in one buffer.
    driver.header(0, IN, 5);
    driver.descriptor(DESCRIPTORS, 0, HEADERS, 16, NEXT, 1);
    driver.descriptor(DESCRIPTORS, 1, DATA + 8192, 513, WRITE, 0);
    driver.memory.write8(DATA + 8192 + 512, 0xEE);
    driver.offer(0);
    driver.kick();
    driver.settle();
    assertThat(driver.takeUsed()).isZero();
    assertThat(driver.memory.read8(DATA + 8192 + 511)).isEqualTo(9);
    assertThat(driver.memory.read8(DATA + 8192 + 512)).isEqualTo(OK);
  }

  private byte[] bytes(int address, int size) {
    byte[] b = new byte[size];
    driver.memory.get(address, b, 0, size);
    return b;
  }

  @Test
  @DisplayName("2.7.5.3: a table of descriptors anywhere in RAM stands for a chain")
  void indirect() {
    int table = 0x7000;
    driver.memory.fill(DATA, 512, 3);
    driver.header(0, OUT, 1);
    driver.descriptor(table, 0, HEADERS, 16, NEXT, 2);
    driver.descriptor(table, 2, DATA, 512, NEXT, 1);
    driver.descriptor(table, 1, STATUSES, 1, WRITE, 0);
    driver.descriptor(DESCRIPTORS, 7, table, 48, INDIRECT, 0);
    driver.offer(7);
    driver.kick();
    driver.settle();
    assertThat(driver.takeUsed()).isEqualTo(7);
    assertThat(driver.status(0)).isEqualTo(OK);
    byte[] sector = new byte[512];
    image.read(512, sector, 0, 512);
    assertThat(sector).containsOnly(3);
  }

  @Test
  @DisplayName("several requests are under way together and complete in the order of their times")
  void severalAtOnce() {
    TestDriver d =
        new TestDriver(
                image, (now, op, sector, bytes, cached) -> now + 100 - sector, DiskFaults.none())
            .start(0);
    for (int i = 0; i < 4; i++) {
      d.request(i, IN, 10L * i, DATA + 512 * i, 512);
    }
    d.kick();
    assertThat(d.usedIndex()).isZero();
    assertThat(d.events.size()).isEqualTo(4);
    d.settle();
    assertThat(new int[] {d.takeUsed(), d.takeUsed(), d.takeUsed(), d.takeUsed()})
        .containsExactly(9, 6, 3, 0);
    assertThat(d.clock.now()).isEqualTo(100);
  }

  @Test
  @DisplayName("5.2.5.2: the write cache can be read and switched; flush works either way")
  void writeCache() {
    TestDriver d = new TestDriver(image).start(F_FLUSH | F_CONFIG_WCE);
    assertThat(d.config8(32)).isEqualTo(1);
    d.setConfig8(32, 0);
    assertThat(d.config8(32)).isZero();
    assertThat(d.run(OUT, 0, DATA, 512)).isEqualTo(OK);
    assertThat(d.run(FLUSH, 0, DATA, 0)).isEqualTo(OK);
    d.setConfig8(32, 1);
    assertThat(d.run(FLUSH, 0, DATA, 0)).isEqualTo(OK);
    d.setConfig8(32, 2);
    assertThat(d.config8(32)).isEqualTo(1);
    // Anything else in the configuration is not for the driver to write.
    d.setConfig8(0, 99);
    assertThat(d.config8(0)).isEqualTo(64);
  }
}
