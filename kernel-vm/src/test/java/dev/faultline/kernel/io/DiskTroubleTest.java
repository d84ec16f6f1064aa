// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.Latency;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.devices.disk.ScriptedFaults;
import dev.faultline.devices.disk.SeededFaults;
import dev.faultline.devices.virtio.VirtioBlock;
import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.BlockRequest.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a fault of the disk that hangs, loses or doubles a request, or lets an error pass. */
final class DiskTroubleTest {
  private static final int SECTOR = BlockDevice.SECTOR;

  private final MemoryImage image = new MemoryImage(1000);

  private DiskMachine machine(String... script) {
    return new DiskMachine(image, Latency.none(), ScriptedFaults.parse(List.of(script)));
  }

  @Test
  @DisplayName("an error is tried three times; the third success counts, the third failure too")
  void bound() {
    DiskMachine m = machine("sector 5 error 2", "sector 6 error 3");
    m.run(
        () -> {
          assertThat(m.read(5, 1)).isEqualTo(Status.OK);
          assertThat(m.disk.statistics().retries()).isEqualTo(2);
          assertThat(m.read(6, 1)).isEqualTo(Status.ERROR);
          assertThat(m.read(6, 1)).isEqualTo(Status.OK);
          assertThat(m.disk.statistics().errors()).isEqualTo(1);
        });
    assertThat(m.log).containsExactly("vda: READ of 512 bytes at sector 6 failed");
  }

  @Test
  @DisplayName("a bad sector fails its own request, not those that were merged with it")
  void badSectorAmongMerged() {
    DiskMachine m = machine("sector 3 error");
    m.run(
        () -> {
          List<BlockRequest> all = new ArrayList<>();
          for (int i = 0; i < 40; i++) {
            all.add(m.submit(Operation.READ, i % 2 == 0 ? i : 100 + i, 1));
          }
          for (int i = 0; i < 8; i++) {
            all.add(m.submit(Operation.WRITE, i, 1));
          }
          for (BlockRequest r : all) {
            assertThat(r.await(m.scheduler))
                .as("%s %d", r.operation(), r.sector())
                .isEqualTo(r.sector() == 3 ? Status.ERROR : Status.OK);
          }
          assertThat(m.disk.statistics().merged(Operation.WRITE)).isPositive();
        });
  }

  @Test
  @DisplayName("a request that never completes: the device is reset, all is tried again")
  void timeout() {
    DiskMachine m = machine("request 1 timeout");
    m.run(
        () -> {
          m.write(1, 1, 0x11);
          m.memory.fill(DiskMachine.buffer(2), SECTOR, 0x22);
          BlockRequest lost = m.submit(Operation.WRITE, 2, 1);
          BlockRequest other = m.submit(Operation.READ, 1, 1);
          assertThat(other.await(m.scheduler)).isEqualTo(Status.OK);
          assertThat(lost.await(m.scheduler)).isEqualTo(Status.OK);
          assertThat(m.clock.now()).isEqualTo(VirtioDisk.TIMEOUT);
          assertThat(m.disk.statistics().resets()).isEqualTo(1);
          byte[] sector = new byte[SECTOR];
          image.read(2 * SECTOR, sector, 0, SECTOR);
          assertThat(sector).containsOnly(0x22);
          assertThat(m.read(3, 1)).isEqualTo(Status.OK);
        });
  }

  @Test
  @DisplayName("one that never completes is given up after three resets, the disk goes on")
  void timeoutForEver() {
    DiskMachine m = machine("sector 9 timeout");
    m.run(
        () -> {
          BlockRequest hopeless = m.submit(Operation.READ, 9, 1);
          for (int i = 0; i < 20; i++) {
            assertThat(m.write(20 + i, 1, i)).isEqualTo(Status.OK);
          }
          assertThat(hopeless.await(m.scheduler)).isEqualTo(Status.ERROR);
          assertThat(m.disk.statistics().resets()).isEqualTo(3);
          assertThat(m.clock.now()).isEqualTo(3 * VirtioDisk.TIMEOUT);
          assertThat(m.read(10, 1)).isEqualTo(Status.OK);
          assertThat(m.disk.statistics().underWay()).isZero();
        });
  }

  @Test
  @DisplayName("a flush that never completes still holds back the writes behind it")
  void flushTimesOut() {
    DiskMachine m = machine("flush 0 timeout");
    m.run(
        () -> {
          List<Operation> order = new ArrayList<>();
          List<BlockRequest> all = new ArrayList<>();
          for (Operation operation :
              List.of(Operation.WRITE, Operation.FLUSH, Operation.WRITE, Operation.FLUSH)) {
            BlockRequest r = m.request(operation, 4, 1);
            all.add(r.whenDone(done -> order.add(done.operation())));
            m.disk.submit(r);
          }
          all.forEach(r -> assertThat(r.await(m.scheduler)).isEqualTo(Status.OK));
          assertThat(order)
              .containsExactly(Operation.WRITE, Operation.FLUSH, Operation.WRITE, Operation.FLUSH);
        });
  }

