// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a page that was on swap reads wrong after what processes do to their memory. */
final class SwapFaultTest {
  private final TestMachine m = TestMachine.small();
  private final DiskSwap swap = new DiskSwap(m);
  private final MemoryDisk disk = swap.add(2000);

  /** Anonymous memory with page i full of i, on swap. */
  private int swapped(VmSpace s, int pages) {
    int va = m.anon(s, pages);
    for (int i = 0; i < pages; i++) {
      m.store(s, va + i * PAGE, i);
    }
    swap.swapOut(s, va, pages);
    return va;
  }

  private void expect(VmSpace s, int va, int from, int to) {
    for (int i = from; i < to; i++) {
      assertThat(m.load(s, va + i * PAGE)).as("page %d", i).isEqualTo(i & 0xFF);
    }
  }

  @Test
  @DisplayName("DP2 F30 what was paged out is read from swap again")
  void comesBack() {
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = swapped(s, 64);
          assertThat(m.object(s, va).residentPages()).isZero();
          assertThat(m.object(s, va).type()).isEqualTo(ObjectType.SWAP);
          expect(s, va, 0, 64);
          assertThat(m.count(Counter.V_SWAPIN)).isPositive();
        });
  }

  @Test
  @DisplayName("S21 S26 a sequential scan of 8 MiB needs no more requests than its clusters")
  void sequentialScan() {
    TestMachine large = new TestMachine(32);
    DiskSwap on = new DiskSwap(large);
    MemoryDisk d = on.add(4000);
    on.run(
        () -> {
          VmSpace s = large.space();
          int pages = 2048;
          int va = large.anon(s, pages);
          for (int i = 0; i < pages; i++) {
            large.store(s, va + i * PAGE, i);
          }
          on.swapOut(s, va, pages);
          int writes = d.writes();
          assertThat(writes).isBetween(pages / 16, pages / 16 * 11 / 10);
          int before = d.reads();
          for (int i = 0; i < pages; i++) {
            assertThat(large.load(s, va + i * PAGE)).isEqualTo(i & 0xFF);
          }
          // A page and seven neighbours at most come together.
          assertThat(d.reads() - before).isBetween(pages / 8, pages / 8 * 11 / 10);
        });
  }

  @Test
  @DisplayName("D13 S12 S26 so do the page daemon's own writes, and reads while memory is short")
  void sequentialScanUnderPressure() {
    TestMachine short8 = new TestMachine(8).withDaemon();
    DiskSwap on = new DiskSwap(short8);
    MemoryDisk d = on.add(8000).withLatency(50_000);
    on.run(
        () -> {
          VmSpace s = short8.space();
          int pages = 4096;
          int va = short8.anon(s, pages);
          for (int round = 0; round < 3; round++) {
            for (int i = 0; i < pages; i++) {
              short8.store(s, va + i * PAGE, i + round);
              // A processor that has other things to do, too.
              short8.now += 2_000;
            }
            // What could be lost in a power cut is not the matter here, and takes much memory.
            d.insert(d.content());
          }
          long out = short8.count(Counter.V_SWAPPGSOUT);
          long in = short8.count(Counter.V_SWAPPGSIN);
          assertThat(out).isGreaterThan(2L * pages);
          assertThat(in).isGreaterThan((long) pages);
          assertThat((long) d.writes()).isLessThan(out / 16 * 11 / 10);
          assertThat((long) d.reads()).isLessThan(in / 8 * 11 / 10);
          s.release();
        });
    short8.scheduler.stop();
  }

  @Test
  @DisplayName("F40 S20 under MADV_RANDOM each page read was asked for")
  void randomScan() {
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = swapped(s, 256);
          m.entry(s, va).behaviour = Advice.RANDOM;
          int before = disk.reads();
          long sectors = disk.sectorsRead();
          for (int i = 0; i < 50; i++) {
            int index = i * 67 & 255;
            assertThat(m.load(s, va + index * PAGE)).isEqualTo(index);
          }
          assertThat(disk.reads() - before).isEqualTo(50);
          assertThat(disk.sectorsRead() - sectors).isEqualTo(50 * 8);
        });
  }

  @Test
  @DisplayName("S30 F92 a store makes the copy on swap worthless, a load does not")
  void storeFrees() {
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = swapped(s, 32);
          m.entry(s, va).behaviour = Advice.RANDOM;
          assertThat(swap.inUse()).isEqualTo(32);
          m.load(s, va);
          assertThat(swap.inUse()).as("S25").isEqualTo(32);
          m.store(s, va + 20 * PAGE, 99);
          assertThat(swap.inUse()).isEqualTo(31);
          swap.swapOut(s, va, 32);
          assertThat(swap.inUse()).isEqualTo(32);
          assertThat(m.load(s, va + 20 * PAGE)).isEqualTo(99);
        });
  }

  @Test
  @DisplayName("S31 unmapped, extended over, advised away: the copies go")
  void released() {
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = swapped(s, 64);
          s.unmap(va + 40 * PAGE, 24 * PAGE);
          assertThat(swap.inUse()).as("M12").isEqualTo(40);
          s.advise(va, 8 * PAGE, Advice.FREE);
          assertThat(swap.inUse()).as("O24").isEqualTo(32);
          assertThat(m.load(s, va)).isZero();
          assertThat(m.load(s, va + 8 * PAGE)).isEqualTo(8);
          int again =
              TestMachine.ok(
                  s.mapAnonymous(va + 40 * PAGE, 24 * PAGE, RW, TestMachine.RWX, false, true));
          for (int i = 0; i < 24; i++) {
            assertThat(m.load(s, again + i * PAGE)).as("O20").isZero();
          }
          s.release();
          assertThat(swap.inUse()).as("S7").isZero();
        });
  }

  @Test
  @DisplayName("S33 O13 the parent's pages on swap are its child's when it ends")
  void collapse() {
    swap.run(
        () -> {
          VmSpace parent = m.space();
          int va = swapped(parent, 48);
          VmSpace child = m.fork(parent);
          for (int i = 0; i < 48; i += 3) {
            m.store(child, va + i * PAGE, i + 100);
          }
          swap.swapOut(child, va, 48);
          parent.release();
          assertThat(TestMachine.chainLength(m.object(child, va))).isEqualTo(1);
          assertThat(swap.inUse()).isEqualTo(48);
          for (int i = 0; i < 48; i++) {
            int wanted = i % 3 == 0 ? i + 100 : i;
            assertThat(m.load(child, va + i * PAGE)).isEqualTo(wanted);
          }
          child.release();
          assertThat(swap.inUse()).isZero();
        });
  }

  @Test
  @DisplayName("S33 S35 both go on after a fork, whichever ends first")
  void forkedBothWays() {
    for (boolean parentFirst : new boolean[] {true, false}) {
      swap.run(
          () -> {
            VmSpace parent = m.space();
            int va = swapped(parent, 40);
            VmSpace child = m.fork(parent);
            for (int i = 0; i < 10; i++) {
              m.store(parent, va + i * PAGE, 200);
              m.store(child, va + (i + 5) * PAGE, 100);
            }
            swap.swapOut(parent, va, 40);
            swap.swapOut(child, va, 40);
            (parentFirst ? parent : child).release();
            VmSpace left = parentFirst ? child : parent;
            for (int i = 0; i < 40; i++) {
              int own = parentFirst ? (i >= 5 && i < 15 ? 100 : i) : i < 10 ? 200 : i;
              assertThat(m.load(left, va + i * PAGE)).as("page %d", i).isEqualTo(own);
            }
            swap.swapOut(left, va, 40);
            for (int i = 15; i < 40; i++) {
              assertThat(m.load(left, va + i * PAGE)).isEqualTo(i);
            }
            left.release();
            assertThat(swap.inUse()).isZero();
          });
    }
  }

  @Test
  @DisplayName("S33 M65 an object on swap is split at fork")
  void split() {
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 80);
          for (int i = 0; i < 80; i++) {
            m.store(s, va + i * PAGE, i);
          }
          s.protect(va + 50 * PAGE, 30 * PAGE, R);
          swap.swapOut(s, va, 80);
          VmSpace child = m.fork(s);
          assertThat(m.object(s, va)).isNotSameAs(m.object(s, va + 50 * PAGE));
          expect(child, va, 0, 80);
          s.release();
          expect(child, va, 0, 80);
          child.release();
          assertThat(swap.inUse()).isZero();
        });
  }

  @Test
  @DisplayName("F113 swapped pages are brought in to be wired, and do not go while they are")
  void wired() {
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = swapped(s, 20);
          assertThat(s.wire(va, 20 * PAGE).ok()).isTrue();
          assertThat(m.object(s, va).residentPages()).isEqualTo(20);
          swap.swapOut(s, va, 20);
          assertThat(m.object(s, va).residentPages()).isEqualTo(20);
          int before = disk.reads();
          expect(s, va, 0, 20);
          assertThat(disk.reads()).isEqualTo(before);
          m.store(s, va, 77);
          assertThat(s.unwire(va, 20 * PAGE).ok()).isTrue();
          swap.swapOut(s, va, 20);
          assertThat(m.object(s, va).residentPages()).isZero();
          assertThat(m.load(s, va)).isEqualTo(77);
          expect(s, va, 1, 20);
        });
  }

  @Test
  @DisplayName("S19 F23 a store while the page is being written waits: the disk has the old data")
  void storeDuringWrite() {
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          VmPage p = m.page(s, va);
          p.deactivate();
          disk.withLatency(1_000_000);
          disk.hold();
          m.thread(s, () -> m.vm.pageOut.cleanCluster(p));
          m.scheduler.yieldNow();
          assertThat(disk.outstanding()).isEqualTo(1);
          boolean[] stored = new boolean[1];
          m.thread(
              s,
              () -> {
                m.store(s, va, 2);
                stored[0] = true;
              });
          m.scheduler.yieldNow();
          assertThat(stored[0]).isFalse();
          disk.release();
          m.scheduler.sleep(this, false, m.now + 1_000_000_000);
          assertThat(stored[0]).isTrue();
          assertThat(disk.content()[PAGE]).isEqualTo((byte) 1);
          assertThat(m.load(s, va)).isEqualTo(2);
          assertThat(swap.inUse()).as("F92").isZero();
        });
  }
}
