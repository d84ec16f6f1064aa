// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.pager.DevicePager;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Memory of a device that processes map (DV1–DV8). */
final class DeviceMemoryTest {
  private static final int FIRST_FRAME = 0xE0000;
  private static final int DEVICE_PAGES = 16;

  private final TestMachine m = TestMachine.small();

  /** Where the driver has its memory; and it lets nobody execute there. */
  private int firstFrame = FIRST_FRAME;

  private final DevicePager pager =
      new DevicePager(
          m.vm,
          (page, protection) ->
              page < DEVICE_PAGES && (protection & Protection.EXECUTE) == 0
                  ? firstFrame + page
                  : -1);

  private VmObject object(int first, int pages) {
    VmObject o = pager.object(first, pages, RW);
    if (o == null) {
      throw new AssertionError("refused");
    }
    return o;
  }

  private int map(VmSpace s, int pages) {
    VmObject o = object(0, pages);
    return TestMachine.ok(s.mapObject(0x2000_0000, pages * PAGE, RW, RW, true, o, 0, false, 0));
  }

  @Test
  @DisplayName("DV1 the driver must accept every page of the range, with those rights")
  void driverJudges() {
    m.run(
        () -> {
          assertThat(pager.object(0, DEVICE_PAGES + 1, R)).isNull();
          assertThat(pager.object(DEVICE_PAGES, 1, R)).isNull();
          assertThat(pager.object(-1, 1, R)).isNull();
          assertThat(pager.object(0, 1, R | Protection.EXECUTE)).isNull();
          assertThat(pager.object(Integer.MAX_VALUE, 2, R)).isNull();
          VmObject o = pager.object(DEVICE_PAGES - 1, 1, RW);
          assertThat(o).isNotNull();
          if (o != null) {
            o.deallocate();
          }
        });
  }

  @Test
  @DisplayName("DV2 one object for all mappings, as large as the largest of them")
  void oneObject() {
    m.run(
        () -> {
          VmObject a = object(0, 4);
          VmObject b = object(2, 8);
          VmObject c = object(0, 1);
          assertThat(b).isSameAs(a);
          assertThat(c).isSameAs(a);
          assertThat(a.size()).isEqualTo(10);
          assertThat(a.references()).isEqualTo(3);
          a.deallocate();
          a.deallocate();
          a.deallocate();
          VmObject later = object(0, 1);
          assertThat(later).isNotSameAs(a);
          later.deallocate();
        });
  }

