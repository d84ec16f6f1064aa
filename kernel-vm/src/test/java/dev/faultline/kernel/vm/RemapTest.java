// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pager.DevicePager;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Resizing, moving and doubling of mappings. */
final class RemapTest {
  private static final int MOVE = VmSpace.MAY_MOVE;

  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("a moved mapping takes its pages along; growth reads zero")
  void moves() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          m.store(s, va + PAGE, 2);
          TestMachine.TestFile f = m.file(4);
          f.object.reference();
          TestMachine.ok(s.mapObject(va + 2 * PAGE, PAGE, R, R, true, f.object, 0, true, 0));
          assertThat(s.remap(va, 2 * PAGE, 4 * PAGE, 0, 0).code()).isEqualTo(KernReturn.NO_SPACE);
          MapResult moved = s.remap(va, 2 * PAGE, 4 * PAGE, VmSpace.MAY_MOVE, 0);
          int to = TestMachine.ok(moved);
          assertThat(to).isNotEqualTo(va);
          assertThat(m.load(s, to)).isEqualTo(1);
          assertThat(m.load(s, to + PAGE)).isEqualTo(2);
          assertThat(m.load(s, to + 3 * PAGE)).isZero();
          assertThat(m.tryLoad(s, va)).isNegative();
          assertThat(TestMachine.ok(s.remap(to, 4 * PAGE, PAGE, 0, 0))).isEqualTo(to);
          assertThat(m.tryLoad(s, to + PAGE)).isNegative();
        });
  }

  @Test
  @DisplayName("without room above, a mapping moves down, but never next to the null pointer")
  void movesDown() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = 0xC000_0000 - PAGE;
          TestMachine.ok(s.mapAnonymous(va, PAGE, RW, RWX, false, true));
          m.store(s, va, 1);
          int to = TestMachine.ok(s.remap(va, PAGE, 2 * PAGE, MOVE, 0));
          assertThat(to).isEqualTo(VmSpace.LOWEST);
          assertThat(m.load(s, to)).isEqualTo(1);
        });
  }

  private int shared(VmSpace s, int pages) {
    return TestMachine.ok(s.mapAnonymous(0x1000_0000, pages * PAGE, RW, RWX, true, false));
  }

  @Test
  @DisplayName("M8 from no length at all shared memory is mapped twice, and the first stays")
  void doubles() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = shared(s, 4);
          m.store(s, va + PAGE, 1);
          int again = TestMachine.ok(s.remap(va, 0, 4 * PAGE, MOVE, 0));
          assertThat(m.object(s, again)).isSameAs(m.object(s, va));
          assertThat(m.object(s, va).references()).isEqualTo(2);
          assertThat(m.load(s, again + PAGE)).isEqualTo(1);
          m.store(s, again + 2 * PAGE, 2);
          assertThat(m.load(s, va + 2 * PAGE)).isEqualTo(2);
          int part = 0x3000_0000;
          assertThat(TestMachine.ok(s.remap(va + PAGE, 0, PAGE, MOVE | VmSpace.FIXED, part)))
              .isEqualTo(part);
          assertThat(m.load(s, part)).isEqualTo(1);
          VmSpace child = m.fork(s);
          m.store(child, part, 9);
          s.unmap(va, 4 * PAGE);
          assertThat(m.load(s, again + PAGE)).isEqualTo(9);
          child.release();
          s.release();
        });
  }

  @Test
  @DisplayName("F32 a file that is mapped twice may end below the second mapping")
  void doublesFile() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(3);
          int va = f.map(s, 1, 2, RW, true);
          int again = TestMachine.ok(s.remap(va + PAGE, 0, 4 * PAGE, MOVE, 0));
          assertThat(m.load(s, again)).isEqualTo(0x42);
          m.store(s, again, 7);
          assertThat(m.load(s, va + PAGE)).isEqualTo(7);
          assertThat(m.readFault(s, again + PAGE)).isEqualTo(FaultResult.BEYOND_OBJECT);
          s.release();
        });
  }

  @Test
  @DisplayName("what is private, too short, a device's or not there is not mapped twice")
  void doesNotDouble() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int mine = m.anon(s, 2);
          m.store(s, mine, 1);
          TestMachine.TestFile f = m.file(2);
          int copy = f.map(s, 0, 2, RW, false);
          int va = shared(s, 2);
          DevicePager device = new DevicePager(m.vm, (page, rights) -> 0xE0000 + page);
          VmObject o = device.object(0, 2, RW);
          assertThat(o).isNotNull();
          if (o == null) {
            return;
          }
          int screen =
              TestMachine.ok(s.mapObject(0x4000_0000, 2 * PAGE, RW, RW, true, o, 0, false, 0));
          int before = s.map().count();
          refused(s.remap(mine, 0, PAGE, MOVE, 0), KernReturn.INVALID_ARGUMENT);
          refused(s.remap(copy, 0, PAGE, MOVE, 0), KernReturn.INVALID_ARGUMENT);
          refused(s.remap(va, 0, 3 * PAGE, MOVE, 0), KernReturn.INVALID_ADDRESS);
          refused(s.remap(va, 0, PAGE, 0, 0), KernReturn.NO_SPACE);
          refused(s.remap(va, 0, 0x7FFF_F000, MOVE, 0), KernReturn.INVALID_ADDRESS);
          refused(s.remap(0x7000_0000, 0, PAGE, MOVE, 0), KernReturn.INVALID_ADDRESS);
          refused(s.remap(screen, 0, PAGE, MOVE, 0), KernReturn.INVALID_ADDRESS);
          assertThat(s.map().count()).isEqualTo(before);
          // Over itself: what was to be doubled has gone before.
          refused(s.remap(va, 0, 2 * PAGE, MOVE | VmSpace.FIXED, va), KernReturn.INVALID_ADDRESS);
          s.release();
        });
  }

  @Test
  @DisplayName("DV1 a mapping of a device moves and shrinks, but does not grow")
  void device() {
    m.run(
        () -> {
          VmSpace s = m.space();
          DevicePager device = new DevicePager(m.vm, (page, rights) -> 0xE0000 + page);
          VmObject o = device.object(0, 3, RW);
          assertThat(o).isNotNull();
          if (o == null) {
            return;
          }
          int va = TestMachine.ok(s.mapObject(0x4000_0000, 3 * PAGE, RW, RW, true, o, 0, false, 0));
          refused(s.remap(va, 3 * PAGE, 4 * PAGE, MOVE, 0), KernReturn.INVALID_ADDRESS);
          assertThat(TestMachine.ok(s.remap(va, 3 * PAGE, 2 * PAGE, 0, 0))).isEqualTo(va);
          int to = 0x5000_0000;
          assertThat(TestMachine.ok(s.remap(va, 2 * PAGE, 2 * PAGE, MOVE | VmSpace.FIXED, to)))
              .isEqualTo(to);
          assertThat(m.readFault(s, to + PAGE).ok()).isTrue();
          s.release();
        });
  }

  private static void refused(MapResult result, KernReturn why) {
    assertThat(result.code()).isEqualTo(why);
  }
}
