// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pager.DevicePager;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Wiring of ranges, and fork of what is wired (F99, F110–F125, M40–M50). */
final class WiringTest {
  private final TestMachine m = TestMachine.small();

  private KernReturn wireKernel(VmSpace s, int va, int pages) {
    int at = Page.number(va);
    return MapWire.wire(s.map(), at, at + pages, false);
  }

  @Test
  @DisplayName("F110 F99 each page is faulted and wired once, off its queue")
  void wires() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          m.store(s, va, 1);
          int wired = m.vm.state().wired();
          assertThat(wireKernel(s, va, 3)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.vm.state().wired()).isEqualTo(wired + 3);
          assertThat(m.page(s, va).wireCount()).isEqualTo(1);
          assertThat(m.page(s, va).queueName()).isEqualTo("none");
          assertThat(s.pmap().isWired(va)).isTrue();
          s.release();
        });
  }

  @Test
  @DisplayName("F111 M43 a failure unwires what was wired and passes the code up")
  void failureUndone() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 4, RW, true);
          assertThat(wireKernel(s, va, 4)).isEqualTo(KernReturn.PROTECTION_FAILURE);
          assertThat(m.page(s, va).wireCount()).isZero();
          assertThat(m.page(s, va).queueName()).isEqualTo("active");
          assertThat(m.entry(s, va).wiredCount).isZero();
          assertThat(s.map().count()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F112 F113 the kernel's wiring needs WRITE; mlock does not, and copies no text")
  void readOnly() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, false);
          assertThat(wireKernel(s, va, 1)).isEqualTo(KernReturn.PROTECTION_FAILURE);
          assertThat(s.wire(va, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.page(s, va).object()).isSameAs(f.object);
          s.release();
        });
  }

  @Test
  @DisplayName("F114 M45 PM22 unwiring keeps the mapping and activates the page")
  void unwires() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          s.wire(va, 2 * PAGE);
          int stamp = s.map().timestamp();
          assertThat(s.unwire(va, 2 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.map().timestamp()).isEqualTo(stamp + 2);
          assertThat(m.page(s, va).wireCount()).isZero();
          assertThat(m.page(s, va).queueName()).isEqualTo("active");
          assertThat(s.pmap().isMapped(va)).isTrue();
          assertThat(s.pmap().wiredCount()).isZero();
        });
  }

  @Test
  @DisplayName("F116 H20 a wired private page that is there may be written after all")
  void wiredPrivateWrite() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          s.wire(va, PAGE);
          s.protect(va, PAGE, R);
          s.protect(va, PAGE, RW);
          m.store(s, va, 3);
          TestMachine.TestFile g = m.file(1);
          int vb = g.map(s, 0, 1, R, false);
          s.wire(vb, PAGE);
          s.protect(vb, PAGE, RW);
          assertThat(m.writeFault(s, vb)).isEqualTo(FaultResult.PROTECTION);
          s.release();
        });
  }

  @Test
  @DisplayName("M19 F17 F95 P9 the copy that a read makes in a wired entry takes over the wiring")
  void copyTakesOverWiring() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(1);
          VmSpace other = m.space();
          int vo = f.map(other, 0, 1, R, false);
          other.wire(vo, PAGE);
          VmSpace s = m.space();
          int va = f.map(s, 0, 1, R, false);
          s.wire(va, PAGE);
          int wired = m.vm.state().wired();
          VmPage below = m.page(s, va);
          assertThat(below.wireCount()).isEqualTo(2);
          s.protect(va, PAGE, Protection.NONE);
          s.protect(va, PAGE, RW);
          assertThat(m.load(s, va)).isEqualTo(0x40);
          VmPage own = m.page(s, va);
          assertThat(own).isNotSameAs(below);
          assertThat(own.wireCount()).isEqualTo(1);
          assertThat(own.queueName()).isEqualTo("none");
          assertThat(s.pmap().isWired(va)).isTrue();
          assertThat(below.wireCount()).as("the other's").isEqualTo(1);
          assertThat(m.vm.state().wired()).isEqualTo(wired + 1);
          m.store(s, va, 7);
          m.check();
          s.unwire(va, PAGE);
          assertThat(own.wireCount()).isZero();
          assertThat(below.wireCount()).isEqualTo(1);
          other.unwire(vo, PAGE);
          assertThat(m.vm.state().wired()).isEqualTo(wired - 1);
          s.release();
        });
  }

  @Test
  @DisplayName("M19 M50 a copy made while the wiring is under way takes nobody else's wiring")
  void copyBeforeItIsWired() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(20);
          VmSpace other = m.space();
          int vo = f.map(other, 18, 1, R, false);
          other.wire(vo, PAGE);
          VmPage below = m.page(other, vo);
          VmSpace s = m.space();
          int va = f.map(s, 0, 20, RW, false);
          s.pmap().remove(Page.number(va), Page.number(va) + 20);
          f.pager.gateClosed = true;
          m.thread(s, () -> assertThat(s.wire(va, 20 * PAGE)).isEqualTo(KernReturn.SUCCESS));
          m.settle();
          assertThat(f.pager.atGate).isEqualTo(1);
          assertThat(m.load(s, va + 18 * PAGE)).isEqualTo(0x52);
          VmPage own = m.page(s, va + 18 * PAGE);
          assertThat(own).isNotSameAs(below);
          assertThat(own.wireCount()).isZero();
          assertThat(below.wireCount()).isEqualTo(1);
          f.pager.open();
          m.settle();
          assertThat(m.page(s, va + 18 * PAGE)).isSameAs(own);
          assertThat(own.wireCount()).isEqualTo(1);
          assertThat(below.wireCount()).isEqualTo(1);
          s.release();
          other.release();
        });
  }

  @Test
  @DisplayName("M19 F82 wiring undone during the fault's I/O is not taken over from others")
  void unwiredDuringTheFault() {
    m.run(
        () -> {
          TestSwap swap = m.swap(10);
          TestMachine.TestFile f = m.file(2);
          VmSpace other = m.space();
          int vo = f.map(other, 1, 1, R, false);
          other.wire(vo, PAGE);
          VmPage below = m.page(other, vo);
          VmSpace s = m.space();
          int va = f.map(s, 0, 2, RW, false);
          m.store(s, va, 1);
          m.swapOut(s, va);
          s.protect(va, 2 * PAGE, R);
          assertThat(s.wire(va + PAGE, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(below.wireCount()).isEqualTo(2);
          s.protect(va, 2 * PAGE, Protection.NONE);
          s.protect(va, 2 * PAGE, RW);
          // The object above the file is swap's: the fault asks it first, and sleeps there.
          swap.pretend(m.object(s, va), 1);
          swap.gateClosed = true;
          m.thread(s, () -> assertThat(m.load(s, va + PAGE)).isEqualTo(0x41));
          m.settle();
          assertThat(swap.atGate).isEqualTo(1);
          s.unwire(va, 2 * PAGE);
          assertThat(below.wireCount()).isEqualTo(1);
          swap.free(m.object(s, va), 1, 1);
          swap.open();
          m.settle();
          assertThat(below.wireCount()).isEqualTo(1);
          assertThat(s.pmap().isWired(va + PAGE)).isFalse();
          s.release();
          other.release();
        });
  }

  @Test
  @DisplayName("F12 M40 what may not be read is not wired in advance, and may be written later")
  void futureWiringOfNothing() {
    m.run(
        () -> {
          VmSpace s = m.space();
          s.wiring().setFuture(true);
          int va = m.anon(s, 2, Protection.NONE);
          assertThat(m.entry(s, va).wiredCount).isZero();
          assertThat(s.protect(va, PAGE, RW)).isEqualTo(KernReturn.SUCCESS);
          m.store(s, va, 5);
          int vb = m.anon(s, 2);
          assertThat(m.entry(s, vb).wiredCount).isEqualTo(1);
          assertThat(m.page(s, vb).wireCount()).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName("M40 mlock twice and munlock once leaves nothing wired")
  void userWiringCountsOnce() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          s.wire(va, PAGE);
          s.wire(va, PAGE);
          assertThat(m.entry(s, va).wiredCount).isEqualTo(1);
          s.unwire(va, PAGE);
          assertThat(m.entry(s, va).wiredCount).isZero();
        });
  }

  @Test
  @DisplayName("M41 M44 holes and unwired ranges are refused, and nothing changes")
  void refusals() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          assertThat(s.wire(va, 3 * PAGE)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(m.entry(s, va).wiredCount).isZero();
          int at = Page.number(va);
          assertThat(MapWire.unwire(s.map(), at, at + 1, true))
              .isEqualTo(KernReturn.INVALID_ARGUMENT);
          assertThat(MapWire.unwire(s.map(), at, at + 1, false))
              .isEqualTo(KernReturn.INVALID_ARGUMENT);
          assertThat(s.unwire(va, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.unwire(va, 3 * PAGE)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(s.map().count()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("M42 the private copy is prepared before the first page")
  void preparesShadow() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, RW, false);
          f.pager.gateClosed = true;
          m.thread(s, () -> s.wire(va, 2 * PAGE));
          m.scheduler.yieldNow();
          assertThat(m.object(s, va)).isNotSameAs(f.object);
          assertThat(m.object(s, va).residentPages()).isEqualTo(1);
          assertThat(m.entry(s, va).has(VmMapEntry.IN_TRANSITION)).isTrue();
          f.pager.open();
          m.scheduler.yieldNow();
          s.release();
        });
  }

  @Test
  @DisplayName("M47 user wiring has a limit")
  void wireLimit() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 500);
          assertThat(s.wire(va, 500 * PAGE)).isEqualTo(KernReturn.RESOURCE_SHORTAGE);
          assertThat(s.wire(va, 10 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          s.release();
        });
  }

  @Test
  @DisplayName("M14 M50 an unmap waits for a wiring that is under way")
  void unmapWaits() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, R, false);
          f.pager.gateClosed = true;
          m.thread(s, () -> assertThat(s.wire(va, 2 * PAGE)).isEqualTo(KernReturn.SUCCESS));
          m.scheduler.yieldNow();
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                s.unmap(va, 2 * PAGE);
                done[0] = true;
              });
          m.scheduler.yieldNow();
          assertThat(done[0]).isFalse();
          f.pager.open();
          for (int i = 0; i < 4; i++) {
            m.scheduler.yieldNow();
          }
          assertThat(done[0]).isTrue();
          assertThat(m.count(Counter.V_INTRANS_WAIT)).isPositive();
          assertThat(s.map().count()).isZero();
        });
  }

  @Test
  @DisplayName(
      "F120 F121 F123 F124 F125 H17 M64 fork copies wired pages at once, dirty and unwired")
  void forkOfWired() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          s.wire(va, 2 * PAGE);
          s.protect(va, 2 * PAGE, R);
          VmSpace child = m.fork(s);
          assertThat(m.object(child, va).backing()).isNull();
          VmPage copy = m.page(child, va);
          assertThat(copy).isNotSameAs(m.page(s, va));
          assertThat(copy.wireCount()).isZero();
          assertThat(copy.queueName()).isEqualTo("active");
          assertThat(copy.dirty()).isEqualTo(0xFF);
          assertThat(child.pmap().isWritable(va)).isFalse();
          assertThat(copy.has(VmPage.WRITEABLE)).isFalse();
          assertThat(m.entry(s, va).has(VmMapEntry.NEEDS_COPY)).isFalse();
          s.protect(va, 2 * PAGE, RW);
          m.store(s, va, 2);
          assertThat(m.load(child, va)).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName("F120 M20 what a child gets of an entry wired without WRITE is its own for good")
  void forkOfWiredReadOnly() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, false);
          s.wire(va, PAGE);
          s.protect(va, PAGE, RW);
          VmSpace child = m.fork(s);
          assertThat(m.entry(child, va).has(VmMapEntry.NEEDS_COPY)).isFalse();
          m.store(child, va, 5);
          VmSpace grandchild = m.fork(child);
          m.store(grandchild, va, 6);
          assertThat(m.load(child, va)).isEqualTo(5);
          m.store(child, va, 7);
          assertThat(m.load(grandchild, va)).isEqualTo(6);
          m.check();
          s.release();
          child.release();
        });
  }

  @Test
  @DisplayName("F122 H15 a wired page that lives in the file below is found")
  void forkOfWiredText() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, false);
          s.wire(va, PAGE);
          VmSpace child = m.fork(s);
          assertThat(m.load(child, va)).isEqualTo(0x40);
          s.release();
        });
  }

  @Test
  @DisplayName("F115 F110 F114 a wired range does not fault, and right after unwiring neither")
  void wiredDoesNotFault() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          assertThat(wireKernel(s, va, 3)).isEqualTo(KernReturn.SUCCESS);
          Runnable touch =
              () -> {
                for (int i = 0; i < 3; i++) {
                  m.store(s, va + i * PAGE, i);
                }
              };
          assertThat(m.moved(Counter.V_VM_FAULTS, touch)).isZero();
          int at = Page.number(va);
          assertThat(MapWire.unwire(s.map(), at, at + 3, false)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.moved(Counter.V_VM_FAULTS, touch)).isZero();
        });
  }

  @Test
  @DisplayName("H16 F114 unwiring a device's memory touches no frame of RAM")
  void unwireDevice() {
    m.run(
        () -> {
          VmSpace s = m.space();
          DevicePager device = new DevicePager(m.vm, (page, protection) -> 0xE0000 + page);
          VmObject o = device.object(0, 4, RW);
          assertThat(o).isNotNull();
          if (o == null) {
            return;
          }
          int va = TestMachine.ok(s.mapObject(0x2000_0000, 4 * PAGE, RW, RW, true, o, 0, false, 0));
          int wired = m.vm.state().wired();
          assertThat(s.wire(va, 4 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.pmap().isWired(va)).isTrue();
          assertThat(s.unwire(va, 4 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.pmap().isWired(va)).isFalse();
          assertThat(s.pmap().isMapped(va)).isTrue();
          // The page table apart, which the first page needed.
          assertThat(m.vm.state().wired()).isEqualTo(wired + 1);
          s.release();
        });
  }

  @Test
  @DisplayName("M43 a failure leaves what was wired before as it was, count and pages")
  void failureKeepsOlderWiring() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 4, RW, true);
          assertThat(wireKernel(s, va, 1)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.wire(va, 4 * PAGE)).isEqualTo(KernReturn.PROTECTION_FAILURE);
          assertThat(m.entry(s, va).wiredCount).isEqualTo(1);
          assertThat(m.entry(s, va).has(VmMapEntry.USER_WIRED)).isFalse();
          assertThat(m.page(s, va).wireCount()).isEqualTo(1);
          assertThat(m.entry(s, va + PAGE).wiredCount).isZero();
          assertThat(m.page(s, va + PAGE).wireCount()).isZero();
          s.release();
        });
  }

  @Test
  @DisplayName("M46 X3 quick wiring counts on every entry of the range")
  void quickWire() {
    m.run(
        () -> {
          VmMap k = m.vm.kernelMap();
          int at = k.min + 100;
          k.lock();
          k.insert(null, 0, at, at + 2, R, RW, Inheritance.NONE, VmMapEntry.NOFAULT);
          k.insert(null, 0, at + 2, at + 4, RW, RW, Inheritance.NONE, VmMapEntry.NOFAULT);
          MapWire.quickWire(k, at, at + 4);
          VmMapEntry first = k.entryAt(at);
          VmMapEntry second = k.entryAt(at + 2);
          assertThat(first).isNotSameAs(second);
          assertThat(first == null ? 0 : first.wiredCount).isEqualTo(1);
          assertThat(second == null ? 0 : second.wiredCount).isEqualTo(1);
          k.remove(at, at + 4);
          k.unlock();
          int va = m.vm.kernelMemory().allocate(2);
          VmMapEntry own = k.entryAt(Page.number(va) + 1);
          assertThat(own == null ? 0 : own.wiredCount).isEqualTo(1);
          m.vm.kernelMemory().free(va, 2);
        });
  }

  @Test
  @DisplayName("M50 of two overlapping wirings one waits, both finish, and it is counted")
  void overlapping() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, R, false);
          f.pager.gateClosed = true;
          KernReturn[] results = new KernReturn[2];
          m.thread(s, () -> results[0] = s.wire(va, 3 * PAGE));
          m.scheduler.yieldNow();
          m.thread(s, () -> results[1] = s.wire(va + PAGE, 3 * PAGE));
          m.scheduler.yieldNow();
          assertThat(m.count(Counter.V_INTRANS_COLL)).isPositive();
          f.pager.open();
          for (int i = 0; i < 20; i++) {
            m.scheduler.yieldNow();
          }
          assertThat(results).containsOnly(KernReturn.SUCCESS);
          assertThat(m.count(Counter.V_INTRANS_WAIT)).isPositive();
          for (int i = 0; i < 4; i++) {
            assertThat(m.entry(s, va + i * PAGE).wiredCount).isEqualTo(1);
            assertThat(m.page(s, va + i * PAGE).wireCount()).isEqualTo(1);
          }
          s.release();
        });
  }

  @Test
  @DisplayName("M45 X15 wiring moves the timestamp only while it has the map to itself")
  void timestampUnderLock() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, false);
          f.pager.gateClosed = true;
          m.thread(s, () -> s.wire(va, PAGE));
          m.scheduler.yieldNow();
          s.map().lock.lockShared();
          int stamp = s.map().timestamp();
          f.pager.open();
          for (int i = 0; i < 5; i++) {
            m.scheduler.yieldNow();
          }
          assertThat(s.map().timestamp()).isEqualTo(stamp);
          assertThat(m.entry(s, va).has(VmMapEntry.IN_TRANSITION)).isTrue();
          s.map().lock.unlockShared();
          for (int i = 0; i < 5; i++) {
            m.scheduler.yieldNow();
          }
          // The lock, and the extra one at the end.
          assertThat(s.map().timestamp()).isEqualTo(stamp + 2);
          assertThat(m.entry(s, va).has(VmMapEntry.IN_TRANSITION)).isFalse();
          s.release();
        });
  }

  @Test
  @DisplayName("M40 all that is mapped is wired, what comes later too if asked; one call undoes it")
  void everything() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          int none = m.anon(s, 1, 0);
          assertThat(s.wiring().wireAll()).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.page(s, va + PAGE).wireCount()).isEqualTo(1);
          assertThat(m.entry(s, none).wiredCount).isZero();
          s.wiring().setFuture(true);
          int later = m.anon(s, 2);
          assertThat(m.page(s, later).wireCount()).isEqualTo(1);
          s.heap().begin(0x0800_0000);
          s.heap().setEnd(0x0800_0000 + PAGE);
          assertThat(m.page(s, 0x0800_0000).wireCount()).isEqualTo(1);
          s.wiring().unwireAll();
          assertThat(s.pmap().wiredCount()).isZero();
          assertThat(m.page(s, va).wireCount()).isZero();
          int after = m.anon(s, 1);
          assertThat(s.pmap().isMapped(after)).isFalse();
        });
  }
}