  @Test
  @DisplayName("DV3 a fork shares it, a private mapping too; it is on no queue and has no PV entry")
  void alwaysShared() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject o = object(0, 2);
          int va =
              TestMachine.ok(s.mapObject(0x2000_0000, 2 * PAGE, RW, RW, false, o, 0, false, 0));
          assertThat(m.writeFault(s, va)).isEqualTo(FaultResult.RESOLVED);
          VmSpace child = m.fork(s);
          assertThat(m.writeFault(child, va)).isEqualTo(FaultResult.RESOLVED);
          assertThat(child.pmap().extract(va)).isEqualTo(0xE000_0000L);
          assertThat(s.pmap().extract(va)).isEqualTo(0xE000_0000L);
          assertThat(s.pmap().isWritable(va) && child.pmap().isWritable(va)).isTrue();
          assertThat(m.object(child, va)).isSameAs(o);
          VmPage p = o.lookup(0);
          assertThat(p).isNotNull();
          if (p != null) {
            assertThat(p.queueName()).isEqualTo("none");
            assertThat(m.vm.pmaps().mappings(p)).isZero();
          }
          assertThat(m.count(Counter.V_COW_FAULTS)).isZero();
          child.release();
          s.release();
        });
  }

  @Test
  @DisplayName("DV4 PI4 the page given in is freed, a fictitious one stands for the device's frame")
  void fictitiousPage() {
    m.run(
        () -> {
          VmObject o = object(0, 4);
          int free = m.vm.state().free();
          VmPage[] pages = new VmPage[2];
          for (int i = 0; i < 2; i++) {
            VmPage p = o.grabPage(i + 1);
            assertThat(p).isNotNull();
            if (p != null) {
              pages[i] = p;
            }
          }
          assertThat(o.getPages(pages, 2, 1)).isEqualTo(PagerResult.OK);
          assertThat(m.vm.state().free()).isEqualTo(free);
          assertThat(o.lookup(1)).isNull();
          VmPage p = o.lookup(2);
          assertThat(p).isNotNull();
          if (p != null) {
            assertThat(p.has(VmPage.FICTITIOUS) && p.isBusy()).isTrue();
            assertThat(p.wireCount()).isEqualTo(1);
            assertThat(p.valid()).isEqualTo(0xFF);
            assertThat(p.dirty()).isZero();
            assertThat(p.frame()).isEqualTo(FIRST_FRAME + 2);
            firstFrame = 0xE1000;
            assertThat(o.getPages(new VmPage[] {p}, 1, 0)).isEqualTo(PagerResult.OK);
            assertThat(o.lookup(2)).isSameAs(p);
            assertThat(p.frame()).isEqualTo(0xE1002);
            p.wakeup();
          }
          o.deallocate();
        });
  }

  @Test
  @DisplayName("DV5 PI5 it has every page, and none comes along: no cluster")
  void neverClusters() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = map(s, DEVICE_PAGES);
          Pager.Neighbours around = new Pager.Neighbours();
          around.set(5, 5);
          assertThat(pager.hasPage(m.object(s, va), 3, around)).isTrue();
          assertThat(around.before + around.after).isZero();
          m.readFault(s, va + 8 * PAGE);
          assertThat(m.object(s, va).residentPages()).isEqualTo(1);
          assertThat(s.pmap().residentCount()).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName("DV6 a page that was let go is used again: a device has as many as pages at most")
  void recycled() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = map(s, 2);
          m.readFault(s, va);
          VmObject o = m.object(s, va);
          VmPage first = o.lookup(0);
          int free = m.vm.state().free();
          for (int i = 0; i < 5; i++) {
            o.removePages(0, 1, true);
            assertThat(o.lookup(0)).isNull();
            assertThat(m.readFault(s, va)).isEqualTo(FaultResult.RESOLVED);
            assertThat(o.lookup(0)).isSameAs(first);
          }
          s.unmap(va, 2 * PAGE);
          int again = map(s, 2);
          m.readFault(s, again);
          assertThat(m.object(s, again).lookup(0)).isSameAs(first);
          assertThat(m.vm.state().free()).isEqualTo(free);
          s.release();
        });
  }

  @Test
  @DisplayName("DV7 H16 wiring, holding and queueing change nothing")
  void wiring() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = map(s, 2);
          m.writeFault(s, va);
          VmPage p = m.object(s, va).lookup(0);
          assertThat(p).isNotNull();
          if (p == null) {
            return;
          }
          int wired = m.vm.state().wired();
          assertThat(s.wire(va, 2 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          assertThat(p.wireCount()).isEqualTo(1);
          VmPage[] held = new VmPage[1];
          assertThat(HeldPages.hold(s, va, PAGE, true, held)).isZero();
          p.hold();
          p.activate();
          p.deactivate();
          p.cache();
          p.unhold();
          assertThat(p.holdCount()).isZero();
          assertThat(p.queueName()).isEqualTo("none");
          assertThat(s.unwire(va, 2 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          assertThat(p.wireCount()).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName("DV8 mappings go with the map's operations")
  void unmap() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = map(s, 2);
          m.writeFault(s, va);
          m.writeFault(s, va + PAGE);
          s.protect(va, PAGE, R);
          assertThat(s.pmap().isWritable(va)).isFalse();
          s.unmap(va, PAGE);
          assertThat(s.pmap().isMapped(va)).isFalse();
          assertThat(s.pmap().isMapped(va + PAGE)).isTrue();
          s.release();
        });
  }

  @Test
  @DisplayName("PI6 device memory is never paged out")
  void neverPagedOut() {
    m.run(
        () -> {
          VmObject o = object(0, 1);
          assertThatThrownBy(() -> pager.putPages(o, new VmPage[1], 1, 0, new PagerResult[1]))
              .isInstanceOf(KernelPanic.class);
          o.deallocate();
        });
  }
}
