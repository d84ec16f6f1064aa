// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.fs.FsMachine;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a test disk that is kinder, or crueler, than a disk may be. */
final class MemoryDiskTest {
  private static final int SECTOR = BlockDevice.SECTOR;
  private static final int BUFFER = 0x10_0000;

  private final FsMachine machine = new FsMachine();
  private final MemoryDisk disk = machine.disk(64);

  private BlockRequest read(long sector) {
    return new BlockRequest(1).start(BlockRequest.Operation.READ, sector).add(BUFFER, SECTOR);
  }

  private BlockRequest write(long sector, int value) {
    machine.memory.fill(BUFFER + SECTOR + (int) sector * SECTOR, SECTOR, value);
    return new BlockRequest(1)
        .start(BlockRequest.Operation.WRITE, sector)
        .add(BUFFER + SECTOR + sector * SECTOR, SECTOR);
  }

  private BlockRequest flush() {
    return new BlockRequest(0).start(BlockRequest.Operation.FLUSH, 0);
  }

  @Test
  @DisplayName("what was written is read; a request has not completed before submit returns")
  void transfers() {
    machine.run(
        () -> {
          BlockRequest w = write(5, 7);
          disk.submit(w);
          assertThat(w.status()).isEqualTo(BlockRequest.Status.PENDING);
          assertThat(w.await(machine.scheduler)).isEqualTo(BlockRequest.Status.OK);
          assertThat(read(5).transfer(disk, machine.scheduler)).isEqualTo(BlockRequest.Status.OK);
          assertThat(machine.memory.read8(BUFFER + SECTOR - 1)).isEqualTo(7);
          assertThat(disk.log()).containsExactly("WRITE 5+1", "READ 5+1");
        });
  }

  @Test
  @DisplayName("errors: beyond the end, a bad sector, the n-th request, a protected disk")
  void errors() {
    machine.run(
        () -> {
          assertThat(read(64).transfer(disk, machine.scheduler))
              .isEqualTo(BlockRequest.Status.ERROR);
          disk.failReads(3);
          assertThat(read(3).transfer(disk, machine.scheduler))
              .isEqualTo(BlockRequest.Status.ERROR);
          assertThat(read(4).transfer(disk, machine.scheduler)).isEqualTo(BlockRequest.Status.OK);
          disk.failRequest(4);
          assertThat(write(3, 1).transfer(disk, machine.scheduler))
              .isEqualTo(BlockRequest.Status.OK);
          assertThat(write(3, 2).transfer(disk, machine.scheduler))
              .isEqualTo(BlockRequest.Status.ERROR);
          disk.heal();
          disk.protect();
          assertThat(write(3, 3).transfer(disk, machine.scheduler))
              .isEqualTo(BlockRequest.Status.ERROR);
          assertThat(disk.content()[3 * SECTOR]).isEqualTo((byte) 1);
        });
  }

  @Test
  @DisplayName("shuffled requests complete in another order, but never across a flush")
  void barrier() {
    machine.run(
        () -> {
          disk.shuffle(3, 1000);
          BlockRequest last = flush();
          for (int i = 0; i < 20; i++) {
            disk.submit(write(i, i));
          }
          disk.submit(flush());
          for (int i = 20; i < 40; i++) {
            disk.submit(write(i, i));
          }
          last.transfer(disk, machine.scheduler);
          assertThat(disk.log().indexOf("FLUSH")).isEqualTo(20);
          assertThat(disk.log().get(41)).isEqualTo("FLUSH");
          assertThat(disk.log().subList(0, 20)).isNotEqualTo(sorted(0, 20)).hasSize(20);
          assertThat(disk.log().subList(0, 20)).containsExactlyInAnyOrderElementsOf(sorted(0, 20));
        });
  }

  private static List<String> sorted(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "WRITE " + i + "+1").toList();
  }

  @Test
  @DisplayName("a power cut keeps all that was flushed and any subset of the rest")
  void powerCut() {
    machine.run(
        () -> {
          write(1, 1).transfer(disk, machine.scheduler);
          flush().transfer(disk, machine.scheduler);
          write(1, 2).transfer(disk, machine.scheduler);
          write(2, 2).transfer(disk, machine.scheduler);
        });
    Set<String> outcomes = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      byte[] medium = disk.powerCut(seed);
      assertThat(medium).isEqualTo(disk.powerCut(seed));
      outcomes.add(medium[SECTOR] + "," + medium[2 * SECTOR]);
    }
    assertThat(outcomes).containsExactlyInAnyOrder("1,0", "2,0", "1,2", "2,2");
  }

  @Test
  @DisplayName("requests held back run when they are released")
  void holding() {
    machine.run(
        () -> {
          disk.hold();
          BlockRequest r = read(0);
          disk.submit(r);
          machine.scheduler.sleep(this, false, machine.time.now() + 1_000_000);
          assertThat(r.status()).isEqualTo(BlockRequest.Status.PENDING);
          disk.release();
          assertThat(r.await(machine.scheduler)).isEqualTo(BlockRequest.Status.OK);
        });
  }
}
