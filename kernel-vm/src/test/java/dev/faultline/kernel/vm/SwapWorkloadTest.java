// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.pager.SwapOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: several processes that use four times the memory there is see each other's pages. */
final class SwapWorkloadTest {
  private static final int SPACES = 4;
  private static final int PAGES = 512;

  private final TestMachine m = new TestMachine(2).withDaemon();
  private final DiskSwap swap = new DiskSwap(m);
  private int running;
  private int wrong;

  /** True while guests go on beyond their rounds. */
  private boolean keepGoing;

  /** A process that fills its memory and changes it in its own order, and checks every load. */
  private void guest(int which, int rounds) {
    VmSpace s = m.space();
    int va = m.anon(s, PAGES);
    running++;
    m.thread(
        s,
        () -> {
          Random random = new Random(which);
          int[] shows = new int[PAGES];
          for (int round = 0; round < rounds || keepGoing; round++) {
            for (int step = 0; step < PAGES; step++) {
              int i =
                  switch (which % 4) {
                    case 0 -> step;
                    case 1 -> step * 37 % PAGES;
                    case 2 -> PAGES - 1 - step;
                    default -> random.nextInt(PAGES);
                  };
              int at = va + i * PAGE + (i * 13 & 0xFFF);
              if (m.load(s, at) != shows[i]) {
                wrong++;
              }
              if (random.nextInt(3) != 0) {
                shows[i] = random.nextInt(256);
                m.store(s, at, shows[i]);
              }
              if (step % 16 == 0) {
                m.scheduler.yieldNow();
              }
            }
          }
          for (int i = 0; i < PAGES; i++) {
            wrong += m.load(s, va + i * PAGE + (i * 13 & 0xFFF)) == shows[i] ? 0 : 1;
          }
          s.release();
          running--;
        });
  }

  private void awaitGuests() {
    while (running > 0) {
      m.scheduler.sleep(this, false, m.now + 1_000_000_000);
    }
    assertThat(wrong).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  @DisplayName(
      "S9 S15 S19 S25 S34 data stays intact at four times the memory, on any number of disks")
  void intact(int disks) {
    for (int i = 0; i < disks; i++) {
      swap.add(3000 / disks + 100 * i).shuffle(i + 1, 2_000_000).withLatency(100_000);
    }
    swap.run(
        () -> {
          for (int i = 0; i < SPACES; i++) {
            guest(i, 3);
          }
          awaitGuests();
          assertThat(m.count(Counter.V_SWAPPGSOUT)).isGreaterThan(2 * PAGES);
          assertThat(m.count(Counter.V_SWAPPGSIN)).isGreaterThan(2 * PAGES);
          assertThat(m.count(Counter.V_OOM_KILLS)).isZero();
          assertThat(swap.inUse()).isZero();
        });
    for (MemoryDisk disk : swap.disks) {
      assertThat(disk.writes()).isPositive();
      assertThat(disk.log()).noneMatch(line -> line.contains("ERROR"));
    }
  }

  @Test
  @DisplayName("S11 S15 the page daemon has four writes under way, and waits with the fifth")
  void fourWrites() {
    MemoryDisk disk = swap.add(2000);
    disk.hold();
    swap.run(
        () -> {
          guest(0, 1);
          m.scheduler.sleep(this, false, m.now + 10_000_000_000L);
          assertThat(running).isEqualTo(1);
          assertThat(disk.outstanding()).isEqualTo(4);
          disk.release();
          awaitGuests();
          assertThat(disk.mostOutstanding()).isBetween(4, 5);
        });
  }

  @Test
  @DisplayName("S18 with writes failing now and then nothing is lost, and bad blocks stay unused")
  void failingWrites() {
    MemoryDisk disk = swap.add(4000).withLatency(50_000);
    Random chance = new Random(7);
    List<long[]> bad = new ArrayList<>();
    disk.fail(
        request -> {
          long end = request.sector() + request.bytes() / 512;
          for (long[] range : bad) {
            assertThat(range[0] >= end || range[1] <= request.sector()).isTrue();
          }
          boolean fails =
              request.operation() == dev.faultline.kernel.io.BlockRequest.Operation.WRITE
                  && chance.nextInt(30) == 0;
          if (fails) {
            bad.add(new long[] {request.sector(), end});
          }
          return fails;
        });
    swap.run(
        () -> {
          for (int i = 0; i < SPACES; i++) {
            guest(i, 2);
          }
          awaitGuests();
          assertThat(bad).isNotEmpty();
        });
  }

  @Test
  void swapoffUnderLoad() {
    MemoryDisk first = swap.add(3000).withLatency(20_000);
    MemoryDisk second = swap.add(3000).withLatency(20_000);
    swap.run(
        () -> {
          keepGoing = true;
          for (int i = 0; i < SPACES; i++) {
            guest(i, 1);
          }
          while (first.writes() < 50) {
            m.scheduler.sleep(this, false, m.now + 100_000_000);
          }
          assertThat(swap.pager.disks().switchOff(first)).isEqualTo(SwapOutcome.OK);
          assertThat(swap.pager.disks().areas()).hasSize(1);
          int submitted = first.submitted();
          assertThat(swap.pager.disks().switchOff(second)).isEqualTo(SwapOutcome.NO_MEMORY);
          assertThat(swap.pager.enabled()).isTrue();
          keepGoing = false;
          awaitGuests();
          assertThat(first.submitted()).as("nothing goes there any more").isEqualTo(submitted);
          assertThat(m.count(Counter.V_OOM_KILLS)).isZero();
          assertThat(swap.pager.disks().switchOff(second)).isEqualTo(SwapOutcome.OK);
          assertThat(swap.pager.enabled()).isFalse();
        });
  }
}
