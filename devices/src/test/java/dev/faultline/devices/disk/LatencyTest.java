// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a model that answers before it was asked, or that knows no difference where there is. */
final class LatencyTest {
  private static final DiskOperation READ = DiskOperation.READ;
  private static final DiskOperation WRITE = DiskOperation.WRITE;
  private static final DiskOperation FLUSH = DiskOperation.FLUSH;

  @Test
  @DisplayName("no model answers before the request has come, or differently the second time")
  void causal() {
    for (long seed = 0; seed < 20; seed++) {
      Latency[] models = {
        Latency.none(), new SsdLatency(), new HddLatency(1 << 20),
        Latency.none(), new SsdLatency(), new HddLatency(1 << 20)
      };
      Random chance = new Random(seed);
      long now = 0;
      for (int i = 0; i < 500; i++) {
        now += chance.nextInt(3_000_000);
        DiskOperation operation = List.of(READ, WRITE, FLUSH).get(chance.nextInt(3));
        int bytes = operation == FLUSH ? 0 : 512 * (1 + chance.nextInt(2048));
        long sector = chance.nextInt((1 << 20) - 2048);
        boolean cached = chance.nextBoolean();
        for (int m = 0; m < 3; m++) {
          long done = models[m].completion(now, operation, sector, bytes, cached);
          assertThat(done).isGreaterThanOrEqualTo(now).isLessThan(now + 60_000_000_000L);
          assertThat(models[m + 3].completion(now, operation, sector, bytes, cached))
              .isEqualTo(done);
        }
      }
    }
  }

  @Test
  @DisplayName("ssd: a fixed part and a part for each byte; eight side by side, the ninth waits")
  void ssd() {
    SsdLatency ssd = new SsdLatency();
    long page = ssd.completion(1000, READ, 0, 4096, true) - 1000;
    assertThat(page).isEqualTo(SsdLatency.READ + 8192);
    for (int i = 1; i < SsdLatency.CHANNELS; i++) {
      assertThat(ssd.completion(1000, READ, 99, 4096, true)).isEqualTo(1000 + page);
    }
    assertThat(ssd.completion(1000, READ, 99, 4096, true)).isEqualTo(1000 + 2 * page);
    assertThat(ssd.completion(1000, FLUSH, 0, 0, true))
        .isEqualTo(1000 + 2 * page + SsdLatency.PROGRAM);
    long later = 1_000_000_000;
    assertThat(ssd.completion(later, WRITE, 0, 512, true))
        .isLessThan(ssd.completion(later, WRITE, 0, 512, false));
  }

  @Test
  @DisplayName("hdd: near is faster than far, and a random read costs 4 to 25 ms")
  void seeks() {
    long size = 1 << 20;
    long near = 0;
    long far = 0;
    long random = 0;
    Random chance = new Random(1);
    for (int i = 0; i < 400; i++) {
      HddLatency hdd = new HddLatency(size);
      long start = chance.nextInt(100_000_000);
      long sector = chance.nextInt(HddLatency.TRACK);
      near += hdd.completion(start, READ, HddLatency.TRACK + sector, 4096, true) - start;
      hdd = new HddLatency(size);
      far += hdd.completion(start, READ, size - 1024 + sector % 1000, 4096, true) - start;
      hdd = new HddLatency(size);
      random += hdd.completion(start, READ, chance.nextInt(1 << 20), 4096, true) - start;
    }
    assertThat(far).isGreaterThan(2 * near);
    assertThat(random / 400).isBetween(4_000_000L, 25_000_000L);
  }

  @Test
  @DisplayName("hdd: the same sector comes by once in a revolution")
  void rotation() {
    long best = Long.MAX_VALUE;
    long worst = 0;
    for (int i = 0; i < 1000; i++) {
      HddLatency hdd = new HddLatency(1 << 20);
      long now = i * HddLatency.REVOLUTION / 1000;
      long time = hdd.completion(now, READ, 300, 512, true) - now;
      best = Math.min(best, time);
      worst = Math.max(worst, time);
    }
    assertThat(worst - best).isBetween(HddLatency.REVOLUTION * 99 / 100, HddLatency.REVOLUTION);
  }

  @Test
  @DisplayName("hdd: a stream runs at the speed of the platter; a track read before costs the bus")
  void streaming() {
    HddLatency hdd = new HddLatency(1 << 20);
    long now = 0;
    int bytes = 64 << 10;
    int requests = 512;
    for (int i = 0; i < requests; i++) {
      now = hdd.completion(now, READ, i * (long) (bytes / 512), bytes, true);
    }
    double megabytesPerSecond = (double) requests * bytes * 1000 / now;
    assertThat(megabytesPerSecond).isBetween(20.0, 70.0);
    long again = hdd.completion(now, READ, (requests - 1) * 128L, 4096, true) - now;
    assertThat(again).isLessThan(100_000);
  }

  @Test
  @DisplayName("hdd: cached writes are quick until the cache is full; a flush waits for the arm")
  void writeCache() {
    HddLatency hdd = new HddLatency(1 << 20);
    for (int i = 0; i < HddLatency.WAITING; i++) {
      assertThat(hdd.completion(0, WRITE, (i + 1) * 15_000L, 4096, true)).isLessThan(200_000);
    }
    assertThat(hdd.completion(0, WRITE, 5, 4096, true)).isGreaterThan(1_000_000);
    assertThat(hdd.completion(0, FLUSH, 0, 0, true)).isGreaterThan(64 * 4_000_000L);
    HddLatency through = new HddLatency(1 << 20);
    assertThat(through.completion(0, WRITE, 500_000, 4096, false)).isGreaterThan(1_000_000);
  }
}
