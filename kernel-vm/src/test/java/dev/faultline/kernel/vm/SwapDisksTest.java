// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.kernel.pager.SwapOutcome;
import org.junit.jupiter.api.Test;

/** Hazard: a disk that is no swap space is written to; one that goes takes pages with it. */
final class SwapDisksTest {
  private final TestMachine m = TestMachine.small();
  private final DiskSwap swap = new DiskSwap(m);

  private SwapOutcome on(MemoryDisk disk) {
    return swap.pager.disks().switchOn(disk, disk.name());
  }

  private MemoryDisk formatted(int pages, long said) {
    MemoryDisk disk = m.disk("vdx", pages * 8);
    System.arraycopy(SwapHeader.make(said, 1), 0, disk.content(), 0, PAGE);
    return disk;
  }

  @Test
  void refusals() {
    swap.run(
        () -> {
          assertThat(on(m.disk("vdx", 800))).isEqualTo(SwapOutcome.NOT_SWAP);
          assertThat(on(m.disk("vdx", 8))).isEqualTo(SwapOutcome.NOT_SWAP);
          assertThat(on(formatted(100, 101)))
              .as("shorter than it says")
              .isEqualTo(SwapOutcome.NOT_SWAP);
          assertThat(on(formatted(100, 100).protect())).isEqualTo(SwapOutcome.READ_ONLY);
          MemoryDisk bad = formatted(100, 100);
          bad.failReads(3);
          assertThat(on(bad)).isEqualTo(SwapOutcome.IO_ERROR);
          bad.heal();
          assertThat(on(bad)).isEqualTo(SwapOutcome.OK);
          assertThat(on(bad)).isEqualTo(SwapOutcome.BUSY);
          for (int i = 1; i < 8; i++) {
            assertThat(on(formatted(100, 100))).isEqualTo(SwapOutcome.OK);
          }
          assertThat(on(formatted(100, 100))).isEqualTo(SwapOutcome.TOO_MANY);
          assertThat(swap.pager.totalPages()).isEqualTo(8 * 99);
          assertThat(swap.pager.disks().switchOff(formatted(9, 9))).isEqualTo(SwapOutcome.NOT_SWAP);
        });
  }

  @Test
  void usesNoMoreThanTheHeaderSays() {
    swap.run(
        () -> {
          MemoryDisk disk = formatted(500, 50);
          assertThat(on(disk)).isEqualTo(SwapOutcome.OK);
          assertThat(swap.pager.totalPages()).isEqualTo(49);
          VmSpace s = m.space();
          int va = m.anon(s, 100);
          for (int i = 0; i < 49; i++) {
            m.store(s, va + i * PAGE, i);
          }
          swap.swapOut(s, va, 49);
          assertThat(swap.pager.freePages()).isZero();
          assertThat(disk.content()[50 * PAGE]).isZero();
          assertThat(m.load(s, va + 48 * PAGE)).isEqualTo(48);
        });
  }

  @Test
  void swapoffBringsBack() {
    MemoryDisk first = swap.add(400);
    MemoryDisk second = swap.add(400);
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 200);
          for (int i = 0; i < 200; i++) {
            m.store(s, va + i * PAGE, i);
          }
          swap.swapOut(s, va, 200);
          VmSpace child = m.fork(s);
          m.load(s, va + 100 * PAGE);
          assertThat(second.writes()).isPositive();
          assertThat(swap.pager.disks().switchOff(first)).isEqualTo(SwapOutcome.OK);
          first.failReads(0);
          for (int i = 1; i < 400; i++) {
            first.failReads(8L * i);
          }
          for (int i = 0; i < 200; i++) {
            assertThat(m.load(child, va + i * PAGE)).isEqualTo(i);
            assertThat(m.load(s, va + i * PAGE)).isEqualTo(i);
          }
          assertThat(swap.pager.totalPages()).isEqualTo(399);
          assertThat(swap.pager.disks().switchOff(second)).isEqualTo(SwapOutcome.OK);
          assertThat(swap.pager.totalPages()).isZero();
          for (int i = 0; i < 200; i++) {
            assertThat(m.load(s, va + i * PAGE)).isEqualTo(i);
          }
        });
  }

  @Test
  void swapoffRefusesWhatItCannotRead() {
    MemoryDisk disk = swap.add(400);
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 60);
          for (int i = 0; i < 60; i++) {
            m.store(s, va + i * PAGE, i);
          }
          swap.swapOut(s, va, 60);
          disk.failReads(8 * 11);
          assertThat(swap.pager.disks().switchOff(disk)).isEqualTo(SwapOutcome.IO_ERROR);
          assertThat(swap.pager.enabled()).isTrue();
          assertThat(swap.pager.freePages()).isGreaterThan(300);
          for (int i = 0; i < 60; i++) {
            int seen = m.tryLoad(s, va + i * PAGE);
            assertThat(seen).isEqualTo(i == 10 ? -1 : i);
          }
          s.release();
          assertThat(swap.pager.disks().switchOff(disk)).isEqualTo(SwapOutcome.OK);
        });
  }

  @Test
  void aDiskComesBackInThePlaceOfAnother() {
    MemoryDisk disk = swap.add(400);
    swap.run(
        () -> {
          for (int round = 0; round < 3; round++) {
            VmSpace s = m.space();
            int va = m.anon(s, 50);
            for (int i = 0; i < 50; i++) {
              m.store(s, va + i * PAGE, i + round);
            }
            swap.swapOut(s, va, 50);
            assertThat(swap.pager.disks().switchOff(disk)).isEqualTo(SwapOutcome.OK);
            assertThat(m.load(s, va + 7 * PAGE)).isEqualTo(7 + round);
            s.release();
            assertThat(on(disk)).isEqualTo(SwapOutcome.OK);
            assertThat(swap.pager.freePages()).isEqualTo(399);
          }
        });
  }
}
