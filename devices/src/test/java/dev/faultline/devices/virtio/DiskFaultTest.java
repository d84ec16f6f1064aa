// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.virtio;

import static dev.faultline.devices.virtio.TestDriver.DATA;
import static dev.faultline.devices.virtio.TestDriver.FLUSH;
import static dev.faultline.devices.virtio.TestDriver.F_CONFIG_WCE;
import static dev.faultline.devices.virtio.TestDriver.F_FLUSH;
import static dev.faultline.devices.virtio.TestDriver.IN;
import static dev.faultline.devices.virtio.TestDriver.OUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.Latency;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.devices.disk.ScriptedFaults;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: a fault that does more, or less, than its name says; a cut that spares what it may not.
 */
final class DiskFaultTest {
  private static final int OK = 0;
  private static final int IOERR = 1;

  private final MemoryImage image = new MemoryImage(64);

  private TestDriver driver(long features, String... script) {
    return new TestDriver(image, Latency.none(), ScriptedFaults.parse(List.of(script)))
        .start(features);
  }

  private byte[] disk() {
    byte[] all = new byte[64 * 512];
    image.read(0, all, 0, all.length);
    return all;
  }

  @Test
  @DisplayName("an error moves nothing; the next try works")
  void error() {
    TestDriver d = driver(F_FLUSH, "request 0 error", "request 2 error");
    d.memory.fill(DATA, 512, 5);
    assertThat(d.run(OUT, 0, DATA, 512)).isEqualTo(IOERR);
    assertThat(disk()[0]).isZero();
    assertThat(d.run(OUT, 0, DATA, 512)).isEqualTo(OK);
    assertThat(d.run(IN, 0, DATA + 512, 512)).isEqualTo(IOERR);
    assertThat(d.memory.read8(DATA + 512)).isZero();
    assertThat(d.run(IN, 0, DATA + 512, 512)).isEqualTo(OK);
    assertThat(d.memory.read8(DATA + 512)).isEqualTo(5);
  }

  @Test
  @DisplayName("a torn write leaves its first sectors, fewer than all, and says that it failed")
  void torn() {
    Set<Integer> lengths = new HashSet<>();
    for (int seed = 0; seed < 40; seed++) {
      image.write(0, new byte[4096], 0, 4096);
      TestDriver d = driver(F_FLUSH, "seed " + seed, "write 0 torn");
      d.memory.fill(DATA, 4096, 9);
      assertThat(d.run(OUT, 0, DATA, 4096)).isEqualTo(IOERR);
      int sectors = 0;
      while (disk()[sectors * 512] == 9) {
        sectors++;
      }
      for (int i = 0; i < 4096; i++) {
        assertThat(disk()[i]).isEqualTo((byte) (i < sectors * 512 ? 9 : 0));
      }
      lengths.add(sectors);
    }
    assertThat(lengths).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  @DisplayName("bit rot turns one bit over, for good, and nobody is told")
  void bitRot() {
    TestDriver d = driver(F_FLUSH, "read 1 bit-rot");
    assertThat(d.run(IN, 0, DATA, 2048)).isEqualTo(OK);
    assertThat(d.run(IN, 0, DATA, 2048)).isEqualTo(OK);
    int bits = 0;
    for (int i = 0; i < 2048; i++) {
      assertThat((byte) d.memory.read8(DATA + i)).isEqualTo(disk()[i]);
      bits += Integer.bitCount(d.memory.read8(DATA + i));
    }
    assertThat(bits).isEqualTo(1);
  }

  @Test
  @DisplayName("a timeout never completes; a reset gets rid of it")
  void timeout() {
    TestDriver d = driver(F_FLUSH, "request 0 timeout");
    d.request(0, IN, 0, DATA, 512);
    d.kick();
    d.settle();
    assertThat(d.usedIndex()).isZero();
    assertThat(d.needsReset()).isFalse();
    d.start(F_FLUSH);
    assertThat(d.run(IN, 0, DATA, 512)).isEqualTo(OK);
  }

  /** Sector 1: written, flushed, written again. 2: written. 3: under way when the power fails. */
  private String afterCut(int seed, boolean cached) {
    image.write(0, new byte[4096], 0, 4096);
    TestDriver d =
        driver(cached ? F_FLUSH : F_FLUSH | F_CONFIG_WCE, "seed " + seed, "write 3 power-cut");
    if (!cached) {
      d.setConfig8(32, 0);
    }
    d.memory.fill(DATA, 512, 1);
    d.memory.fill(DATA + 512, 512, 2);
    assertThat(d.run(OUT, 1, DATA, 512)).isEqualTo(OK);
    assertThat(d.run(FLUSH, 0, DATA, 0)).isEqualTo(OK);
    assertThat(d.run(OUT, 1, DATA + 512, 512)).isEqualTo(OK);
    assertThat(d.run(OUT, 2, DATA + 512, 512)).isEqualTo(OK);
    d.request(0, OUT, 3, DATA + 512, 512);
    d.kick();
    d.settle();
    assertThat(d.powerIsCut).isTrue();
    assertThat(d.usedIndex()).isEqualTo(4);
    byte[] disk = disk();
    return disk[512] + "," + disk[1024] + "," + disk[1536];
  }

  @Test
  @DisplayName("a power cut keeps what was flushed and any subset of the rest, the same by seed")
  void powerCut() {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < 300; seed++) {
      String outcome = afterCut(seed, true);
      assertThat(afterCut(seed, true)).isEqualTo(outcome);
      outcomes.add(outcome);
    }
    assertThat(outcomes)
        .containsExactlyInAnyOrder(
            "1,0,0", "2,0,0", "1,2,0", "2,2,0", "1,0,2", "2,0,2", "1,2,2", "2,2,2");
  }

  @Test
  @DisplayName("without the write cache a completed write survives, without any flush")
  void writeThrough() {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      outcomes.add(afterCut(seed, false));
    }
    assertThat(outcomes).containsExactlyInAnyOrder("2,2,0", "2,2,2");
  }

  @Test
  @DisplayName("5.2.6.2: a flush covers what had completed when it was submitted, not more")
  void flushCoversWhatWasCompleted() {
    Set<Byte> outcomes = new HashSet<>();
    for (int seed = 0; seed < 60; seed++) {
      image.write(0, new byte[4096], 0, 4096);
      TestDriver d =
          new TestDriver(
                  image,
                  (now, op, sector, bytes, cached) -> now + (bytes == 0 ? 100 : 50),
                  ScriptedFaults.parse(List.of("seed " + seed, "read 0 power-cut")))
              .start(F_FLUSH);
      d.memory.fill(DATA, 512, 7);
      d.request(0, OUT, 0, DATA, 512);
      d.request(1, FLUSH, 0, DATA, 0);
      d.kick();
      d.settle();
      assertThat(d.usedIndex()).isEqualTo(2);
      d.request(2, IN, 0, DATA, 512);
      d.kick();
      outcomes.add(disk()[0]);
    }
    assertThat(outcomes).containsExactlyInAnyOrder((byte) 0, (byte) 7);
  }
}
