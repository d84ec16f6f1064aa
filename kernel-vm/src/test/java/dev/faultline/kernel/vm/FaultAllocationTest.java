// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A minor fault takes nothing from the Java heap once its structures are warm. */
final class FaultAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int PAGES = 1000;
  private static final int ROUNDS = 30;

  private final TestMachine m = new TestMachine(16);

  /** Fewest bytes that one round of faults took: other threads of the JVM may allocate too. */
  private long leastBytes(Runnable prepare, Runnable faults) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      prepare.run();
      long before = THREADS.getTotalThreadAllocatedBytes();
      faults.run();
      least = Math.min(least, THREADS.getTotalThreadAllocatedBytes() - before);
    }
    return least;
  }

  private void faultAll(VmSpace s, int at, int type, int flags) {
    for (int i = 0; i < PAGES; i++) {
      m.vm.fault.fault(s.map(), at + i, type, flags);
    }
  }

  @Test
  @DisplayName("zero-fill faults allocate nothing")
  void zeroFill() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int at = Page.number(m.anon(s, PAGES));
          long bytes =
              leastBytes(
                  () -> s.discard(at << Page.SHIFT, PAGES * PAGE),
                  () -> faultAll(s, at, RW, FaultState.DIRTY));
          assertThat(bytes).isLessThan(PAGES);
          assertThat(m.count(Counter.V_ZFOD)).isEqualTo((long) PAGES * ROUNDS);
        });
  }

  @Test
  @DisplayName("soft faults allocate nothing")
  void soft() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int at = Page.number(m.anon(s, PAGES));
          faultAll(s, at, RW, FaultState.DIRTY);
          long bytes =
              leastBytes(
                  () -> s.pmap().remove(at, at + PAGES),
                  () -> faultAll(s, at, Protection.READ, FaultState.NORMAL));
          assertThat(bytes).isLessThan(PAGES);
        });
  }

  @Test
  @DisplayName("F77 copy-on-write faults allocate nothing but one shadow object per entry")
  void copy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int at = Page.number(m.anon(s, PAGES));
          faultAll(s, at, RW, FaultState.DIRTY);
          VmSpace[] child = new VmSpace[1];
          long bytes =
              leastBytes(
                  () -> {
                    if (child[0] != null) {
                      child[0].release();
                    }
                    child[0] = m.fork(s);
                    m.vm.fault.fault(child[0].map(), at, RW, FaultState.DIRTY);
                  },
                  () -> faultAll(child[0], at, RW, FaultState.DIRTY));
          assertThat(bytes).isLessThan(PAGES);
          assertThat(m.count(Counter.V_COW_FAULTS)).isEqualTo((long) PAGES * ROUNDS);
        });
  }

  @Test
  @DisplayName("F75 faults that move a page up allocate nothing")
  void move() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject behind = VmObject.anonymous(m.vm, PAGES);
          VmObject first = VmObject.anonymous(m.vm, PAGES);
          first.attach(behind, 0);
          for (int i = 0; i < PAGES; i++) {
            VmPage p = behind.grabPage(i);
            if (p == null) {
              throw new AssertionError("no page");
            }
            p.setValid(VmPage.ALL_CHUNKS);
            p.activate();
            p.wakeup();
          }
          int at =
              Page.number(
                  TestMachine.ok(
                      s.mapObject(0x1000_0000, PAGES * PAGE, RW, RW, true, first, 0, false, 0)));
          long bytes =
              leastBytes(
                  () -> {
                    for (int i = 0; i < PAGES; i++) {
                      VmPage p = first.lookup(i);
                      if (p != null) {
                        p.setBusy();
                        p.unmap();
                        p.rename(behind, i);
                      }
                    }
                  },
                  () -> faultAll(s, at, RW, FaultState.DIRTY));
          assertThat(bytes).isLessThan(PAGES);
          assertThat(m.count(Counter.V_COW_OPTIM)).isEqualTo((long) PAGES * ROUNDS);
        });
  }
}
