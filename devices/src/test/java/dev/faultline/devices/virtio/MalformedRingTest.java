// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import static dev.faultline.devices.virtio.TestDriver.AVAILABLE;
import static dev.faultline.devices.virtio.TestDriver.DATA;
import static dev.faultline.devices.virtio.TestDriver.DESCRIPTORS;
import static dev.faultline.devices.virtio.TestDriver.F_EVENT_IDX;
import static dev.faultline.devices.virtio.TestDriver.F_INDIRECT;
import static dev.faultline.devices.virtio.TestDriver.HEADERS;
import static dev.faultline.devices.virtio.TestDriver.IN;
import static dev.faultline.devices.virtio.TestDriver.INDIRECT;
import static dev.faultline.devices.virtio.TestDriver.NEXT;
import static dev.faultline.devices.virtio.TestDriver.OUT;
import static dev.faultline.devices.virtio.TestDriver.SIZE;
import static dev.faultline.devices.virtio.TestDriver.STATUSES;
import static dev.faultline.devices.virtio.TestDriver.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.MemoryImage;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a driver's nonsense throws, loops, or reaches beyond RAM. */
final class MalformedRingTest {
  private static final int TABLE = 0x7000;

  private static TestDriver driver() {
    return new TestDriver(new MemoryImage(64)).start(F_INDIRECT);
  }

  /** Breaks a good request and shows that the device asks for a reset, and works after it. */
  private static void breaks(String what, Consumer<TestDriver> damage) {
    TestDriver d = driver();
    d.request(0, IN, 0, DATA, 512);
    damage.accept(d);
    d.kick();
    d.settle();
    assertThat(d.needsReset()).as(what).isTrue();
    assertThat(d.usedIndex()).as(what).isZero();
    assertThat(d.read(0x60)).as(what).isEqualTo(2);
    d.request(1, IN, 0, DATA, 512);
    d.kick();
    d.settle();
    assertThat(d.usedIndex()).as(what).isZero();
    d.start(F_INDIRECT);
    assertThat(d.run(IN, 0, DATA, 512)).as(what).isZero();
  }

  @Test
  @DisplayName("2.7.5: a loop, a link or head that is no descriptor")
  void links() {
    breaks("loop", d -> d.descriptor(DESCRIPTORS, 1, DATA, 512, WRITE | NEXT, 1));
    breaks("long loop", d -> d.descriptor(DESCRIPTORS, 2, STATUSES, 1, WRITE | NEXT, 1));
    breaks("link", d -> d.descriptor(DESCRIPTORS, 1, DATA, 512, WRITE | NEXT, SIZE));
    breaks("far link", d -> d.descriptor(DESCRIPTORS, 1, DATA, 512, WRITE | NEXT, 0xFFFF));
    breaks("head", d -> d.memory.write16(AVAILABLE + 4, SIZE));
    breaks("far head", d -> d.memory.write16(AVAILABLE + 4, 0xFFFF));
  }

