// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What holds between the VM system and any pager (PI1–PI7, DP1, DP2). */
final class PagerContractTest {
  private final TestMachine m = TestMachine.small();

  private VmPage[] busy(VmObject o, int from, int count) {
    VmPage[] pages = new VmPage[count];
    for (int i = 0; i < count; i++) {
      VmPage p = o.grabPage(from + i);
      if (p == null) {
        throw new AssertionError("no page");
      }
      pages[i] = p;
    }
    return pages;
  }

  private int busyPages(VmObject o) {
    int n = 0;
    for (VmPage p = o.firstPage(); p != null; p = p.objectNext) {
      n += p.isBusyAtAll() ? 1 : 0;
    }
    return n;
  }

  /** What the caller of the pager owes the wanted page. */
  private static void dispose(VmPage wanted) {
    if (wanted.fullyValid()) {
      wanted.activate();
      wanted.wakeup();
    } else {
      wanted.free();
    }
  }

  @Test
  @DisplayName("PI1 PI3 F66 after any result no other page is busy, and the wanted one is there")
  void noStrayBusyPage() {
    m.run(
        () -> {
          for (PagerResult result :
              new PagerResult[] {
                PagerResult.OK, PagerResult.FAIL, PagerResult.BAD, PagerResult.ERROR
              }) {
            TestMachine.TestFile f = m.file(8);
            f.pager.nextRead = result;
            VmPage[] pages = busy(f.object, 2, 4);
            assertThat(f.object.getPages(pages, 4, 2)).isEqualTo(result);
            VmPage wanted = f.object.lookup(4);
            assertThat(wanted).isNotNull();
            assertThat(busyPages(f.object)).isEqualTo(1);
            if (wanted != null) {
              assertThat(wanted.isBusy()).isTrue();
              assertThat(wanted.fullyValid()).isEqualTo(result == PagerResult.OK);
              dispose(wanted);
            }
          }
        });
  }

  @Test
  @DisplayName("PI1 F63 F64 a fault leaves no busy page either, whatever the pager said")
  void faultsLeaveNothing() {
    m.run(
        () -> {
          for (PagerResult result :
              new PagerResult[] {
                PagerResult.OK, PagerResult.FAIL, PagerResult.BAD, PagerResult.ERROR
              }) {
            VmSpace s = m.space();
            TestMachine.TestFile f = m.file(8);
            int va = f.map(s, 0, 8, R, true);
            f.pager.nextRead = result;
            m.readFault(s, va + 3 * PAGE);
            assertThat(busyPages(f.object)).as(result.name()).isZero();
            assertThat(f.object.paging()).isZero();
          }
        });
  }

  @Test
  @DisplayName("PI2 OK makes the wanted page readable: what the pager left invalid is zero")
  void invalidChunksAreZeroed() {
    m.run(
        () -> {
          Pager half =
              new Pager() {
                @Override
                public boolean hasPage(VmObject object, int index, Neighbours around) {
                  around.set(0, 0);
                  return true;
                }

                @Override
                public PagerResult getPages(VmObject o, VmPage[] pages, int count, int wanted) {
                  VmPage p = pages[wanted];
                  m.memory.fill(p.address(), PAGE, 0x77);
                  p.clear(VmPage.ZERO);
                  p.setValidClean(0, 2 * VmPage.CHUNK);
                  return PagerResult.OK;
                }

                @Override
                public void putPages(
                    VmObject o, VmPage[] pages, int count, int flags, PagerResult[] results) {
                  throw new AssertionError("nothing is written");
                }
              };
          VmObject o = VmObject.forDevice(m.vm, this, half, 1);
          VmPage[] pages = busy(o, 0, 1);
          assertThat(o.getPages(pages, 1, 0)).isEqualTo(PagerResult.OK);
          assertThat(pages[0].fullyValid()).isTrue();
          assertThat(m.memory.read8(pages[0].address() + 1023)).isEqualTo(0x77);
          assertThat(m.memory.read32(pages[0].address() + 1024)).isZero();
          assertThat(m.memory.read32(pages[0].address() + 4092)).isZero();
          pages[0].wakeup();
          o.deallocate();
        });
  }

