// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The page daemon's scans, and what happens when memory is used up (D1–D21). */
final class PageDaemonTest {
  private static final long SECOND = 1_000_000_000L;

  private final TestMachine m = TestMachine.small();

  /** Takes frames until {@code left} are available; the returned space holds them, wired. */
  private void leave(int left) {
    VmObject o = m.vm.kernelObject();
    int index = o.residentPages();
    while (m.vm.queues.available() > left) {
      VmPage p = m.vm.allocator.allocate(o, index++, AllocationClass.SYSTEM);
      if (p == null) {
        return;
      }
      p.setValid(0xFF);
      p.wakeup();
      p.wire();
    }
  }

  private VmPage inactive(VmSpace s, int va) {
    VmPage p = m.page(s, va);
    p.deactivate();
    p.clear(VmPage.REFERENCED);
    m.vm.pmaps.clearReference(p);
    return p;
  }

  @Test
  @DisplayName("D1 without pressure nothing is scanned")
  void noPressure() {
    m.withDaemon();
    m.run(
        () -> {
          m.scheduler.sleep(this, false, m.now + 10 * SECOND);
          assertThat(m.count(Counter.V_PDWAKEUPS)).isZero();
          assertThat(m.count(Counter.V_PDPAGES)).isZero();
        });
  }

