// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a bad block of the swap disk costs more than the page that was on it. */
final class SwapTroubleTest {
  private static final int PAGES = 60;

  @Test
  @DisplayName("F63 S24 who touches a page that cannot be read is refused; everything else goes on")
  void readError() {
    TestMachine m = TestMachine.small();
    DiskSwap swap = new DiskSwap(m);
    MemoryDisk disk = swap.add(500);
    swap.run(
        () -> {
          VmSpace s = m.space();
          VmSpace other = m.space();
          int va = m.anon(s, 32);
          int theirs = m.anon(other, 32);
          for (int i = 0; i < 32; i++) {
            m.store(s, va + i * PAGE, i + 1);
            m.store(other, theirs + i * PAGE, i + 101);
          }
          swap.swapOut(s, va, 32);
          swap.swapOut(other, theirs, 32);
          // The sixth page on the disk is the fifth of the first space.
          disk.failReads(6 * 8);
          assertThat(m.tryLoad(s, va + 5 * PAGE)).isNegative();
          assertThat(m.lastRefusal).isEqualTo(FaultResult.PAGER_ERROR);
          assertThat(m.messages).anyMatch(line -> line.contains("read error"));
          for (int i = 0; i < 32; i++) {
            if (i != 5) {
              assertThat(m.load(s, va + i * PAGE)).isEqualTo(i + 1);
            }
            assertThat(m.load(other, theirs + i * PAGE)).isEqualTo(i + 101);
          }
          int total = swap.pager.totalPages();
          s.release();
          assertThat(swap.pager.totalPages()).as("the block is retired").isEqualTo(total - 1);
          disk.heal();
          disk.log().clear();
          VmSpace third = m.space();
          int more = m.anon(third, 300);
          for (int i = 0; i < 300; i++) {
            m.store(third, more + i * PAGE, i);
          }
          swap.swapOut(third, more, 300);
          assertThat(disk.log()).noneMatch(line -> contains(line, 6 * 8));
        });
  }

  /** True if a line of the disk's log speaks of a sector. */
  private static boolean contains(String line, int sector) {
    String[] range = line.split(" ", -1)[1].split("\\+", -1);
    int first = Integer.parseInt(range[0]);
    return sector >= first && sector < first + Integer.parseInt(range[1]);
  }

  /** A script of faults on swap; how many pages it lost. Runs with request {@code bad} failing. */
  private static int script(int bad, int[] requests) {
    TestMachine m = TestMachine.small();
    DiskSwap swap = new DiskSwap(m);
    MemoryDisk disk = swap.add(400);
    int before = disk.submitted();
    if (bad >= 0) {
      disk.failRequest(before + bad);
    }
    int[] lost = new int[1];
    swap.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, PAGES);
          for (int round = 0; round < 3; round++) {
            for (int i = 0; i < PAGES; i++) {
              if (!m.tryStore(s, va + i * PAGE, i + round)) {
                lost[0]++;
              }
            }
            tryOut(m, s, va);
            for (int i = PAGES - 1; i >= 0; i--) {
              int seen = m.tryLoad(s, va + i * PAGE);
              if (seen < 0) {
                lost[0]++;
              } else {
                assertThat(seen).as("page %d, request %d", i, bad).isEqualTo(i + round & 0xFF);
              }
            }
            if (round == 1) {
              VmSpace child = m.fork(s);
              tryOut(m, s, va);
              s.release();
              s = child;
            }
          }
          s.release();
          int gone = swap.pager.totalPages() - swap.pager.freePages();
          assertThat(gone).as("S9").isZero();
        });
    requests[0] = disk.submitted() - before;
    return lost[0];
  }

  /** As {@link DiskSwap#swapOut}, where a write may fail: then the page stays. */
  private static void tryOut(TestMachine m, VmSpace s, int va) {
    for (int i = 0; i < PAGES; i++) {
      if (s.pmap().pageAt(va + i * PAGE) instanceof VmPage p) {
        p.deactivate();
        p.testDirty();
      }
    }
    for (int i = 0; i < PAGES; i++) {
      if (s.pmap().pageAt(va + i * PAGE) instanceof VmPage p) {
        if (p.isDirty()) {
          m.vm.pageOut.cleanCluster(p);
        }
        if (p.dirty() == 0) {
          p.setBusy();
          p.free();
        }
      }
    }
  }

  @Test
  @DisplayName("S18 S24 whichever single request fails, nothing is lost: reads are tried alone")
  void eachSingleRequest() {
    int[] requests = new int[1];
    assertThat(script(-1, requests)).isZero();
    int n = requests[0];
    assertThat(n).isGreaterThan(20);
    int lost = 0;
    for (int bad = 0; bad < n; bad++) {
      lost += script(bad, requests);
    }
    // A cluster that fails is read again alone; only where one page was read alone is it lost,
    // once, until the access is repeated.
    assertThat(lost).isLessThanOrEqualTo(n);
  }

  @Test
  @DisplayName("D20 D21 swap full: the largest process dies, the others keep their data")
  void swapFull() {
    TestMachine m = new TestMachine(2).withDaemon();
    DiskSwap swap = new DiskSwap(m);
    swap.add(300);
    swap.run(
        () -> {
          VmSpace small = m.space();
          int kept = m.anon(small, 40);
          for (int i = 0; i < 40; i++) {
            m.store(small, kept + i * PAGE, i);
          }
          VmSpace big = m.space();
          TestProcess victim = TestMachine.processOf(big);
          int va = m.anon(big, 3000);
          boolean[] over = new boolean[1];
          m.thread(
              big,
              () -> {
                for (int i = 0; i < 3000 && m.tryStore(big, va + i * PAGE, 1); i++) {
                  // Goes on until it is killed.
                }
                victim.alive = false;
                big.release();
                over[0] = true;
              });
          while (!over[0]) {
            m.scheduler.sleep(this, false, m.now + 1_000_000_000);
          }
          assertThat(victim.killed).isTrue();
          assertThat(m.count(Counter.V_OOM_KILLS)).isEqualTo(1);
          assertThat(TestMachine.processOf(small).killed).isFalse();
          for (int i = 0; i < 40; i++) {
            assertThat(m.load(small, kept + i * PAGE)).isEqualTo(i);
          }
        });
  }
}