  @Test
  @DisplayName("buffers outside of RAM, of no bytes, of too many")
  void buffers() {
    long ram = driver().memory.size();
    for (long address : new long[] {ram, ram - 511, -512, Long.MAX_VALUE - 511, 1L << 32}) {
      breaks(
          "address " + Long.toHexString(address),
          d -> d.descriptor(DESCRIPTORS, 1, address, 512, WRITE | NEXT, 2));
    }
    for (int length : new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, (1 << 20) + 512}) {
      breaks("length " + length, d -> d.descriptor(DESCRIPTORS, 1, 0, length, WRITE | NEXT, 2));
    }
  }

  @Test
  @DisplayName("2.7.4.2: what the device reads comes first; a header and a status there must be")
  void directions() {
    breaks("read behind write", d -> d.descriptor(DESCRIPTORS, 2, STATUSES, 1, 0, 0));
    breaks("no status", d -> d.descriptor(DESCRIPTORS, 0, HEADERS, 16, 0, 0));
    breaks("short header", d -> d.descriptor(DESCRIPTORS, 0, HEADERS, 15, NEXT, 1));
    breaks("header to write", d -> d.descriptor(DESCRIPTORS, 0, HEADERS, 16, WRITE | NEXT, 1));
  }

  @Test
  @DisplayName("2.7.5.3.1: tables in tables, with NEXT, of broken size, outside of RAM")
  void tables() {
    Consumer<TestDriver> good =
        d -> {
          d.descriptor(TABLE, 0, HEADERS, 16, NEXT, 1);
          d.descriptor(TABLE, 1, STATUSES, 1, WRITE, 0);
        };
    breaks(
        "nested",
        good.andThen(d -> d.descriptor(TABLE, 1, TABLE, 32, INDIRECT, 0))
            .andThen(d -> d.descriptor(DESCRIPTORS, 0, TABLE, 32, INDIRECT, 0)));
    breaks("next", good.andThen(d -> d.descriptor(DESCRIPTORS, 0, TABLE, 32, INDIRECT | NEXT, 1)));
    breaks(
        "behind another", good.andThen(d -> d.descriptor(DESCRIPTORS, 1, TABLE, 32, INDIRECT, 0)));
    for (int bytes : new int[] {0, 15, 33, -16, 16 * SIZE + 16, Integer.MAX_VALUE & ~15}) {
      breaks(
          "table of " + bytes,
          good.andThen(d -> d.descriptor(DESCRIPTORS, 0, TABLE, bytes, INDIRECT, 0)));
    }
    long ram = driver().memory.size();
    for (long address : new long[] {ram - 16, -32, Long.MIN_VALUE, 1L << 40}) {
      breaks(
          "table at " + Long.toHexString(address),
          d -> d.descriptor(DESCRIPTORS, 0, address, 32, INDIRECT, 0));
    }
    TestDriver without = new TestDriver(new MemoryImage(64)).start(0);
    good.accept(without);
    without.descriptor(DESCRIPTORS, 0, TABLE, 32, INDIRECT, 0);
    without.offer(0);
    without.kick();
    assertThat(without.needsReset()).as("not negotiated").isTrue();
  }

  @Test
  @DisplayName("an index that runs ahead of the ring; the same request twice at a time")
  void indices() {
    breaks("index", d -> d.memory.write16(AVAILABLE + 2, SIZE + 1));
    breaks("index behind", d -> d.memory.write16(AVAILABLE + 2, 0xFFFF));
    breaks("twice", d -> d.offer(0));
  }

  @Test
  @DisplayName("any bytes in registers, rings and descriptors: no exception, no write beyond RAM")
  void fuzz() {
    int rounds = Integer.getInteger("faultline.effort", 1) * 3000;
    for (long seed = 0; seed < rounds; seed++) {
      Random chance = new Random(seed);
      TestDriver d =
          new TestDriver(
              new MemoryImage(64),
              (now, op, sector, bytes, cached) -> now + chance.nextInt(50),
              DiskFaults.none());
      d.start(chance.nextBoolean() ? F_INDIRECT : F_INDIRECT | F_EVENT_IDX);
      for (int step = 0; step < 60; step++) {
        mutate(d, chance);
        if (chance.nextInt(4) == 0) {
          d.clock.advance(chance.nextInt(100));
          d.events.runDue(d.clock.now());
        }
      }
      d.settle();
      d.start(F_INDIRECT);
      assertThat(d.run(IN, 0, DATA, 512)).as("seed %d", seed).isZero();
    }
  }

  private static void mutate(TestDriver d, Random chance) {
    switch (chance.nextInt(9)) {
      case 0, 1, 2 ->
          d.request(
              chance.nextInt(5),
              chance.nextBoolean() ? IN : OUT,
              chance.nextInt(70),
              DATA + chance.nextInt(0x8000),
              512 * chance.nextInt(5));
      case 3, 4 -> d.kick();
      case 5 ->
          d.descriptor(
              chance.nextBoolean() ? DESCRIPTORS : TABLE,
              chance.nextInt(SIZE),
              chance.nextInt(3) == 0 ? chance.nextLong() : chance.nextInt(0x20_0000),
              chance.nextInt(3) == 0 ? chance.nextInt() : 16 * chance.nextInt(66),
              chance.nextInt(8),
              chance.nextInt(SIZE + 1));
      case 6 ->
          d.descriptor(
              DESCRIPTORS, chance.nextInt(SIZE), TABLE, 16 * chance.nextInt(SIZE), INDIRECT, 0);
      case 7 -> d.memory.write8(DESCRIPTORS + chance.nextInt(0x3000), chance.nextInt());
      default ->
          d.bus.write(
              VirtioBlock.FIRST_WINDOW + chance.nextInt(0x140),
              1 << chance.nextInt(3),
              chance.nextBoolean() ? chance.nextInt(16) : chance.nextInt());
    }
  }
}