  @Test
  @DisplayName("D6 held pages go to the tail, busy ones stay")
  void heldAndBusy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          m.store(s, va + PAGE, 1);
          VmPage busy = inactive(s, va);
          VmPage held = inactive(s, va + PAGE);
          busy.beginIo();
          held.hold();
          leave(60);
          m.vm.daemon.scan(0);
          assertThat(busy.queueName()).isEqualTo("inactive");
          assertThat(m.vm.queues.inactive.tail).isSameAs(held);
          busy.endIo();
          held.unhold();
        });
  }

  @Test
  @DisplayName("D7 D10 an unused file's clean pages are cached whatever was seen of them")
  void unusedFile() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          m.load(s, va);
          VmPage p = m.page(s, va);
          s.unmap(va, PAGE);
          f.object.deallocate();
          p.deactivate();
          p.set(VmPage.REFERENCED);
          leave(60);
          m.vm.daemon.scan(0);
          assertThat(p.queueName()).isEqualTo("cache");
          p.activate();
        });
  }

  @Test
  @DisplayName("D8 X12 a used page goes back to the active queue, its activity at most 64")
  void usedPage() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          VmPage p = m.page(s, va);
          p.deactivate();
          p.activity = 62;
          leave(60);
          m.vm.daemon.scan(0);
          assertThat(p.queueName()).isEqualTo("active");
          assertThat(p.activity).isLessThanOrEqualTo(64);
        });
  }

  @Test
  @DisplayName("D9 D11 D12 a dirty page is written on its second visit, then cached, then reused")
  void dirtyPage() {
    m.run(
        () -> {
          TestSwap swap = m.swap(100);
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 7);
          VmPage p = inactive(s, va);
          leave(60);
          m.vm.daemon.scan(0);
          assertThat(p.has(VmPage.WINATCFLS)).isTrue();
          assertThat(swap.used()).isZero();
          m.vm.daemon.scan(0);
          assertThat(swap.used()).isEqualTo(1);
          assertThat(p.dirty()).isZero();
          assertThat(s.pmap().isWritable(va)).isFalse();
          p.deactivate();
          m.vm.daemon.scan(0);
          assertThat(p.queueName()).isEqualTo("cache");
          assertThat(m.load(s, va)).isEqualTo(7);
          assertThat(m.count(Counter.V_SWAPIN)).isZero();
        });
  }

  @Test
  @DisplayName("D12 a locked vnode does not hold the daemon up")
  void lockedVnode() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          m.store(s, va, 1);
          VmPage p = inactive(s, va);
          p.set(VmPage.WINATCFLS);
          leave(60);
          int[] kicked = new int[1];
          m.vm.setSyncer(() -> kicked[0]++);
          m.thread(
              s,
              () -> {
                f.vnode.lockExclusive(Long.MAX_VALUE);
                m.scheduler.sleep(f, false, Long.MAX_VALUE);
                f.vnode.unlockExclusive();
              });
          m.scheduler.yieldNow();
          leave(45);
          m.vm.daemon.scan(1);
          assertThat(f.pager.writes).isEmpty();
          assertThat(kicked[0]).as("D19").isEqualTo(1);
          assertThat(p.queueName()).isEqualTo("inactive");
          m.scheduler.wakeup(f);
          m.scheduler.yieldNow();
          m.vm.daemon.scan(1);
          assertThat(f.pager.writes).containsExactly("0-0");
        });
  }

  @Test
  @DisplayName("D13 a cluster reaches back to a multiple and then forward")
  void cluster() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, RW, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          for (int i = 10; i <= 40; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          for (int i = 10; i <= 40; i++) {
            inactive(s, va + i * PAGE);
          }
          VmPage p = f.object.lookup(20);
          assertThat(p).isNotNull();
          if (p != null) {
            assertThat(m.vm.pageOut.cleanCluster(p)).isEqualTo(8);
          }
          assertThat(f.pager.writes).containsExactly("16-23");
        });
  }

  @Test
  @DisplayName(
      "D14 PI6 results: ERROR stays dirty and active, BAD drops the dirt, counts are undone")
  void results() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, RW, true);
          m.store(s, va, 1);
          VmPage p = inactive(s, va);
          f.pager.nextWrite = PagerResult.ERROR;
          assertThat(m.vm.pageOut.cleanCluster(p)).isZero();
          assertThat(p.queueName()).isEqualTo("active");
          assertThat(p.dirty()).isEqualTo(0xFF);
          p.deactivate();
          f.pager.nextWrite = PagerResult.BAD;
          assertThat(m.vm.pageOut.cleanCluster(p)).isZero();
          assertThat(p.dirty()).isZero();
          assertThat(p.softBusy()).isZero();
          assertThat(f.object.paging()).isZero();
        });
  }

  @Test
  @DisplayName("D15 idle statistics age what is not used")
  void statistics() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 900);
          for (int i = 0; i < 900; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          for (VmPage p = m.vm.queues.active.head; p != null; p = p.queueNext) {
            p.clear(VmPage.REFERENCED);
            m.vm.pmaps.clearReference(p);
          }
          VmPage used = m.page(s, va);
          used.set(VmPage.REFERENCED);
          for (int i = 0; i < 4; i++) {
            m.vm.daemon.statistics();
          }
          assertThat(used.activity).isGreaterThan(5);
          assertThat(m.page(s, va + 10 * PAGE).activity).isLessThan(5);
        });
  }

  @Test
  @DisplayName("D16 D17 an untouched page needs five scans to become inactive")
  void ages() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          VmPage p = m.page(s, va);
          p.clear(VmPage.REFERENCED);
          m.vm.pmaps.clearReference(p);
          leave(60);
          for (int i = 0; i < 4; i++) {
            m.vm.daemon.scan(0);
            assertThat(p.queueName()).isEqualTo("active");
          }
          m.vm.daemon.scan(0);
          assertThat(p.queueName()).isEqualTo("inactive");
          assertThat(s.pmap().isMapped(va)).isTrue();
        });
  }

  @Test
  @DisplayName("D18 the free reserve is refilled from the cache")
  void refill() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(10);
          int va = f.map(s, 0, 10, R, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          for (int i = 0; i < 10; i++) {
            m.load(s, va + i * PAGE);
          }
          int reserved = m.vm.allocator.reserves().reserved();
          leave(reserved - 3);
          for (int i = 0; i < 10; i++) {
            VmPage p = f.object.lookup(i);
            if (p != null) {
              p.cache();
            }
          }
          long freed = m.count(Counter.V_DFREE);
          int missing = reserved - m.vm.state().free();
          assertThat(missing).isPositive();
          m.vm.daemon.scan(0);
          assertThat(m.vm.state().free()).isEqualTo(reserved);
          assertThat(m.vm.state().cached()).isEqualTo(10 - missing);
          assertThat(m.count(Counter.V_DFREE)).isEqualTo(freed + missing);
        });
  }

  @Test
  @DisplayName("D20 D21 memory used up: the largest process dies, the others go on")
  void outOfMemory() {
    m.withDaemon();
    m.run(
        () -> {
          VmSpace small = m.space();
          int kept = m.anon(small, 10);
          for (int i = 0; i < 10; i++) {
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
            m.scheduler.sleep(this, false, m.now + SECOND);
          }
          assertThat(victim.killed).isTrue();
          assertThat(m.count(Counter.V_OOM_KILLS)).isEqualTo(1);
          assertThat(m.messages).anyMatch(line -> line.contains("out of memory"));
          for (int i = 0; i < 10; i++) {
            assertThat(m.load(small, kept + i * PAGE)).isEqualTo(i);
          }
          assertThat(TestMachine.processOf(small).killed).isFalse();
        });
  }

  @Test
  @DisplayName("D2 D20 a workload larger than memory runs on swap")
  void swapsUnderPressure() {
    TestMachine tight = new TestMachine(2).withDaemon();
    TestSwap swap = tight.swap(2000);
    tight.run(
        () -> {
          VmSpace s = tight.space();
          int va = tight.anon(s, 1000);
          for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 1000; i++) {
              tight.store(s, va + i * PAGE, i * 7 + round);
            }
            for (int i = 0; i < 1000; i++) {
              assertThat(tight.load(s, va + i * PAGE)).isEqualTo(i * 7 + round & 0xFF);
            }
          }
          assertThat(tight.count(Counter.V_SWAPIN)).isPositive();
          s.release();
          assertThat(swap.used()).as("S32").isZero();
        });
  }

  @Test
  @DisplayName("D22 swap use is counted in proportion to the entry")
  void swapUse() {
    m.run(
        () -> {
          TestSwap swap = m.swap(100);
          VmSpace s = m.space();
          int va = m.anon(s, 64);
          m.store(s, va, 1);
          for (int i = 0; i < 32; i++) {
            m.store(s, va + i * PAGE, 1);
            VmPage p = inactive(s, va + i * PAGE);
            m.vm.pageOut.cleanCluster(p);
          }
          assertThat(swap.usedBy(m.object(s, va))).isEqualTo(32);
          s.protect(va + 32 * PAGE, 32 * PAGE, R);
          VmMap map = s.map();
          map.lock();
          map.remove((va >>> 12) + 32, (va >>> 12) + 33);
          map.unlock();
          assertThat(s.swapPages()).isEqualTo(17 + 32 * 31 / 64 + 1);
        });
  }
}