  @Test
  @DisplayName("PI5 a pager without the page tells no neighbours")
  void neighbours() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(4);
          Pager.Neighbours around = new Pager.Neighbours();
          assertThat(f.object.pagerHas(1, around)).isTrue();
          assertThat(around.before).isEqualTo(1);
          assertThat(around.after).isEqualTo(2);
          assertThat(f.object.pagerHas(9, around)).isFalse();
          assertThat(around.before + around.after).isZero();
          VmObject plain = VmObject.anonymous(m.vm, 4);
          around.set(3, 3);
          assertThat(plain.pagerHas(0, around)).isFalse();
          assertThat(around.before + around.after).isZero();
          plain.deallocate();
        });
  }

  @Test
  @DisplayName("PI7 S30 a write fault tells the pager that its copy is worthless; a read does not")
  void unswapped() {
    m.run(
        () -> {
          TestSwap swap = m.swap(10);
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 5);
          VmPage p = MemoryPressure.inactive(m, s, va);
          m.vm.pageOut.cleanCluster(p);
          s.pmap().remove(va >>> 12, (va >>> 12) + 1);
          assertThat(m.load(s, va)).isEqualTo(5);
          assertThat(swap.used()).isEqualTo(1);
          s.pmap().remove(va >>> 12, (va >>> 12) + 1);
          m.store(s, va, 6);
          assertThat(swap.used()).isZero();
          TestMachine.TestFile f = m.file(1);
          int file = f.map(s, 0, 1, RW, true);
          m.store(s, file, 1);
          assertThat(f.pager.page(0)[0]).as("a file keeps its page").isEqualTo((byte) 0x40);
        });
  }

  @Test
  @DisplayName("DP1 anonymous memory has nothing to read; its first page-out makes it swap's")
  void defaultPager() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, VmObject.pagesOf(2L * PAGE + 5000));
          assertThat(o.size()).isEqualTo(4);
          assertThat(o.type()).isEqualTo(ObjectType.DEFAULT);
          VmPage[] pages = busy(o, 0, 2);
          assertThat(o.getPages(pages, 2, 0)).isEqualTo(PagerResult.FAIL);
          assertThat(o.lookup(1)).isNull();
          assertThat(pages[0].isBusy()).isTrue();
          pages[0].zeroInvalid(true);
          pages[0].makeDirty();
          pages[0].activate();
          pages[0].wakeup();
          PagerResult[] results = new PagerResult[1];
          assertThat(m.vm.pageOut.flush(o, pages, 1, 0, results)).as("no swap").isZero();
          assertThat(results[0]).isEqualTo(PagerResult.FAIL);
          assertThat(o.type()).as("S10").isEqualTo(ObjectType.SWAP);
          o.deallocate();
        });
  }

  @Test
  @DisplayName("DP2 F30 after a page-out a fault asks swap, before it does not")
  void asksSwapAfterPageOut() {
    m.run(
        () -> {
          m.swap(10);
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 9);
          VmPage p = MemoryPressure.inactive(m, s, va);
          m.vm.pageOut.cleanCluster(p);
          p.setBusy();
          p.free();
          assertThat(m.moved(Counter.V_SWAPIN, () -> m.load(s, va))).isEqualTo(1);
          assertThat(m.load(s, va)).isEqualTo(9);
        });
  }

  @Test
  @DisplayName("PI3 PI6 an object that has ended has nothing and takes nothing: FAIL, AGAIN")
  void deadObject() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 2);
          o.deallocate();
          assertThat(o.type()).isEqualTo(ObjectType.DEAD);
          Pager.Neighbours around = new Pager.Neighbours();
          around.set(1, 1);
          assertThat(o.pagerHas(0, around)).isFalse();
          assertThat(around.before + around.after).isZero();
          PagerResult[] results = new PagerResult[2];
          o.pager().putPages(o, new VmPage[2], 2, 0, results);
          assertThat(results).containsOnly(PagerResult.AGAIN);
        });
  }
}
