// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.MemoryPressure.leave;
import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.pager.PhysicalPager;
import dev.faultline.kernel.sched.KernelPanic;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Memory that is never paged (PH1–PH3). */
final class PhysicalMemoryObjectTest {
  private final TestMachine m = TestMachine.small();
  private final PhysicalPager pager = new PhysicalPager(m.vm);

  private int map(VmSpace s, VmObject o, int pages) {
    return TestMachine.ok(s.mapObject(0x2000_0000, pages * PAGE, RW, RW, true, o, 0, false, 0));
  }

  @Test
  @DisplayName("PH1 pages are zero, valid, clean, on no queue, without PV entries; never reclaimed")
  void neverReclaimed() {
    m.run(
        () -> {
          // Frames that were used before must come as zeros, too.
          VmSpace before = m.space();
          int used = m.anon(before, 800);
          for (int i = 0; i < 800; i++) {
            m.store(before, used + i * PAGE, 0xEE);
          }
          before.release();
          VmSpace s = m.space();
          VmObject o = pager.allocate(300);
          int va = map(s, o, 300);
          for (int i = 0; i < 300; i++) {
            assertThat(m.load(s, va + i * PAGE)).isZero();
            m.store(s, va + i * PAGE, i);
          }
          for (VmPage p = o.firstPage(); p != null; p = p.objectNext) {
            assertThat(p.has(VmPage.UNMANAGED)).isTrue();
            assertThat(p.has(VmPage.ZERO)).isFalse();
            assertThat(p.queueName()).isEqualTo("none");
            assertThat(p.isBusy()).isFalse();
            assertThat(p.valid()).isEqualTo(0xFF);
          }
          assertThat(m.vm.pmaps().pvEntries()).isZero();
          leave(m, 40);
          for (int pass = 0; pass < 10; pass++) {
            m.vm.daemon.scan(pass);
          }
          assertThat(o.residentPages()).isEqualTo(300);
          for (int i = 0; i < 300; i++) {
            assertThat(m.load(s, va + i * PAGE)).isEqualTo(i & 0xFF);
          }
          s.release();
        });
  }

  @Test
  @DisplayName("PH1 PI1 the whole array is filled, only the wanted page stays busy")
  void wholeArray() {
    m.run(
        () -> {
          VmObject o = pager.allocate(8);
          VmPage[] pages = new VmPage[3];
          for (int i = 0; i < 3; i++) {
            VmPage p = o.grabPage(i + 2);
            if (p != null) {
              pages[i] = p;
            }
          }
          assertThat(o.getPages(pages, 3, 1)).isEqualTo(PagerResult.OK);
          assertThat(pages[0].isBusy() || pages[2].isBusy()).isFalse();
          assertThat(pages[1].isBusy()).isTrue();
          assertThat(pages[0].fullyValid() && pages[1].fullyValid() && pages[2].fullyValid())
              .isTrue();
          pages[1].wakeup();
          o.deallocate();
        });
  }

  @Test
  @DisplayName("PH2 neighbours reach to the ends of a window of 1024 pages; a fault takes 16")
  void window() {
    m.run(
        () -> {
          VmObject o = pager.allocate(3000);
          Pager.Neighbours around = new Pager.Neighbours();
          assertThat(pager.hasPage(o, 1024 + 10, around)).isTrue();
          assertThat(around.before).isEqualTo(10);
          assertThat(around.after).isEqualTo(1013);
          VmSpace s = m.space();
          int va = map(s, o, 100);
          m.readFault(s, va + 50 * PAGE);
          assertThat(o.residentPages()).isEqualTo(16);
          s.release();
        });
  }

  @Test
  @DisplayName("PH3 PH1 pages go at the end of the object, not before; their frames are free then")
  void end() {
    m.run(
        () -> {
          int free = m.vm.state().free();
          VmSpace s = m.space();
          VmObject o = pager.allocate(10);
          int va = map(s, o, 10);
          m.store(s, va, 7);
          assertThatThrownBy(() -> o.removePages(0, 0, false)).isInstanceOf(KernelPanic.class);
          assertThatThrownBy(() -> pager.putPages(o, new VmPage[1], 1, 0, new PagerResult[1]))
              .isInstanceOf(KernelPanic.class);
          s.discard(va, PAGE);
          assertThat(m.load(s, va)).isEqualTo(7);
          s.release();
          assertThat(m.vm.state().free()).isEqualTo(free);
        });
  }

  @Test
  @DisplayName("PH1 H16 wiring counts and is undone though there is no PV entry")
  void wiring() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = map(s, pager.allocate(2), 2);
          m.store(s, va, 1);
          int wired = m.vm.state().wired();
          assertThat(s.wire(va, 2 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.vm.state().wired()).isEqualTo(wired + 2);
          assertThat(s.unwire(va, 2 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          VmPage[] held = new VmPage[1];
          assertThat(HeldPages.hold(s, va, PAGE, true, held)).isEqualTo(1);
          assertThat(held[0].holdCount()).isEqualTo(1);
          HeldPages.unhold(held, 1, true);
          s.release();
        });
  }
}
