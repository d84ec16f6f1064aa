// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.Scheduler;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Hazard: two threads wait for one another, or a mapping is made that nobody asked for any more,
 * because locks are taken or given back in the wrong order (F18, F80, F102, H4, H12, H21).
 */
final class FaultLocksTest {
  private final TestMachine m = TestMachine.small();

  private void truncate(TestMachine.TestFile f, long bytes) {
    f.vnode.lockExclusive(Scheduler.NO_DEADLINE);
    f.object.setSize(bytes);
    f.vnode.unlockExclusive();
  }

  @Test
  @DisplayName("F18 a truncation that meets a fault in its read waits, and both finish")
  void truncateDuringFault() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, R, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          f.pager.gateClosed = true;
          int[] value = new int[1];
          boolean[] truncated = new boolean[1];
          m.thread(s, () -> value[0] = m.load(s, va + 3 * PAGE));
          m.settle();
          m.thread(
              s,
              () -> {
                truncate(f, PAGE);
                truncated[0] = true;
              });
          m.settle();
          assertThat(f.object.paging()).isEqualTo(1);
          assertThat(truncated[0]).isFalse();
          f.pager.open();
          m.settle();
          assertThat(truncated[0]).isTrue();
          assertThat(value[0]).isEqualTo(0x43);
          assertThat(m.readFault(s, va + 3 * PAGE)).isEqualTo(FaultResult.BEYOND_OBJECT);
          assertThat(s.pmap().isMapped(va + 3 * PAGE)).isFalse();
        });
  }

  @Test
  @DisplayName("F18 a fault that meets a truncation under way waits for the vnode, and is refused")
  void faultDuringTruncate() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, true);
          m.load(s, va + 3 * PAGE);
          VmPage p = m.page(s, va + 3 * PAGE);
          p.setBusy();
          m.thread(s, () -> truncate(f, PAGE));
          m.settle();
          FaultResult[] result = new FaultResult[1];
          m.thread(s, () -> result[0] = m.writeFault(s, va + 2 * PAGE));
          m.settle();
          assertThat(result[0]).isNull();
          assertThat(f.object.paging()).as("the truncation's own").isEqualTo(1);
          p.wakeup();
          m.settle();
          assertThat(result[0]).isEqualTo(FaultResult.BEYOND_OBJECT);
          assertThat(f.object.residentPages()).isZero();
        });
  }

  @Test
  @DisplayName("F80 F85 a fault that must look again never waits for the map with its page busy")
  void noWaitForMapWithBusyPage() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, R, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          int forked = m.anon(s, 1);
          m.store(s, forked, 1);
          m.fork(s);
          boolean[] done = new boolean[4];
          f.pager.gateClosed = true;
          m.thread(
              s,
              () -> {
                m.load(s, va);
                done[0] = true;
              });
          m.settle();
          m.anon(s, 1);
          // Waits for the reader's vnode lock, and will want all pages idle.
          m.thread(
              s,
              () -> {
                truncate(f, PAGE / 2);
                done[1] = true;
              });
          m.settle();
          // Has the map shared, and waits for the vnode behind the truncation.
          m.thread(
              s,
              () -> {
                assertThat(m.tryLoad(s, va + PAGE)).isNegative();
                done[2] = true;
              });
          m.settle();
          // Wants the map exclusively, so that nobody gets it shared any more.
          m.thread(
              s,
              () -> {
                m.store(s, forked, 2);
                done[3] = true;
              });
          m.settle();
          assertThat(done).containsOnly(false);
          assertThat(s.map().lock.isSharable()).isFalse();
          f.pager.open();
          m.settle();
          assertThat(done).containsOnly(true);
          assertThat(f.pager.reads).containsExactly("0-0");
          // The first one and the store; the load that was refused counts neither way.
          assertThat(TestMachine.processOf(s).majorFaults).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F102 H21 references are given back last, when neither page nor lock is held")
  void referencesLast() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 2, R, true);
          int[] calls = new int[1];
          f.vnode.onUnuse =
              () -> {
                calls[0]++;
                assertThat(s.map().lock.isFree()).isTrue();
                assertThat(f.vnode.isUnlocked()).isTrue();
                assertThat(f.object.paging()).isZero();
                VmPage p = f.object.lookup(0);
                assertThat(p == null || !p.isBusyAtAll()).isTrue();
              };
          f.pager.nextRead = PagerResult.ERROR;
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.PAGER_ERROR);
          f.pager.nextRead = PagerResult.BAD;
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.PAGER_BAD);
          assertThat(m.readFault(s, va + PAGE)).isEqualTo(FaultResult.BEYOND_OBJECT);
          f.pager.nextRead = PagerResult.OK;
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.RESOLVED);
          assertThat(calls[0]).isEqualTo(4);
          f.vnode.onUnuse = () -> {};
        });
  }

  @Test
  @DisplayName("F102 a second faulter of the page is woken as soon as it is mapped")
  void waitersWoken() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          f.pager.gateClosed = true;
          int[] values = new int[2];
          m.thread(s, () -> values[0] = m.load(s, va));
          m.thread(s, () -> values[1] = m.load(s, va));
          m.settle();
          f.pager.open();
          m.settle();
          assertThat(values).containsOnly(0x40);
          VmPage p = m.page(s, va);
          assertThat(p.has(VmPage.BUSY | VmPage.WANTED)).isFalse();
        });
  }

  enum Wait {
    PAGER,
    BUSY_PAGE,
    VNODE,
    MEMORY
  }

  @ParameterizedTest
  @EnumSource(Wait.class)
  @DisplayName("H12 F82 unmapped wherever a fault may sleep: no mapping is left without entry")
  void unmapDuringSleep(Wait where) {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, R, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          VmPage busy = f.object.grabPage(3);
          f.pager.gateClosed = where == Wait.PAGER;
          if (where == Wait.VNODE) {
            f.vnode.lockExclusive(Scheduler.NO_DEADLINE);
          } else if (where == Wait.MEMORY) {
            m.vm.allocator.failAfter(0);
          }
          int at = where == Wait.BUSY_PAGE ? va + 3 * PAGE : va;
          FaultResult[] result = new FaultResult[1];
          boolean[] unmapped = new boolean[1];
          m.thread(s, () -> result[0] = m.readFault(s, at));
          m.settle();
          assertThat(result[0]).isNull();
          m.thread(
              s,
              () -> {
                s.unmap(va, 4 * PAGE);
                unmapped[0] = true;
              });
          m.settle();
          // Whoever waits for the vnode has not read anything yet, and keeps the map.
          assertThat(unmapped[0]).isEqualTo(where != Wait.VNODE);
          if (busy != null) {
            busy.free();
          }
          f.pager.open();
          m.vm.allocator.wakeWaiters();
          if (where == Wait.VNODE) {
            f.vnode.unlockExclusive();
          }
          m.settle();
          assertThat(unmapped[0]).isTrue();
          assertThat(result[0])
              .isEqualTo(where == Wait.VNODE ? FaultResult.RESOLVED : FaultResult.NO_ENTRY);
          assertThat(s.pmap().residentCount()).isZero();
        });
  }

  @Test
  @DisplayName("H4 neighbours are mapped by the entry as it is after the sleep")
  void neighboursAfterSleep() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(16);
          int va = f.map(s, 0, 16, R, true);
          for (int i = 4; i < 12; i++) {
            m.load(s, va + i * PAGE);
          }
          s.pmap().remove(va >>> 12, (va >>> 12) + 16);
          VmPage seven = f.object.lookup(7);
          assertThat(seven).isNotNull();
          if (seven != null) {
            seven.setBusy();
            seven.free();
          }
          m.entry(s, va).behaviour = Advice.RANDOM;
          f.pager.gateClosed = true;
          m.thread(s, () -> m.load(s, va + 7 * PAGE));
          m.settle();
          assertThat(f.pager.atGate).isEqualTo(1);
          s.unmap(va + 8 * PAGE, 8 * PAGE);
          s.protect(va, 8 * PAGE, R);
          f.pager.open();
          m.settle();
          for (int i = 0; i < 16; i++) {
            assertThat(s.pmap().isMapped(va + i * PAGE))
                .as("page %d", i)
                .isEqualTo(i >= 3 && i <= 7 && f.object.lookup(i) != null);
          }
        });
  }
}
