// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard: pages of which only some chunks are valid, met anywhere in a chain (H7, H8). */
final class PartlyValidPageTest {
  private static final int VA = 0x2000_0000;

  private final TestMachine m = TestMachine.small();

  private static VmPage resident(VmObject o, int index) {
    VmPage p = o.lookup(index);
    if (p == null) {
      throw new AssertionError("no page " + index + " in " + o);
    }
    return p;
  }

  /** Puts a page there of which only the first chunk is valid, and dirty; all its bytes are set. */
  private VmPage partlyValid(VmObject o, int index, int bytes) {
    VmPage p = o.grabPage(index);
    if (p == null) {
      throw new AssertionError("no page");
    }
    m.memory.fillFrame(p.frame(), bytes);
    p.clear(VmPage.ZERO);
    p.setMasks(0x01, 0);
    p.makeDirty(0, VmPage.CHUNK);
    p.wakeup();
    return p;
  }

  @Test
  @DisplayName("H7 below, a partly valid page of an object without pager is completed and let go")
  void below() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          VmSpace child = m.fork(s);
          m.store(child, va + PAGE, 2);
          VmObject behind = m.object(s, va);
          VmPage p = resident(behind, 0);
          p.unmap();
          m.memory.fillFrame(p.frame(), 0x77);
          p.setMasks(0x01, 0x01);
          assertThat(m.load(child, va + 100)).isEqualTo(0x77);
          assertThat(m.load(child, va + 600)).isZero();
          assertThat(m.page(child, va)).isSameAs(p);
          assertThat(p.isBusyAtAll()).isFalse();
          assertThat(p.fullyValid()).isTrue();
          assertThat(m.load(s, va + 100)).isEqualTo(0x77);
        });
  }

  @Test
  @DisplayName("H8 a partly valid page in the first object takes what it lacks from below")
  void above() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, RW, false);
          m.store(s, va, 1);
          s.pmap().remove(Page.number(va), Page.number(va) + 2);
          VmPage own = partlyValid(m.object(s, va), 1, 0x77);
          assertThat(m.load(s, va + PAGE + 100)).isEqualTo(0x77);
          assertThat(m.load(s, va + PAGE + 600)).isEqualTo(0x41);
          assertThat(m.page(s, va + PAGE)).isSameAs(own);
          assertThat(own.dirty()).isEqualTo(0xFF);
          assertThat(f.pager.page(1)[100]).isEqualTo((byte) 0x41);
        });
  }

  /** A space whose first page was copied from the file, and so was its child's. */
  private VmSpace child(TestMachine.TestFile f) {
    VmSpace s = m.space();
    assertThat(f.map(s, 0, 3, RW, false)).isEqualTo(VA);
    m.store(s, VA, 1);
    // Which no child has: so its object cannot be stepped around (O14).
    m.store(s, VA + 2 * PAGE, 1);
    VmSpace child = m.fork(s);
    m.store(child, VA, 2);
    unmapAll(s);
    unmapAll(child);
    return child;
  }

  /** What neighbours were mapped along would hide the pages that a test puts there. */
  private static void unmapAll(VmSpace s) {
    s.pmap().remove(Page.number(VA), Page.number(VA) + 3);
  }

  private static VmObject behind(VmObject o) {
    VmObject behind = o.backing();
    if (behind == null) {
      throw new AssertionError("nothing behind " + o);
    }
    return behind;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("H8 H14 F68 a partly valid page below takes what it lacks from further down")
  void inTheMiddle(boolean swapped) {
    m.run(
        () -> {
          m.swap(10);
          TestMachine.TestFile f = m.file(3);
          VmSpace child = child(f);
          VmObject first = m.object(child, VA);
          VmObject middle = behind(first);
          if (swapped) {
            // Swap is asked, and does not have it.
            middle.becomeSwap();
          }
          VmPage p = partlyValid(middle, 1, 0x77);
          assertThat(m.load(child, VA + PAGE + 600)).isEqualTo(0x41);
          assertThat(m.load(child, VA + PAGE + 100)).isEqualTo(0x77);
          assertThat(m.page(child, VA + PAGE)).isSameAs(p);
          assertThat(p.dirty()).isEqualTo(0xFF);
          assertThat(p.isBusyAtAll()).isFalse();
          assertThat(f.pager.page(1)[100]).isEqualTo((byte) 0x41);
          assertThat(first.paging() + middle.paging() + f.object.paging()).isZero();
          // A write copies the whole of it.
          m.store(child, VA + PAGE, 3);
          assertThat(m.load(child, VA + PAGE + 600)).isEqualTo(0x41);
          assertThat(m.load(child, VA + PAGE + 100)).isEqualTo(0x77);
          assertThat(first.lookup(1)).isNotNull().isNotSameAs(p);
        });
  }

  @Test
  @DisplayName("H8 of several partly valid pages each gives what those above it lack")
  void atSeveralLevels() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(3);
          VmSpace child = child(f);
          VmSpace grandchild = m.fork(child);
          m.store(grandchild, VA, 4);
          unmapAll(grandchild);
          VmObject upper = behind(m.object(grandchild, VA));
          VmObject lower = behind(upper);
          VmPage own = partlyValid(upper, 1, 0x66);
          VmPage other = partlyValid(lower, 1, 0x77);
          other.setMasks(0x03, 0x03);
          assertThat(m.load(grandchild, VA + PAGE + 100)).isEqualTo(0x66);
          assertThat(m.load(grandchild, VA + PAGE + 600)).isEqualTo(0x77);
          assertThat(m.load(grandchild, VA + PAGE + 1100)).isEqualTo(0x41);
          assertThat(m.page(grandchild, VA + PAGE)).isSameAs(own);
          assertThat(other.valid()).isEqualTo(0x03);
          assertThat(other.isBusyAtAll()).isFalse();
        });
  }

  @Test
  @DisplayName("H8 F4 F63 a refusal further down lets a partly valid page go as it was")
  void refusedFurtherDown() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(3);
          VmSpace child = child(f);
          VmObject middle = behind(m.object(child, VA));
          VmPage p = partlyValid(middle, 1, 0x77);
          f.object.removePages(0, 0, false);
          f.pager.unreadable.add(1);
          assertThat(m.readFault(child, VA + PAGE)).isEqualTo(FaultResult.PAGER_ERROR);
          assertThat(p.isBusyAtAll()).isFalse();
          assertThat(p.valid()).isEqualTo(0x01);
          assertThat(middle.paging() + f.object.paging()).isZero();
          f.pager.unreadable.clear();
          assertThat(m.load(child, VA + PAGE + 600)).isEqualTo(0x41);
          assertThat(m.page(child, VA + PAGE)).isSameAs(p);
        });
  }

  @Test
  @DisplayName("H8 F23 who waits further down holds no partly valid page meanwhile")
  void waitsFurtherDown() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(3);
          VmSpace child = child(f);
          VmObject middle = behind(m.object(child, VA));
          VmPage p = partlyValid(middle, 1, 0x77);
          VmPage busy = f.object.grabPage(1);
          assertThat(busy).isNotNull();
          m.thread(child, () -> assertThat(m.load(child, VA + PAGE + 600)).isEqualTo(0x41));
          m.settle();
          assertThat(p.isBusyAtAll()).isFalse();
          assertThat(middle.paging() + f.object.paging()).isZero();
          if (busy != null) {
            busy.wakeup();
          }
          m.settle();
          assertThat(m.page(child, VA + PAGE)).isSameAs(p);
        });
  }

  @Test
  @DisplayName("H8 O12 a collapse joins partly valid pages, and what both lack stays invalid")
  void collapse() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          VmSpace child = m.fork(s);
          m.store(child, va, 2);
          VmObject first = m.object(child, va);
          VmPage own = partlyValid(first, 1, 0x66);
          partlyValid(behind(first), 1, 0x77).setMasks(0x03, 0x03);
          s.release();
          assertThat(first.backing()).isNull();
          assertThat(own.valid()).isEqualTo(0x03);
          assertThat(m.load(child, va + PAGE + 100)).isEqualTo(0x66);
          assertThat(m.load(child, va + PAGE + 600)).isEqualTo(0x77);
          assertThat(m.load(child, va + PAGE + 1100)).isZero();
        });
  }
}
