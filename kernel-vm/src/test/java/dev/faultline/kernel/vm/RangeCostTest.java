// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: an operation on a small range that costs what the whole map or object holds. Counted in
 * entries and pages looked at, not in time.
 */
final class RangeCostTest {
  private static final int ENTRIES = 50_000;

  /** Ten entries clipped, changed, joined, at the tree's height each: far from what there is. */
  private static final int A_FEW = 1000;

  private final TestMachine m = new TestMachine(32);

  /** Every second page is of one kind, so that no two entries join. */
  private int manyEntries(VmSpace s) {
    int base = 0x1000_0000;
    VmMap map = s.map();
    map.lock();
    for (int i = 0; i < ENTRIES; i++) {
      int at = Page.number(base) + i;
      int protection = i % 2 == 0 ? RW : R;
      assertThat(map.insert(null, 0, at, at + 1, protection, RW, Inheritance.COPY, 0).ok())
          .isTrue();
    }
    map.unlock();
    assertThat(map.count()).isEqualTo(ENTRIES);
    return base;
  }

  private long cost(VmSpace s, Supplier<KernReturn> operation) {
    long before = s.map().entries.visits() + m.vm.hash.visits();
    assertThat(operation.get()).isEqualTo(KernReturn.SUCCESS);
    return s.map().entries.visits() + m.vm.hash.visits() - before;
  }

  @Test
  @DisplayName("M4 M10 a fault and a search for space in a map of 50,000 entries visit a few")
  void lookup() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int base = manyEntries(s);
          long worst = 0;
          for (int i = 0; i < ENTRIES; i += 501) {
            int at = (int) (i * 7919L % ENTRIES);
            int va = base + at / 2 * 2 * PAGE;
            worst =
                Math.max(
                    worst,
                    cost(
                        s,
                        () -> {
                          m.store(s, va, 1);
                          return KernReturn.SUCCESS;
                        }));
          }
          assertThat(worst).isLessThan(100);
          assertThat(cost(s, () -> s.mapAnonymous(base, 3 * PAGE, R, RW, false, false).code()))
              .isLessThan(A_FEW);
          s.release();
        });
  }

  @Test
  @DisplayName("M11 M28 M31 M32 M33 M40 M51 M55 range operations visit what the range holds")
  void rangesOfEntries() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int base = manyEntries(s);
          int va = base + ENTRIES / 2 * PAGE;
          int ten = 10 * PAGE;
          byte[] vector = new byte[10];
          assertThat(cost(s, () -> s.protect(va, ten, R))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.inherit(va, ten, Inheritance.NONE))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.advise(va, ten, Advice.RANDOM))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.advise(va, ten, Advice.WILLNEED))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.advise(va, ten, Advice.FREE))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.discard(va, ten))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.inCore(va, ten, vector))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.sync(va, ten, true, true))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.wire(va, ten))).isLessThan(2 * A_FEW);
          assertThat(cost(s, () -> s.unwire(va, ten))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.remap(va, ten, ten + PAGE, VmSpace.MAY_MOVE, 0).code()))
              .isLessThan(2 * A_FEW);
          assertThat(cost(s, () -> s.unmap(va + ten, ten))).isLessThan(2 * A_FEW);
          assertThat(s.map().count()).isLessThan(ENTRIES);
          s.release();
        });
  }

  @Test
  @DisplayName("O17 O21 O22 O24 M12 operations on a range of a large object visit the range")
  void rangesOfPages() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int pages = 4000;
          TestMachine.TestFile f = m.file(pages);
          int vf = f.map(s, 0, pages, RW, true);
          int va = m.anon(s, pages);
          for (int i = 0; i < pages; i += 2) {
            m.store(s, vf + i * PAGE, 1);
            m.store(s, va + i * PAGE, 1);
          }
          int at = 2000 * PAGE;
          int four = 4 * PAGE;
          assertThat(cost(s, () -> s.sync(vf + at, four, true, false))).isLessThan(A_FEW);
          assertThat(f.pager.writes).hasSize(2);
          assertThat(cost(s, () -> s.sync(vf + at, four, false, true))).isLessThan(A_FEW);
          assertThat(f.object.lookup(2000)).isNull();
          for (Advice advice : new Advice[] {Advice.WILLNEED, Advice.DONTNEED, Advice.FREE}) {
            assertThat(cost(s, () -> s.advise(va + at, four, advice))).isLessThan(A_FEW);
          }
          assertThat(cost(s, () -> s.discard(va + at, four))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.unmap(va + at, four))).isLessThan(A_FEW);
          assertThat(m.object(s, va).lookup(2002)).isNull();
          s.release();
        });
  }

  @Test
  @DisplayName("M33 O17 a vast range of which little is resident costs what is resident")
  void sparse() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int pages = 300_000;
          int va = m.anon(s, pages);
          m.store(s, va, 1);
          m.store(s, va + 299_999 * PAGE, 1);
          assertThat(cost(s, () -> s.advise(va, pages * PAGE, Advice.FREE))).isLessThan(A_FEW);
          assertThat(cost(s, () -> s.discard(va, pages * PAGE))).isLessThan(A_FEW);
          assertThat(m.load(s, va)).isZero();
          assertThat(cost(s, () -> s.unmap(va + PAGE, (pages - 1) * PAGE))).isLessThan(A_FEW);
        });
  }
}
