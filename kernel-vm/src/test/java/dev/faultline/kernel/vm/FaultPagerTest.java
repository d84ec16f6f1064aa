// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a fault makes of a pager's answers (F30, F60–F68, H3, H9, H10). */
final class FaultPagerTest {
  private final TestMachine m = TestMachine.small();

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
  @DisplayName("F30 a wiring call reads from the pager only where the entry is wired")
  void wiringReadsOnlyWhereWired() {
    m.run(
        () -> {
          m.swap(10);
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 5);
          m.store(s, va + PAGE, 6);
          m.swapOut(s, va);
          m.swapOut(s, va + PAGE);
          assertThat(
                  m.moved(
                      Counter.V_SWAPIN,
                      () -> assertThat(m.fault(s, va, RW, FaultState.CHANGE_WIRING).ok()).isTrue()))
              .isZero();
          assertThat(
                  m.moved(
                      Counter.V_SWAPIN,
                      () -> assertThat(s.wire(va + PAGE, PAGE)).isEqualTo(KernReturn.SUCCESS)))
              .isEqualTo(1);
          assertThat(m.load(s, va + PAGE)).isEqualTo(6);
          s.release();
        });
  }

  @Test
  @DisplayName("F61 PI2 what the pager leaves out of the wanted page is zero, and valid")
  void restIsZero() {
    m.run(
        () -> {
          VmSpace before = m.space();
          int used = m.anon(before, 8);
          for (int i = 0; i < 8; i++) {
            m.store(before, used + i * PAGE + 1000, 0xEE);
          }
          before.release();
          VmSpace s = m.space();
          TestMachine.TestFile f = m.new TestFile(2, 5000);
          f.pager.pages.put(1, java.util.Arrays.copyOf(f.pager.page(1), 904));
          int va = f.map(s, 0, 2, R, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          assertThat(m.load(s, va + PAGE + 903)).isEqualTo(0x41);
          for (int i = 904; i < PAGE; i++) {
            assertThat(m.load(s, va + PAGE + i)).isZero();
          }
          assertThat(m.page(s, va + PAGE).fullyValid()).isTrue();
          assertThat(m.page(s, va + PAGE).dirty()).isZero();
        });
  }

  @Test
  @DisplayName("F63 an I/O error is told, frees the page and is FAILURE")
  void error() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          f.pager.nextRead = PagerResult.ERROR;
          FaultResult r = m.writeFault(s, va);
          assertThat(r).isEqualTo(FaultResult.PAGER_ERROR);
          assertThat(r.code()).isEqualTo(KernReturn.FAILURE);
          assertThat(m.messages)
              .containsExactly(
                  "vm_fault: pager read error at 20000000, pid "
                      + TestMachine.processOf(s).pid()
                      + " ("
                      + TestMachine.processOf(s).command()
                      + ")");
          assertThat(f.object.residentPages()).isZero();
          assertThat(m.object(s, va).residentPages()).isZero();
          f.pager.nextRead = PagerResult.OK;
          assertThat(m.load(s, va)).isEqualTo(0x40);
        });
  }

  @Test
  @DisplayName("F64 a pager without business there is PROTECTION_FAILURE, and nothing is told")
  void bad() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          f.pager.nextRead = PagerResult.BAD;
          FaultResult r = m.readFault(s, va);
          assertThat(r).isEqualTo(FaultResult.PAGER_BAD);
          assertThat(r.code()).isEqualTo(KernReturn.PROTECTION_FAILURE);
          assertThat(m.messages).isEmpty();
          assertThat(f.object.residentPages()).isZero();
        });
  }

  @Test
  @DisplayName("F65 H10 an I/O error at a kernel address is an error too, never zeros")
  void kernelError() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(1);
          f.object.reference();
          VmMap k = m.vm.kernelMap();
          k.lock();
          int at = k.findSpace(k.min, 1);
          k.insert(f.object, 0, at, at + 1, RW, RWX, Inheritance.NONE, 0);
          k.unlock();
          f.pager.nextRead = PagerResult.ERROR;
          assertThat(m.vm.fault.fault(k, at, R, FaultState.NORMAL))
              .isEqualTo(FaultResult.PAGER_ERROR);
          assertThat(m.count(Counter.V_ZFOD)).isZero();
          assertThat(k.pmap.isMapped(at << Page.SHIFT)).isFalse();
          assertThat(m.messages).singleElement().asString().endsWith("the kernel");
          k.lock();
          k.remove(at, at + 1);
          k.unlock();
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = PagerResult.class,
      names = {"OK", "FAIL", "BAD", "ERROR"})
  @DisplayName("F66 whatever the pager says, no page of the cluster stays busy")
  void nothingStaysBusy(PagerResult result) {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          f.pager.nextRead = result;
          m.readFault(s, va + 20 * PAGE);
          assertThat(f.pager.reads).contains("13-28");
          for (int i = 0; i < 64; i++) {
            VmPage p = f.object.lookup(i);
            assertThat(p == null || !p.isBusyAtAll()).as("page %d", i).isTrue();
          }
          int expected = result == PagerResult.OK ? 16 : result == PagerResult.FAIL ? 1 : 0;
          assertThat(f.object.residentPages()).isEqualTo(expected);
        });
  }

  @Test
  @DisplayName("F63 F66 an error in the read-ahead does not refuse the page that was asked for")
  void errorInReadAhead() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          f.pager.unreadable.add(25);
          int va = f.map(s, 0, 64, R, true);
          assertThat(m.load(s, va + 20 * PAGE)).isEqualTo(0x40 + 20);
          assertThat(f.pager.reads).containsExactly("13-28", "20-20");
          assertThat(f.object.residentPages()).isEqualTo(1);
          assertThat(TestMachine.processOf(s).majorFaults).isEqualTo(1);
          assertThat(m.messages).isEmpty();
          assertThat(m.readFault(s, va + 25 * PAGE)).isEqualTo(FaultResult.PAGER_ERROR);
          assertThat(m.messages).hasSize(1);
        });
  }

  @Test
  @DisplayName(
      "F68 the paging count goes down the chain with the fault; the first object keeps one")
  void pagingCounts() {
    m.run(
        () -> {
          TestSwap swap = m.swap(10);
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          m.store(s, va + 2 * PAGE, 7);
          VmSpace c1 = m.fork(s);
          m.store(c1, va, 1);
          VmSpace c2 = m.fork(c1);
          m.store(c2, va, 2);
          VmObject first = m.object(c2, va);
          VmObject middle = m.object(c1, va);
          VmObject bottom = m.object(s, va);
          assertThat(first.backing()).isSameAs(middle);
          assertThat(middle.backing()).isSameAs(bottom);
          m.swapOut(s, va + 2 * PAGE);
          swap.gateClosed = true;
          m.thread(c2, () -> assertThat(m.load(c2, va + 2 * PAGE)).isEqualTo(7));
          m.settle();
          assertThat(swap.atGate).isEqualTo(1);
          assertThat(first.paging()).isEqualTo(1);
          assertThat(middle.paging()).isZero();
          assertThat(bottom.paging()).isEqualTo(1);
          swap.open();
          m.settle();
          assertThat(first.paging() + bottom.paging()).isZero();
          assertThat(c2.pmap().isMapped(va + 2 * PAGE)).isTrue();
        });
  }

  @Test
  @DisplayName("H3 F48 after a sleep in one pager the next one is asked by copies of the entry")
  void entryGoneBetweenPagers() {
    m.run(
        () -> {
          TestSwap swap = m.swap(10);
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(40);
          int va = f.map(s, 0, 40, RW, false);
          m.store(s, va + 20 * PAGE, 1);
          VmObject first = m.object(s, va);
          m.swapOut(s, va + 20 * PAGE);
          swap.gateClosed = true;
          f.object.removePages(0, 0, false);
          f.pager.reads.clear();
          FaultResult[] result = new FaultResult[1];
          m.thread(s, () -> result[0] = m.readFault(s, va + 20 * PAGE));
          m.settle();
          assertThat(swap.atGate).isEqualTo(1);
          // Its block goes, so that swap will say FAIL; its entry goes; the next one is like it.
          swap.free(first, 20, 1);
          first.reference();
          m.thread(s, () -> s.unmap(va, 40 * PAGE));
          m.settle();
          int other = TestMachine.ok(s.mapAnonymous(va, 4 * PAGE, RW, RWX, false, true));
          m.entry(s, other).behaviour = Advice.RANDOM;
          swap.open();
          m.settle();
          assertThat(result[0]).isEqualTo(FaultResult.NO_ENTRY);
          assertThat(f.pager.reads).as("a window of the old entry").containsExactly("13-28");
          assertThat(m.entry(s, other).lastRead).isZero();
          first.deallocate();
        });
  }

  @ParameterizedTest
  @EnumSource(
      value = PagerResult.class,
      names = {"BAD", "ERROR"})
  @DisplayName("H9 a page with data outlives a pager's refusal, dirt and all")
  void refusalKeepsData(PagerResult result) {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          VmPage p = partlyValid(f.object, 0, 0x77);
          f.pager.nextRead = result;
          assertThat(m.readFault(s, va).ok()).isFalse();
          assertThat(f.object.lookup(0)).isSameAs(p);
          assertThat(p.valid()).isEqualTo(0x01);
          assertThat(p.dirty()).isEqualTo(0x01);
          assertThat(p.isBusyAtAll()).isFalse();
          assertThat(m.memory.read8(p.address())).isEqualTo(0x77);
          assertThat(m.vm.pmaps().mappings(p)).isZero();
        });
  }

  @Test
  @DisplayName("F62 H9 a page with data, mapped already, survives a pager that has none")
  void failKeepsMappedPage() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          m.store(s, va, 9);
          VmPage p = m.page(s, va);
          p.testDirty();
          p.setMasks(0x01, 0x01);
          f.pager.nextRead = PagerResult.FAIL;
          assertThat(m.fault(s, va, Protection.READ, FaultState.NORMAL).ok()).isTrue();
          assertThat(m.page(s, va)).isSameAs(p);
          assertThat(m.load(s, va)).isEqualTo(9);
          assertThat(m.load(s, va + 600)).isZero();
        });
  }
}
