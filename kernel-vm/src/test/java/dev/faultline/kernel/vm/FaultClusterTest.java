// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pager.DevicePager;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which pages a read from the pager takes along (F40–F58). */
final class FaultClusterTest {
  private final TestMachine m = TestMachine.small();

  private String readOf(int pages, int fault, Advice advice, int lastRead) {
    String[] read = new String[1];
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, pages, R, true);
          m.entry(s, va).behaviour = advice;
          m.entry(s, va).lastRead = lastRead;
          m.load(s, va + fault * PAGE);
          read[0] = f.pager.reads.getFirst();
        });
    return read[0];
  }

  @Test
  @DisplayName("F40 random access reads one page")
  void randomReadsOne() {
    assertThat(readOf(32, 20, Advice.RANDOM, 0)).isEqualTo("20-20");
  }

  @Test
  @DisplayName("F41 seven behind and eight ahead, cut at the entry")
  void window() {
    assertThat(readOf(32, 20, Advice.NORMAL, 0)).isEqualTo("13-28");
    assertThat(readOf(32, 3, Advice.NORMAL, 40)).isEqualTo("0-11");
    assertThat(readOf(32, 30, Advice.NORMAL, 0)).isEqualTo("23-31");
    assertThat(readOf(32, 31, Advice.NORMAL, 0)).isEqualTo("24-31");
  }

  @Test
  @DisplayName("F42 F43 sequential access reads ahead only, past the entry's end")
  void sequential() {
    assertThat(readOf(32, 0, Advice.NORMAL, 0)).isEqualTo("0-8");
    assertThat(readOf(32, 20, Advice.SEQUENTIAL, 0)).isEqualTo("20-35");
    assertThat(readOf(32, 30, Advice.NORMAL, 30)).isEqualTo("30-38");
  }

  @Test
  @DisplayName("F44 F47 H2 what a sequential reader has passed goes: dirty inactive, clean cached")
  void letsGoBehind() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, RW, true);
          m.store(s, va + 5 * PAGE, 1);
          for (int i = 0; i < 8; i++) {
            m.load(s, va + i * PAGE);
          }
          m.entry(s, va).lastRead = 9;
          VmPage wired = f.object.lookup(6);
          assertThat(wired).isNotNull();
          if (wired != null) {
            wired.wire();
          }
          m.load(s, va + 19 * PAGE);
          assertThat(queueOf(f, 5)).isEqualTo("inactive");
          assertThat(queueOf(f, 7)).isEqualTo("cache");
          assertThat(queueOf(f, 0)).isEqualTo("cache");
          assertThat(queueOf(f, 6)).isEqualTo("none");
          assertThat(s.pmap().isMapped(va + 7 * PAGE)).isFalse();
          if (wired != null) {
            wired.unwire(true);
          }
        });
  }

  private static String queueOf(TestMachine.TestFile f, int index) {
    VmPage p = f.object.lookup(index);
    return p == null ? "absent" : p.queueName();
  }

  @Test
  @DisplayName("F45 the scan backwards stops at the first absent page")
  void scanStopsAtHole() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          m.load(s, va);
          VmPage hole = f.object.lookup(3);
          assertThat(hole).isNotNull();
          if (hole != null) {
            hole.setBusy();
            hole.free();
          }
          m.load(s, va + 9 * PAGE);
          assertThat(queueOf(f, 4)).isEqualTo("cache");
          assertThat(queueOf(f, 2)).isNotEqualTo("cache");
        });
  }

  @Test
  @DisplayName("F48 the entry remembers where sequential access goes on")
  void remembersLastRead() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          m.entry(s, va).behaviour = Advice.SEQUENTIAL;
          m.load(s, va + 20 * PAGE);
          assertThat(m.entry(s, va).lastRead).isEqualTo(36);
          m.entry(s, va).behaviour = Advice.RANDOM;
          m.load(s, va + 9 * PAGE);
          assertThat(m.entry(s, va).lastRead).isEqualTo(10);
        });
  }

  @Test
  @DisplayName("F49 the map is free while the pager works")
  void mapFreeDuringRead() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          f.pager.gateClosed = true;
          m.thread(s, () -> m.load(s, va));
          m.scheduler.yieldNow();
          assertThat(f.pager.atGate).isEqualTo(1);
          int other = m.anon(s, 1);
          m.store(s, other, 1);
          f.pager.open();
          m.scheduler.yieldNow();
          assertThat(s.pmap().isMapped(va)).isTrue();
        });
  }

  @Test
  @DisplayName("F51 F60 DV4 a device's page replaces the one allocated; RAM is given back")
  void devicePage() {
    m.run(
        () -> {
          VmSpace s = m.space();
          DevicePager device = new DevicePager(m.vm, (page, protection) -> 0xE0000 + page);
          VmObject o = device.object(0, 16, RW);
          assertThat(o).isNotNull();
          if (o == null) {
            return;
          }
          int va =
              TestMachine.ok(s.mapObject(0x2000_0000, 16 * PAGE, RW, RW, true, o, 0, false, 0));
          int free = m.vm.state().free();
          assertThat(m.readFault(s, va + 3 * PAGE)).isEqualTo(FaultResult.RESOLVED);
          assertThat(s.pmap().extract(va + 3 * PAGE)).isEqualTo(0xE000_3000L);
          // One frame went into the page table.
          assertThat(free - m.vm.state().free()).isEqualTo(1);
          assertThat(o.residentPages()).isEqualTo(1);
          int wired = m.vm.state().wired();
          assertThat(s.wire(va, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          assertThat(s.unwire(va, PAGE)).isEqualTo(KernReturn.SUCCESS);
          s.release();
        });
  }

  @Test
  @DisplayName("F52 F62 a pager without the page is not called, and the walk goes on")
  void absentPage() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          f.pager.pages.remove(2);
          int va = f.map(s, 0, 4, R, true);
          assertThat(m.load(s, va + 2 * PAGE)).isZero();
          assertThat(f.pager.reads).isEmpty();
          assertThat(m.count(Counter.V_ZFOD)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F53 F54 the pager's neighbours limit the window")
  void pagerLimits() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          f.pager.before = 0;
          f.pager.after = 0;
          m.load(s, va + 20 * PAGE);
          f.pager.after = 3;
          m.load(s, va + 40 * PAGE);
          assertThat(f.pager.reads).containsExactly("20-20", "40-43");
        });
  }

  @Test
  @DisplayName("F55 H22 with little memory to spare one page is read and the daemon is called")
  void littleMemory() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          VmSpace hog = m.space();
          int hogged = m.anon(hog, 2000);
          int i = 0;
          while (m.vm.allocator.spare() > 6) {
            m.store(hog, hogged + i++ * PAGE, 1);
          }
          m.load(s, va + 20 * PAGE);
          assertThat(f.pager.reads).containsExactly("20-20");
          assertThat(m.vm.daemon.requested()).isTrue();
          hog.release();
        });
  }

  @Test
  @DisplayName("F56 the pages behind start above the nearest resident one")
  void behindStopsAtResident() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          VmPage p = f.object.grabPage(17);
          assertThat(p).isNotNull();
          if (p != null) {
            p.setValid(0xFF);
            p.activate();
            p.wakeup();
          }
          m.load(s, va + 20 * PAGE);
          assertThat(f.pager.reads).containsExactly("18-28");
        });
  }

  @Test
  @DisplayName("F57 a failed allocation behind gives all behind back")
  void behindAllocationFails() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          m.anon(s, 1);
          m.vm.allocator.failAfter(3);
          m.load(s, va + 20 * PAGE);
          assertThat(f.pager.reads).containsExactly("20-20");
          assertThat(f.object.residentPages()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F58 a failed allocation ahead keeps what there is")
  void aheadAllocationFails() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          m.vm.allocator.failAfter(1 + 7 + 2);
          m.load(s, va + 20 * PAGE);
          assertThat(f.pager.reads).containsExactly("13-22");
        });
  }

  @Test
  @DisplayName(
      "F46 the scan backwards goes on past pages that somebody uses, and leaves them alone")
  void scanSkips() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, R, true);
          m.load(s, va + 6 * PAGE);
          m.load(s, va);
          VmPage device = VmPage.fictitious(m.vm, 0xE0000);
          VmPage gone = page(f, 8);
          gone.setBusy();
          gone.free();
          f.object.insertPage(device, 8);
          device.wakeup();
          page(f, 7).wire();
          page(f, 6).hold();
          page(f, 5).beginIo();
          page(f, 4).setBusy();
          m.entry(s, va).lastRead = 9;
          m.load(s, va + 21 * PAGE);
          for (int i = 3; i >= 0; i--) {
            assertThat(queueOf(f, i)).as("page %d", i).isEqualTo("cache");
          }
          // Up to the nearest neighbours of the page, which were mapped again (PM27).
          for (int i = 9; i < 17; i++) {
            assertThat(queueOf(f, i)).as("page %d", i).isEqualTo("cache");
          }
          assertThat(f.object.lookup(8)).isSameAs(device);
          assertThat(page(f, 7).queueName()).isEqualTo("none");
          for (int i = 4; i < 7; i++) {
            assertThat(queueOf(f, i)).as("page %d", i).isIn("active", "inactive");
          }
          assertThat(s.pmap().isMapped(va + 6 * PAGE)).isTrue();
          page(f, 7).unwire(true);
          page(f, 6).unhold();
          page(f, 5).endIo();
          page(f, 4).wakeup();
          device.setBusy();
          device.free();
        });
  }

  private static VmPage page(TestMachine.TestFile f, int index) {
    VmPage p = f.object.lookup(index);
    if (p == null) {
      throw new AssertionError("page " + index + " is not resident");
    }
    return p;
  }

  @Test
  @DisplayName("H19 what only a mapping's dirty bit knows is seen before a page is called clean")
  void dirtyByMappingOnly() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(64);
          int va = f.map(s, 0, 64, RW, true);
          m.load(s, va + 3 * PAGE);
          m.load(s, va + 2 * PAGE);
          assertThat(m.readFault(s, va + 3 * PAGE)).isEqualTo(FaultResult.RESOLVED);
          m.store(s, va + 3 * PAGE, 9);
          VmPage p = page(f, 3);
          assertThat(p.dirty()).isZero();
          assertThat(s.pmap().isDirty(va + 3 * PAGE)).isTrue();
          m.entry(s, va).lastRead = 9;
          m.load(s, va + 15 * PAGE);
          assertThat(queueOf(f, 4)).isEqualTo("cache");
          assertThat(p.queueName()).isEqualTo("inactive");
          assertThat(p.dirty()).isEqualTo(0xFF);
          assertThat(m.load(s, va + 3 * PAGE)).isEqualTo(9);
        });
  }

  @Test
  @DisplayName(
      "F50 every request is of busy, ascending, contiguous pages of one object, 16 at most")
  void requests() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(200);
          int va = f.map(s, 10, 150, R, true);
          // The pager of the test checks each request; here is the sum of what it was asked for.
          int at = 7;
          for (int i = 0; i < 150; i++) {
            m.load(s, va + at * PAGE);
            at = (at + 37) % 150;
          }
          boolean[] read = new boolean[200];
          for (String request : f.pager.reads) {
            String[] ends = request.split("-", -1);
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[1]);
            assertThat(last - first).isBetween(0, 15);
            for (int i = first; i <= last; i++) {
              assertThat(read[i]).as("page %d twice", i).isFalse();
              read[i] = true;
            }
          }
          for (int i = 10; i < 160; i++) {
            assertThat(read[i]).as("page %d", i).isTrue();
          }
        });
  }
}
