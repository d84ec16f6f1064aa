// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.BiConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What happens to a fault whose map changes while it reads (F3, F16, F80–F86). */
final class RevalidationTest {
  private final TestMachine m = TestMachine.small();
  private TestMachine.TestFile file = m.file(4);

  /** Reads or writes page 0 of a shared file mapping while something is done to the map. */
  private FaultResult during(boolean write, BiConsumer<VmSpace, Integer> meanwhile) {
    FaultResult[] result = new FaultResult[1];
    m.run(
        () -> {
          VmSpace s = m.space();
          file = m.file(4);
          int va = file.map(s, 0, 4, RW, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          file.pager.gateClosed = true;
          m.thread(s, () -> result[0] = write ? m.writeFault(s, va) : m.readFault(s, va));
          m.scheduler.yieldNow();
          assertThat(file.pager.atGate).isEqualTo(1);
          meanwhile.accept(s, va);
          file.pager.open();
          m.scheduler.yieldNow();
          m.scheduler.yieldNow();
        });
    return result[0];
  }

  @Test
  @DisplayName("F82 F85 unmapped meanwhile: refused, the page stays, unmapped and inactive")
  void unmapped() {
    FaultResult r =
        during(
            false,
            (s, va) -> {
              file.object.reference();
              s.unmap(va, 4 * PAGE);
            });
    assertThat(r).isEqualTo(FaultResult.NO_ENTRY);
    VmPage p = file.object.lookup(0);
    assertThat(p == null ? "" : p.queueName()).isEqualTo("inactive");
  }

  @Test
  @DisplayName("F3 F83 another object there: begins again, and counts as major")
  void replaced() {
    VmSpace[] space = new VmSpace[1];
    int[] at = new int[1];
    FaultResult r =
        during(
            false,
            (s, va) -> {
              space[0] = s;
              at[0] = va;
              TestMachine.ok(s.mapAnonymous(va, 4 * PAGE, RW, RW, false, true));
            });
    assertThat(r).isEqualTo(FaultResult.RESOLVED);
    m.run(() -> assertThat(m.load(space[0], at[0])).isZero());
    assertThat(TestMachine.processOf(space[0]).majorFaults).isEqualTo(1);
    assertThat(TestMachine.processOf(space[0]).minorFaults).isZero();
  }

  @Test
  @DisplayName("F84 rights lost meanwhile: entered read-only, not dirtied")
  void rightsLost() {
    VmSpace[] space = new VmSpace[1];
    int[] at = new int[1];
    FaultResult r =
        during(
            true,
            (s, va) -> {
              space[0] = s;
              at[0] = va;
              s.protect(va, 4 * PAGE, R);
            });
    assertThat(r).isEqualTo(FaultResult.RESOLVED);
    assertThat(space[0].pmap().isWritable(at[0])).isFalse();
    assertThat(m.page(space[0], at[0]).dirty()).isZero();
    m.run(() -> assertThat(m.writeFault(space[0], at[0])).isEqualTo(FaultResult.PROTECTION));
  }

  @Test
  @DisplayName("F16 an exclusive lock by another thread makes the fault look again, no more")
  void unrelatedChange() {
    FaultResult r = during(true, (s, va) -> m.anon(s, 1));
    assertThat(r).isEqualTo(FaultResult.RESOLVED);
    assertThat(file.pager.reads).hasSize(1);
  }

  @Test
  @DisplayName("F81 F86 M60 a fork during a private write's read: the child never sees the write")
  void forkMeanwhile() {
    m.run(
        () -> {
          VmSpace s = m.space();
          file = m.file(1);
          int va = file.map(s, 0, 1, RW, false);
          file.pager.gateClosed = true;
          m.thread(s, () -> m.store(s, va, 0x11));
          m.scheduler.yieldNow();
          VmSpace[] child = new VmSpace[1];
          m.thread(s, () -> child[0] = m.fork(s));
          m.scheduler.yieldNow();
          assertThat(s.map().inFork).isTrue();
          file.pager.open();
          for (int i = 0; i < 6; i++) {
            m.scheduler.yieldNow();
          }
          assertThat(m.load(s, va)).isEqualTo(0x11);
          assertThat(child[0]).isNotNull();
          assertThat(m.load(child[0], va)).isEqualTo(0x40);
        });
  }

  /** As {@link #during}, with an anonymous page that comes from swap. */
  private FaultResult duringSwapIn(boolean write, BiConsumer<VmSpace, Integer> meanwhile) {
    FaultResult[] result = new FaultResult[1];
    m.run(
        () -> {
          TestSwap swap = m.swap(10);
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 0x21);
          m.swapOut(s, va);
          swap.gateClosed = true;
          m.thread(s, () -> result[0] = write ? m.writeFault(s, va) : m.readFault(s, va));
          m.settle();
          assertThat(swap.atGate).isEqualTo(1);
          meanwhile.accept(s, va);
          m.settle();
          swap.open();
          m.settle();
        });
    return result[0];
  }

  @Test
  @DisplayName("F81 F86 M63 a fork during a swap-in: both have the page, and copies of their own")
  void forkDuringSwapIn() {
    VmSpace[] child = new VmSpace[1];
    VmSpace[] parent = new VmSpace[1];
    int[] at = new int[1];
    FaultResult r =
        duringSwapIn(
            true,
            (s, va) -> {
              parent[0] = s;
              at[0] = va;
              m.thread(s, () -> child[0] = m.fork(s));
            });
    assertThat(r).isEqualTo(FaultResult.RESOLVED);
    m.run(
        () -> {
          assertThat(child[0]).isNotNull();
          m.store(parent[0], at[0], 0x31);
          assertThat(m.load(child[0], at[0])).isEqualTo(0x21);
          m.store(child[0], at[0], 0x41);
          assertThat(m.load(parent[0], at[0])).isEqualTo(0x31);
          assertThat(m.count(Counter.V_SWAPIN)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F82 M12 unmapped during a swap-in: refused, and page and block are gone")
  void unmappedDuringSwapIn() {
    VmSpace[] space = new VmSpace[1];
    FaultResult r =
        duringSwapIn(
            false,
            (s, va) -> {
              space[0] = s;
              m.thread(s, () -> s.unmap(va, 2 * PAGE));
            });
    assertThat(r).isEqualTo(FaultResult.NO_ENTRY);
    assertThat(space[0].pmap().residentCount()).isZero();
    assertThat(m.vm.swap().freePages()).isEqualTo(10);
  }

  @Test
  @DisplayName("F3 F84 a second look never dirties, gains rights or counts twice")
  void rightsGained() {
    VmSpace[] space = new VmSpace[1];
    int[] at = new int[1];
    FaultResult r =
        during(
            false,
            (s, va) -> {
              space[0] = s;
              at[0] = va;
              s.protect(va, 4 * PAGE, R);
              s.protect(va, 4 * PAGE, RW);
            });
    assertThat(r).isEqualTo(FaultResult.RESOLVED);
    assertThat(m.page(space[0], at[0]).dirty()).isZero();
    assertThat(TestMachine.processOf(space[0]).majorFaults).isEqualTo(1);
    assertThat(m.count(Counter.V_VM_FAULTS)).isEqualTo(1);
  }
}