  /** Six writes, a flush, six reads; every request has an answer, and OK means what it says. */
  private static void workload(DiskMachine m, MemoryImage image) {
    m.run(
        () -> {
          List<BlockRequest> writes = new ArrayList<>();
          for (int i = 0; i < 6; i++) {
            m.memory.fill(DiskMachine.buffer(10L * i), 2 * SECTOR, i + 1);
            writes.add(m.submit(Operation.WRITE, 10L * i, 2));
          }
          BlockRequest flush = m.submit(Operation.FLUSH, 0, 0);
          for (BlockRequest r : writes) {
            if (r.await(m.scheduler) == Status.OK) {
              byte[] sectors = new byte[2 * SECTOR];
              image.read(r.sector() * SECTOR, sectors, 0, sectors.length);
              assertThat(sectors).containsOnly((byte) (r.sector() / 10 + 1));
            }
          }
          flush.await(m.scheduler);
          for (int i = 0; i < 6; i++) {
            m.memory.fill(DiskMachine.buffer(10L * i), 2 * SECTOR, 0xEE);
            BlockRequest r = m.submit(Operation.READ, 10L * i, 2);
            if (r.await(m.scheduler) == Status.OK && writes.get(i).status() == Status.OK) {
              assertThat(m.memory.read8(DiskMachine.buffer(10L * i))).isEqualTo(i + 1);
            }
          }
          assertThat(m.disk.statistics().underWay()).isZero();
        });
  }

  @Test
  @DisplayName("one fault at each request of a workload: nobody notices, but in time")
  void oneFaultEverywhere() {
    for (String fault : List.of("error", "timeout", "torn")) {
      for (int i = 0; i < 13; i++) {
        MemoryImage fresh = new MemoryImage(1000);
        DiskFaults faults = ScriptedFaults.parse(List.of("request " + i + " " + fault));
        DiskMachine m = new DiskMachine(fresh, Latency.none(), faults);
        workload(m, fresh);
        assertThat(m.disk.statistics().errors()).as("%s at %d", fault, i).isZero();
        assertThat(m.disk.statistics().retries()).as("%s at %d", fault, i).isPositive();
      }
    }
  }

  @Test
  @DisplayName("a fault that stays, at each request: an error for it, the truth for the others")
  void lastingFaultEverywhere() {
    for (String fault : List.of("error", "timeout", "torn")) {
      for (int i = 0; i < 13; i++) {
        MemoryImage fresh = new MemoryImage(1000);
        DiskFaults faults = ScriptedFaults.parse(List.of("request " + i + " " + fault + " 3"));
        workload(new DiskMachine(fresh, Latency.none(), faults), fresh);
      }
    }
  }

  @Test
  @DisplayName("faults by chance: every request has an answer")
  void faultsByChance() {
    for (long seed = 0; seed < 50; seed++) {
      MemoryImage fresh = new MemoryImage(1000);
      DiskMachine m = new DiskMachine(fresh, Latency.none(), new SeededFaults(seed));
      for (int i = 0; i < 5; i++) {
        workload(m, fresh);
      }
      assertThat(m.disk.statistics().errors()).as("seed %d", seed).isLessThan(3);
    }
  }

  @Test
  @DisplayName("a device that asks for a reset gets one, and goes on where it was")
  void needsReset() {
    DiskMachine m =
        new DiskMachine(
            image, (now, op, sector, bytes, cached) -> now + 1_000_000, DiskFaults.none());
    m.run(
        () -> {
          m.memory.fill(DiskMachine.buffer(0), 4 * SECTOR, 0x44);
          BlockRequest r = m.submit(Operation.WRITE, 0, 4);
          // Somebody writes nonsense into the ring, and rings the bell.
          int available = m.firstRingPage() + 64 * 16;
          m.bus.write(available + 2, 2, m.bus.read(available + 2, 2) + 1000);
          m.bus.write(VirtioBlock.FIRST_WINDOW + 0x50, 4, 0);
          assertThat(r.await(m.scheduler)).isEqualTo(Status.OK);
          assertThat(m.disk.statistics().resets()).isEqualTo(1);
          assertThat(m.read(0, 4)).isEqualTo(Status.OK);
          assertThat(m.memory.read8(DiskMachine.buffer(3))).isEqualTo(0x44);
        });
    assertThat(m.log).containsExactly("vda: the device asks for a reset; reset");
  }

  @Test
  @DisplayName("a window without a device is refused with a line that says so")
  void noDevice() {
    DiskMachine m = new DiskMachine(image);
    List<String> lines = new ArrayList<>();
    VirtioDisk none =
        new VirtioDisk(
            3,
            m.bus,
            VirtioBlock.FIRST_WINDOW + 5 * VirtioBlock.WINDOW,
            () -> 0x18_0000,
            m.scheduler,
            m,
            lines::add);
    m.scheduler.execute("test", () -> assertThat(none.start()).isFalse());
    assertThat(lines).containsExactly("vdd: no virtio block device at f0005000");
  }

  @Test
  @DisplayName("memory that is short for the ring is told, not a panic")
  void noMemory() {
    DiskMachine m = new DiskMachine(image);
    List<String> lines = new ArrayList<>();
    VirtioDisk none =
        new VirtioDisk(0, m.bus, VirtioBlock.FIRST_WINDOW, () -> -1, m.scheduler, m, lines::add);
    m.scheduler.execute("test", () -> assertThat(none.start()).isFalse());
    assertThat(lines).containsExactly("vda: no memory for its ring");
  }
}
