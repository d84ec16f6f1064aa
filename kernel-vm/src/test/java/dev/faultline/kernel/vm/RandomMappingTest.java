// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several address spaces doing random things, compared with a model that knows nothing of objects:
 * a byte per page and what is mapped. Whatever chains, copies, collapses and page-outs happen
 * below, no byte may differ (O16, S34).
 */
final class RandomMappingTest {
  private static final int STEPS = 1500 * Integer.getInteger("faultline.effort", 1);
  private static final int BASE = 0x1000_0000;
  private static final int PAGES = 48;

  /** A page of the model: shared ones are the same object in several spaces. */
  private static final class Cell {
    int value;

    Cell(int value) {
      this.value = value;
    }
  }

  private static final class ModelPage {
    Cell cell;
    boolean shared;
    int protection;

    ModelPage(Cell cell, boolean shared, int protection) {
      this.cell = cell;
      this.shared = shared;
      this.protection = protection;
    }
  }

  private record Guest(VmSpace space, Map<Integer, ModelPage> model) {}

  private final List<Guest> guests = new ArrayList<>();
  private TestMachine m = new TestMachine(4);
  private Random random = new Random();

  @ParameterizedTest
  @DisplayName("O16 no byte differs, whatever is mapped, forked, written and dropped")
  @ValueSource(longs = {1, 2, 3, 4})
  void withoutMemoryPressure(long seed) {
    random = new Random(seed);
    m = new TestMachine(8).withDaemon();
    m.run(this::steps);
  }

  @ParameterizedTest
  @DisplayName("S34 no byte differs when most pages are on swap")
  @ValueSource(longs = {11, 12, 13, 14})
  void withSwapping(long seed) {
    random = new Random(seed);
    m = new TestMachine(2).withDaemon();
    m.swap(4000);
    m.run(
        () -> {
          VmSpace hog = m.space();
          int va = m.anon(hog, 380);
          for (int i = 0; i < 380; i++) {
            m.store(hog, va + i * TestMachine.PAGE, i);
          }
          steps();
          for (int i = 0; i < 380; i++) {
            assertThat(m.load(hog, va + i * TestMachine.PAGE)).isEqualTo(i & 0xFF);
          }
          hog.release();
        });
    assertThat(m.count(Counter.V_SWAPPGSIN)).isPositive();
  }

  @ParameterizedTest
  @DisplayName("O16 S34 no byte differs when every space has its thread and transfers take time")
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void withThreads(long seed) {
    random = new Random(seed);
    m = new TestMachine(2).withDaemon();
    m.swap(6000).delay = 1_000_000;
    m.scheduler.setPolicy((queue, count) -> random.nextInt(count));
    m.run(
        () -> {
          for (int i = 0; i < 3; i++) {
            live(new Guest(m.space(), new HashMap<>()));
          }
          while (!guests.isEmpty()) {
            m.scheduler.sleep(this, false, m.now + 1_000_000_000L);
          }
        });
    assertThat(m.count(Counter.V_SWAPPGSIN)).isPositive();
  }

  /** Gives a space a thread, which does its steps, compares all, and lets the space go. */
  private void live(Guest g) {
    guests.add(g);
    m.thread(
        g.space,
        () -> {
          int ballast =
              TestMachine.ok(
                  g.space.mapAnonymous(
                      0x4000_0000,
                      120 * TestMachine.PAGE,
                      TestMachine.RW,
                      TestMachine.RWX,
                      false,
                      true));
          for (int i = 0; i < STEPS / 3; i++) {
            m.store(g.space, ballast + i % 120 * TestMachine.PAGE, i);
            stepAlone(g);
          }
          for (int page = 0; page < PAGES; page++) {
            compare(g, page);
          }
          g.space.release();
          guests.remove(g);
        });
  }

  private void stepAlone(Guest g) {
    int page = random.nextInt(PAGES);
    int count = 1 + random.nextInt(Math.min(8, PAGES - page));
    switch (random.nextInt(20)) {
      case 0, 1 -> map(g, page, count);
      case 2 -> unmap(g, page, count);
      case 3 -> protect(g, page, count);
      case 4 -> {
        if (guests.size() < 6 && random.nextInt(3) == 0) {
          live(childOf(g));
        }
      }
      case 5 -> discard(g, page, count);
      case 6 -> move(g, page, count);
      case 7, 8, 9, 10, 11 -> store(g, page);
      case 12 -> m.scheduler.yieldNow();
      default -> compare(g, page);
    }
  }

  private void steps() {
    guests.add(new Guest(m.space(), new HashMap<>()));
    for (int i = 0; i < STEPS; i++) {
      step(guests.get(random.nextInt(guests.size())));
      if (i % 16 == 0) {
        m.vm.checkInvariants();
      }
      if (random.nextInt(8) == 0) {
        m.scheduler.yieldNow();
      }
    }
    for (Guest g : guests) {
      for (int page = 0; page < PAGES; page++) {
        compare(g, page);
      }
      g.space.release();
    }
    guests.clear();
  }

