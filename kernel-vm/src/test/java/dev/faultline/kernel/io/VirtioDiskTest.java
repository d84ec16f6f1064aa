// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.Latency;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.BlockRequest.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: driver and device understand registers, rings or requests differently. */
final class VirtioDiskTest {
  private static final int SECTOR = BlockDevice.SECTOR;

  private final MemoryImage image = new MemoryImage(1000);
  private final DiskMachine machine = new DiskMachine(image);

  private byte[] onDisk(long sector, int sectors) {
    byte[] bytes = new byte[sectors * SECTOR];
    image.read(sector * SECTOR, bytes, 0, bytes.length);
    return bytes;
  }

  @Test
  @DisplayName("the driver learns size and name; what is written is on the disk and read again")
  void readAndWrite() {
    machine.run(
        () -> {
          assertThat(machine.disk.sectors()).isEqualTo(1000);
          assertThat(machine.disk.name()).isEqualTo("vda");
          assertThat(machine.disk.readOnly()).isFalse();
          assertThat(machine.write(7, 3, 0x5A)).isEqualTo(Status.OK);
          assertThat(onDisk(7, 3)).containsOnly(0x5A);
          assertThat(onDisk(6, 1)).containsOnly(0);
          assertThat(onDisk(10, 1)).containsOnly(0);
          machine.memory.fill(DiskMachine.buffer(7), 3 * SECTOR, 0);
          assertThat(machine.read(7, 3)).isEqualTo(Status.OK);
          byte[] got = new byte[3 * SECTOR];
          machine.memory.get(DiskMachine.buffer(7), got, 0, got.length);
          assertThat(got).containsOnly(0x5A);
          assertThat(machine.flush()).isEqualTo(Status.OK);
        });
    assertThat(machine.log).isEmpty();
  }

  @Test
  @DisplayName("segments anywhere in RAM become consecutive sectors, and back")
  void scatterAndGather() {
    machine.run(
        () -> {
          BlockRequest w = new BlockRequest(32).start(Operation.WRITE, 100);
          for (int i = 0; i < 32; i++) {
            int at = 0x4_0000 + (31 - i) * 2048;
            machine.memory.fill(at, 1024, i + 1);
            w.add(at, 1024);
          }
          assertThat(w.transfer(machine.disk, machine.scheduler)).isEqualTo(Status.OK);
          for (int i = 0; i < 32; i++) {
            assertThat(onDisk(100 + 2L * i, 2)).containsOnly(i + 1);
          }
          BlockRequest r = new BlockRequest(2).start(Operation.READ, 102);
          r.add(0x6_0000, 512).add(0x5_0000, 1024);
          assertThat(r.transfer(machine.disk, machine.scheduler)).isEqualTo(Status.OK);
          assertThat(machine.memory.read8(0x6_0000)).isEqualTo(2);
          assertThat(machine.memory.read8(0x5_0000)).isEqualTo(2);
          assertThat(machine.memory.read8(0x5_0000 + 512)).isEqualTo(3);
        });
  }

  @Test
  @DisplayName("a request beyond the end fails, and not before submit has returned")
  void beyondTheEnd() {
    machine.run(
        () -> {
          assertThat(machine.read(999, 1)).isEqualTo(Status.OK);
          BlockRequest r = machine.submit(Operation.READ, 999, 2);
          assertThat(r.status()).isEqualTo(Status.PENDING);
          assertThat(r.await(machine.scheduler)).isEqualTo(Status.ERROR);
          assertThat(machine.submit(Operation.READ, -1, 1).await(machine.scheduler))
              .isEqualTo(Status.ERROR);
          assertThat(machine.submit(Operation.READ, Long.MAX_VALUE, 1).await(machine.scheduler))
              .isEqualTo(Status.ERROR);
          assertThat(machine.disk.statistics().errors()).isEqualTo(3);
        });
  }

  @Test
  @DisplayName("hundreds of requests at once, from completions too: each completes once")
  void manyAtOnce() {
    DiskMachine slow =
        new DiskMachine(
            image,
            (now, op, sector, bytes, cached) -> now + 1000 + sector % 7 * 100,
            DiskFaults.none());
    slow.run(
        () -> {
          int[] completed = new int[300];
          List<BlockRequest> all = new ArrayList<>();
          for (int i = 0; i < 300; i++) {
            int index = i;
            slow.memory.fill(DiskMachine.buffer(i), SECTOR, i);
            BlockRequest second = slow.request(Operation.READ, i, 1);
            BlockRequest first =
                slow.request(Operation.WRITE, i, 1)
                    .whenDone(
                        r -> {
                          completed[index]++;
                          slow.memory.fill(DiskMachine.buffer(index), SECTOR, 0);
                          slow.disk.submit(second);
                        });
            all.add(first);
            all.add(second);
            slow.disk.submit(first);
          }
          for (int i = 0; i < 300; i++) {
            assertThat(all.get(2 * i).await(slow.scheduler)).isEqualTo(Status.OK);
            assertThat(all.get(2 * i + 1).await(slow.scheduler)).isEqualTo(Status.OK);
            assertThat(completed[i]).isEqualTo(1);
            assertThat(slow.memory.read8(DiskMachine.buffer(i))).isEqualTo(i & 0xFF);
          }
          assertThat(slow.disk.statistics().underWay()).isZero();
          assertThat(slow.disk.statistics().merged(Operation.WRITE)).isPositive();
        });
    assertThat(slow.log).isEmpty();
  }

  @Test
  @DisplayName("random reads, writes and flushes leave disk and memory as a model says")
  void random() {
    for (long seed = 1; seed <= 20; seed++) {
      Random chance = new Random(seed);
      byte[] model = new byte[200 * SECTOR];
      MemoryImage fresh = new MemoryImage(200);
      DiskMachine m = new DiskMachine(fresh, randomLatency(seed), DiskFaults.none());
      m.run(
          () -> {
            for (int step = 0; step < 200; step++) {
              int sector = chance.nextInt(190);
              int n = 1 + chance.nextInt(10);
              switch (chance.nextInt(5)) {
                case 0, 1 -> {
                  int value = chance.nextInt(256);
                  assertThat(m.write(sector, n, value)).isEqualTo(Status.OK);
                  Arrays.fill(model, sector * SECTOR, (sector + n) * SECTOR, (byte) value);
                }
                case 2, 3 -> {
                  m.memory.fill(DiskMachine.buffer(sector), n * SECTOR, 0xEE);
                  assertThat(m.read(sector, n)).isEqualTo(Status.OK);
                  for (int i = 0; i < n * SECTOR; i++) {
                    int got = m.memory.read8(DiskMachine.buffer(sector) + i);
                    assertThat((byte) got).isEqualTo(model[sector * SECTOR + i]);
                  }
                }
                default -> assertThat(m.flush()).isEqualTo(Status.OK);
              }
            }
          });
      byte[] end = new byte[model.length];
      fresh.read(0, end, 0, end.length);
      assertThat(end).isEqualTo(model);
    }
  }

  private static Latency randomLatency(long seed) {
    Random chance = new Random(seed);
    return (now, op, sector, bytes, cached) -> now + chance.nextInt(100_000);
  }
}
