// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.Scheduler;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Hazard: a thread asleep in the middle of a page's transfer, while others fork, unmap, protect,
 * truncate, wire, exit, launder and advise. Two or three threads do so in every order up to a
 * bound, with all invariants checked at every switch; at the end every byte must be one that could
 * be there, and no frame, reference, swap page or wiring may be left over.
 */
final class PageInterleavingTest {
  /** Choices explored with two threads; with the main thread, which waits. */
  private static final int TWO = Interleavings.bound(5, 14);

  private static final int THREE = Interleavings.bound(4, 8);

  /** What is done first in the default run; the long run has all pairs. */
  private static final Set<Deed> FIRST = EnumSet.of(Deed.LOAD, Deed.STORE, Deed.LAUNDER, Deed.WIRE);

  private static int explore(SharedPage.Setting setting, int bound, List<Deed> deeds) {
    return Interleavings.explore(
        setting + " " + deeds, bound, m -> new SharedPage(m, setting).run(deeds));
  }

  @TestFactory
  @DisplayName("F23 F49 F80 F82 F83 F84 F85 M14 M50 O7 O12a D14 V28 two threads at one page")
  List<DynamicTest> pairs() {
    List<DynamicTest> tests = new ArrayList<>();
    Set<Deed> first = TWO > 5 ? EnumSet.allOf(Deed.class) : FIRST;
    for (SharedPage.Setting setting : SharedPage.Setting.values()) {
      for (Deed a : first) {
        tests.add(DynamicTest.dynamicTest(setting + " " + a, () -> pairs(setting, a)));
      }
    }
    return tests;
  }

  private static void pairs(SharedPage.Setting setting, Deed a) {
    int total = 0;
    StringBuilder each = new StringBuilder();
    for (Deed b : Deed.values()) {
      int n = explore(setting, TWO, List.of(a, b));
      assertThat(n).as("orders of " + a + " and " + b).isGreaterThan(1);
      total += n;
      each.append(' ').append(b).append(' ').append(n);
    }
    System.out.printf("interleavings: %s %s: %d;%s%n", setting, a, total, each);
  }

  private static final List<List<Deed>> TRIPLES =
      List.of(
          List.of(Deed.STORE, Deed.FORK, Deed.LAUNDER),
          List.of(Deed.LOAD, Deed.UNMAP, Deed.WIRE),
          List.of(Deed.STORE, Deed.OTHER_EXIT, Deed.FORK),
          List.of(Deed.STORE, Deed.STORE, Deed.LAUNDER),
          List.of(Deed.LOAD, Deed.STORE, Deed.PROTECT_TWICE),
          List.of(Deed.WIRE, Deed.TRUNCATE, Deed.LOAD),
          List.of(Deed.WIRE, Deed.FORK_WRITE, Deed.STORE),
          List.of(Deed.LAUNDER, Deed.FREE, Deed.LOAD),
          List.of(Deed.OTHER_STORE, Deed.STORE, Deed.OTHER_EXIT),
          List.of(Deed.OTHER_STORE, Deed.LAUNDER, Deed.OTHER_EXIT),
          List.of(Deed.DISCARD, Deed.FORK, Deed.STORE),
          List.of(Deed.MOVE, Deed.WIRE, Deed.LAUNDER),
          List.of(Deed.LOAD, Deed.INVALIDATE, Deed.STORE));

  @TestFactory
  @DisplayName("F23 F85 M43 M50 O11 O13 three threads at one page")
  List<DynamicTest> triples() {
    List<DynamicTest> tests = new ArrayList<>();
    for (SharedPage.Setting setting : SharedPage.Setting.values()) {
      tests.add(DynamicTest.dynamicTest(setting.toString(), () -> triples(setting)));
    }
    return tests;
  }

  private static void triples(SharedPage.Setting setting) {
    StringBuilder each = new StringBuilder();
    for (List<Deed> deeds : TRIPLES) {
      each.append(' ').append(deeds).append(' ').append(explore(setting, THREE, deeds));
    }
    System.out.printf("interleavings: %s:%s%n", setting, each);
  }

  // ---- memory shortage -----------------------------------------------------------------------

  @Test
  @DisplayName("F33 F36 F38 D20 D21 threads that wait for memory, and one that is killed there")
  void shortage() {
    int n = Interleavings.explore("shortage", THREE + 2, PageInterleavingTest::shortage);

    assertThat(n).isGreaterThan(1);
    System.out.printf("interleavings: shortage: %d%n", n);
  }

  private static void shortage(TestMachine m) {
    m.vm.start();
    TestSwap swap = m.swap(2000);
    VmSpace hog = m.space();
    int pages = m.vm.queues.free.size();
    int ballast = m.anon(hog, pages);
    int touched = 0;
    while (m.vm.queues.available() > m.vm.allocator.reserves().severe()) {
      m.store(hog, ballast + touched++ * TestMachine.PAGE, 1);
    }
    swap.inTransfer = m.scheduler::yieldNow;
    int[] running = {2};
    VmSpace a = m.space();
    VmSpace b = m.space();
    int va = m.anon(a, 4);
    int vb = m.anon(b, 4);
    m.thread(a, () -> touch(m, a, va, running));
    m.thread(b, () -> touch(m, b, vb, running));
    m.scheduler.yieldNow();
    TestMachine.processOf(b).kill();
    while (running[0] > 0) {
      m.scheduler.sleep(running, false, m.now + 1_000_000_000L);
    }
    assertThat(m.load(a, va + 3 * TestMachine.PAGE)).isEqualTo(4);
    swap.inTransfer = () -> {};
    a.release();
    b.release();
    for (int i = 0; i < touched; i++) {
      assertThat(m.load(hog, ballast + i * TestMachine.PAGE)).isEqualTo(1);
    }
    hog.release();
    m.scheduler.sleep(running, false, m.now + 60_000_000_000L);
    assertThat(swap.usedPages()).isZero();
  }

  private static void touch(TestMachine m, VmSpace s, int va, int[] running) {
    for (int i = 0; i < 4; i++) {
      boolean done = m.tryStore(s, va + i * TestMachine.PAGE, i + 1);
      boolean killed = TestMachine.processOf(s).killPending();
      assertThat(done || killed).isTrue();
    }
    running[0]--;
    m.scheduler.wakeup(running);
  }

  @Test
  @DisplayName("F35 M22 O6 both sharers of a page write to it at once: each has its own")
  void bothWrite() {
    int n =
        Interleavings.explore(
            "both write",
            TWO,
            m -> {
              TestSwap swap = m.swap(100);
              VmSpace s = m.space();
              int va = m.anon(s, 1);
              m.store(s, va, 5);
              VmSpace child = m.fork(s);
              swap.inTransfer = m.scheduler::yieldNow;
              int[] running = {2};
              for (VmSpace space : new VmSpace[] {s, child}) {
                int value = space == s ? 6 : 7;
                m.thread(
                    space,
                    () -> {
                      m.scheduler.yieldNow();
                      m.store(space, va, value);
                      space.protect(va, TestMachine.PAGE, Protection.READ);
                      m.scheduler.yieldNow();
                      assertThat(m.load(space, va)).isEqualTo(value);
                      space.release();
                      running[0]--;
                      m.scheduler.wakeup(running);
                    });
              }
              while (running[0] > 0) {
                m.scheduler.sleep(running, false, Scheduler.NO_DEADLINE);
              }
            });
    assertThat(n).isGreaterThan(2);
    System.out.printf("interleavings: both write: %d%n", n);
  }
}