  private void step(Guest g) {
    int page = random.nextInt(PAGES);
    int count = 1 + random.nextInt(Math.min(8, PAGES - page));
    switch (random.nextInt(20)) {
      case 0, 1 -> map(g, page, count);
      case 2 -> unmap(g, page, count);
      case 3 -> protect(g, page, count);
      case 4 -> fork(g);
      case 5 -> exit(g);
      case 6 -> pageOut();
      case 7 -> discard(g, page, count);
      case 8 -> move(g, page, count);
      case 9, 10, 11, 12, 13 -> store(g, page);
      default -> compare(g, page);
    }
  }

  private static int va(int page) {
    return BASE + page * TestMachine.PAGE;
  }

  private void map(Guest g, int page, int count) {
    boolean shared = random.nextInt(4) == 0;
    TestMachine.ok(
        g.space.mapAnonymous(
            va(page), count * TestMachine.PAGE, TestMachine.RW, TestMachine.RWX, shared, true));
    for (int i = page; i < page + count; i++) {
      g.model.put(i, new ModelPage(new Cell(0), shared, TestMachine.RW));
    }
  }

  private void unmap(Guest g, int page, int count) {
    assertThat(g.space.unmap(va(page), count * TestMachine.PAGE)).isEqualTo(KernReturn.SUCCESS);
    for (int i = page; i < page + count; i++) {
      g.model.remove(i);
    }
  }

  private void protect(Guest g, int page, int count) {
    int protection = random.nextBoolean() ? TestMachine.R : TestMachine.RW;
    KernReturn result = g.space.protect(va(page), count * TestMachine.PAGE, protection);
    for (int i = page; i < page + count; i++) {
      ModelPage p = g.model.get(i);
      if (p == null) {
        assertThat(result).isEqualTo(KernReturn.INVALID_ADDRESS);
        return;
      }
      p.protection = protection;
    }
    assertThat(result).isEqualTo(KernReturn.SUCCESS);
  }

  private void fork(Guest g) {
    if (guests.size() >= 6) {
      return;
    }
    guests.add(childOf(g));
  }

  private Guest childOf(Guest g) {
    Guest child = new Guest(m.fork(g.space), new HashMap<>());
    g.model.forEach(
        (page, p) -> {
          Cell cell = p.shared ? p.cell : new Cell(p.cell.value);
          child.model.put(page, new ModelPage(cell, p.shared, p.protection));
        });
    return child;
  }

  private void exit(Guest g) {
    if (guests.size() > 1) {
      guests.remove(g);
      g.space.release();
    }
  }

  /** Ages and cleans everything, as the daemon would under pressure. */
  private void pageOut() {
    if (!m.vm.swap().enabled()) {
      return;
    }
    for (int i = 0; i < 8; i++) {
      VmPage p = m.vm.queues.active.head;
      if (p != null && !p.isBusyAtAll()) {
        m.vm.pmaps.clearReference(p);
        p.clear(VmPage.REFERENCED);
        p.deactivate();
      }
      VmPage q = m.vm.queues.inactive.head;
      if (q != null && !q.isBusyAtAll() && q.isDirty()) {
        m.vm.pageOut.cleanCluster(q);
      }
      if (q != null) {
        q.cache();
      }
    }
    m.vm.allocator.freeOneCached();
  }

  private void discard(Guest g, int page, int count) {
    g.space.discard(va(page), count * TestMachine.PAGE);
    for (int i = page; i < page + count; i++) {
      ModelPage p = g.model.get(i);
      if (p != null && !p.shared) {
        p.cell = new Cell(0);
      }
    }
  }

  private void move(Guest g, int page, int count) {
    int target = random.nextInt(PAGES - count + 1);
    boolean overlaps = target < page + count && page < target + count;
    boolean whole = true;
    for (int i = page; i < page + count; i++) {
      whole &= g.model.containsKey(i);
    }
    MapResult r =
        g.space.remap(
            va(page),
            count * TestMachine.PAGE,
            count * TestMachine.PAGE,
            VmSpace.MAY_MOVE | VmSpace.FIXED,
            va(target));
    assertThat(r.code().ok()).isEqualTo(whole && !overlaps);
    if (r.code().ok()) {
      for (int i = 0; i < count; i++) {
        ModelPage p = g.model.remove(page + i);
        if (p != null) {
          g.model.put(target + i, p);
        }
      }
    }
  }

  private void store(Guest g, int page) {
    int value = random.nextInt(256);
    boolean stored = m.tryStore(g.space, va(page), value);
    ModelPage p = g.model.get(page);
    assertThat(stored)
        .as("store to page %d", page)
        .isEqualTo(p != null && p.protection == TestMachine.RW);
    if (stored && p != null) {
      p.cell.value = value;
    }
  }

  private void compare(Guest g, int page) {
    ModelPage p = g.model.get(page);
    assertThat(m.tryLoad(g.space, va(page)))
        .as("load from page %d", page)
        .isEqualTo(p == null ? -1 : p.cell.value);
  }
}
