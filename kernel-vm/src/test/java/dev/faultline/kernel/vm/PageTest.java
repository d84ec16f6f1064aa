// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.sched.KernelPanic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Pages: busy, hold, wire, free, queues, chunks, reserves (P1–P35). */
final class PageTest {
  private final TestMachine m = TestMachine.small();

  private VmPage busyPage(VmObject o, int index) {
    VmPage p = o.grabPage(index);
    if (p == null) {
      throw new AssertionError("no page");
    }
    return p;
  }

  private static void letGo(@Nullable VmPage p) {
    if (p != null) {
      p.activate();
      p.wakeup();
    }
  }

  private VmPage cachedPage(VmObject o, int index) {
    VmPage p = busyPage(o, index);
    p.setValid(0xFF);
    p.wakeup();
    p.cache();
    return p;
  }

  @Test
  @DisplayName("P4 P5 P6 P10 forbidden states panic")
  void forbidden() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4);
          VmPage p = busyPage(o, 0);
          assertThatThrownBy(p::setBusy).isInstanceOf(KernelPanic.class);
          assertThatThrownBy(() -> o.insertPage(VmPage.fictitious(m.vm, 0xE0000), 0))
              .isInstanceOf(KernelPanic.class);
          p.wakeup();
          assertThatThrownBy(p::free).isInstanceOf(KernelPanic.class);
          p.setBusy();
          p.beginIo();
          assertThatThrownBy(p::free).isInstanceOf(KernelPanic.class);
          p.endIo();
          p.wire();
          assertThatThrownBy(p::free).isInstanceOf(KernelPanic.class);
          p.unwire(false);
          assertThatThrownBy(() -> p.unwire(false)).isInstanceOf(KernelPanic.class);
          p.free();
          assertThatThrownBy(p::free).isInstanceOf(KernelPanic.class);
        });
  }

  @Test
  @DisplayName("P7 an idle page is not waited for; a busy one wakes all who wait")
  void sleepIfBusy() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          VmPage p = busyPage(o, 0);
          int[] woken = new int[1];
          VmSpace s = m.space();
          for (int i = 0; i < 2; i++) {
            m.thread(
                s,
                () -> {
                  assertThat(p.sleepIfBusy(true)).isTrue();
                  woken[0]++;
                });
          }
          m.scheduler.yieldNow();
          assertThat(p.has(VmPage.WANTED)).isTrue();
          p.activate();
          p.wakeup();
          assertThat(p.sleepIfBusy(true)).isFalse();
          m.scheduler.yieldNow();
          assertThat(woken[0]).isEqualTo(2);
        });
  }

  @Test
  @DisplayName("P10 P11 P23 plain free forgets ZERO, free-as-zero keeps it, allocation inherits it")
  void zeroFrames() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4);
          int zero = m.vm.allocator.zeroFrames();
          VmPage p = busyPage(o, 0);
          assertThat(p.flags()).isEqualTo(VmPage.BUSY | VmPage.ZERO);
          assertThat(m.vm.allocator.zeroFrames()).isEqualTo(zero - 1);
          p.freeZero();
          assertThat(m.vm.allocator.zeroFrames()).isEqualTo(zero);
          VmPage q = busyPage(o, 1);
          long freed = m.count(Counter.V_TFREE);
          q.free();
          assertThat(m.vm.allocator.zeroFrames()).isEqualTo(zero - 1);
          assertThat(m.vm.queues.free.head).isSameAs(q);
          assertThat(m.count(Counter.V_TFREE)).isEqualTo(freed + 1);
        });
  }

  @Test
  @DisplayName("P14 a cached page cannot become dirty")
  void dirtyCached() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          VmPage p = cachedPage(o, 0);
          assertThatThrownBy(p::makeDirty).isInstanceOf(KernelPanic.class);
          p.undirty();
        });
  }

  @Test
  @DisplayName("P15 a renamed page leaves the cache and is dirty")
  void rename() {
    m.run(
        () -> {
          VmObject a = VmObject.anonymous(m.vm, 1);
          VmObject b = VmObject.anonymous(m.vm, 1);
          VmPage p = cachedPage(a, 0);
          p.setBusy();
          p.rename(b, 0);
          assertThat(p.dirty()).isEqualTo(0xFF);
          assertThat(p.queueName()).isEqualTo("inactive");
          assertThat(p.isBusy()).isFalse();
          assertThat(b.lookup(0)).isSameAs(p);
        });
  }

  @Test
  @DisplayName("P21 classes and the reserve")
  void classes() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4000);
          int index = 0;
          while (m.vm.queues.free.size() > m.vm.allocator.reserves().reserved()) {
            letGo(busyPage(o, index++));
          }
          assertThat(m.vm.allocator.allocate(o, 3000, AllocationClass.NORMAL)).isNull();
          assertThat(m.vm.daemon.requested()).isTrue();
          VmPage cached = cachedPage(o, 0);
          VmPage used = m.vm.allocator.allocate(o, 3001, AllocationClass.NORMAL);
          assertThat(used).isNotNull();
          assertThat(m.vm.state().cached()).isZero();
          assertThat(o.lookup(0)).isNull();
          assertThat(cached.object()).isNotNull();
          VmPage system = m.vm.allocator.allocate(o, 3002, AllocationClass.SYSTEM);
          assertThat(system).isNotNull();
          index = 3010;
          while (m.vm.queues.free.size() > m.vm.allocator.reserves().interruptFreeMin()) {
            VmPage p = m.vm.allocator.allocate(o, index++, AllocationClass.SYSTEM);
            assertThat(p).isNotNull();
            letGo(p);
          }
          assertThat(m.vm.allocator.allocate(o, 3003, AllocationClass.SYSTEM)).isNull();
          VmPage last = m.vm.allocator.allocate(o, 3003, AllocationClass.INTERRUPT);
          assertThat(last).isNotNull();
          letGo(used);
          letGo(system);
          letGo(last);
        });
  }

  @Test
  @DisplayName("P22 the thresholds are those of the table")
  void thresholds() {
    Reserves small = Reserves.of(1024, 1);
    assertThat(small.reserved()).isEqualTo(44);
    assertThat(small.severe()).isEqualTo(46);
    assertThat(small.min()).isEqualTo(48);
    assertThat(small.target()).isEqualTo(140);
    assertThat(small.cacheMin()).isZero();
    assertThat(small.inactiveTarget()).isEqualTo(256);
    Reserves medium = Reserves.of(4096, 1);
    assertThat(medium.reserved()).isEqualTo(56);
    assertThat(medium.severe()).isEqualTo(65);
    assertThat(medium.min()).isEqualTo(75);
    assertThat(medium.target()).isEqualTo(206);
    assertThat(medium.cacheMin()).isEqualTo(206);
    assertThat(medium.inactiveTarget()).isEqualTo(309);
    Reserves large = Reserves.of(16384, 1);
    assertThat(large.reserved()).isEqualTo(72);
    assertThat(large.severe()).isEqualTo(112);
    assertThat(large.min()).isEqualTo(152);
    assertThat(large.target()).isEqualTo(680);
    assertThat(large.inactiveTarget()).isEqualTo(1020);
  }

  @Test
  @DisplayName("P25 with colours the wanted one is taken if it is there")
  void colours() {
    TestMachine c = new TestMachine(4, VmOptions.defaults().withPageColors(4));
    c.run(
        () -> {
          VmObject o = VmObject.anonymous(c.vm, 4);
          for (int i = 0; i < 4; i++) {
            VmPage p = o.grabPage(i);
            assertThat(p).isNotNull();
            if (p != null) {
              assertThat(p.frame() % 4).isEqualTo((i + o.color()) % 4);
              p.wakeup();
            }
          }
          o.removePages(0, 0, false);
        });
  }

  @Test
  @DisplayName("P26 P27 queue moves, activity, reactivation")
  void moves() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          VmPage p = cachedPage(o, 0);
          p.activate();
          assertThat(p.activity).isEqualTo(5);
          assertThat(m.count(Counter.V_REACTIVATED)).isEqualTo(1);
          p.activity = 9;
          p.activate();
          assertThat(p.activity).isEqualTo(9);
          p.set(VmPage.WINATCFLS);
          p.deactivate();
          assertThat(p.queueName()).isEqualTo("inactive");
          assertThat(p.has(VmPage.WINATCFLS)).isFalse();
          p.wire();
          p.activate();
          assertThat(p.queueName()).isEqualTo("none");
          p.unwire(false);
        });
  }

  @Test
  @DisplayName("P29 X10 a held page is not cached; dirt found while unmapping deactivates")
  void caching() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.load(s, va);
          VmPage held = m.page(s, va);
          held.hold();
          held.cache();
          assertThat(held.queueName()).isEqualTo("active");
          held.unhold();
          m.readFault(s, va + TestMachine.PAGE);
          m.store(s, va + TestMachine.PAGE, 1);
          VmPage dirty = m.page(s, va + TestMachine.PAGE);
          dirty.cache();
          assertThat(dirty.queueName()).isEqualTo("inactive");
          assertThat(dirty.dirty()).isEqualTo(0xFF);
          assertThat(s.pmap().isMapped(va + TestMachine.PAGE)).isFalse();
        });
  }

  @Test
  @DisplayName("P31 grab: absent is allocated busy; busy without waiting is null")
  void grab() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          VmPage p = o.grabPage(0);
          assertThat(p != null && p.isBusy()).isTrue();
          assertThat(o.grabPage(0, false)).isNull();
          if (p != null) {
            p.free();
          }
        });
  }

  @Test
  @DisplayName("P32 the chunks that bytes touch")
  void chunks() {
    assertThat(VmPage.chunks(0, 4096)).isEqualTo(0xFF);
    assertThat(VmPage.chunks(512, 1)).isEqualTo(0x02);
    assertThat(VmPage.chunks(500, 20)).isEqualTo(0x03);
    assertThat(VmPage.chunks(7, 0)).isZero();
  }

  @Test
  @DisplayName("P33 P34 edges of invalid chunks are zeroed; only whole chunks become clean")
  void validClean() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          VmPage p = busyPage(o, 0);
          m.memory.fillFrame(p.frame(), 0xAA);
          p.clear(VmPage.ZERO);
          p.setMasks(0, 0xFF);
          p.setValidClean(0, 904);
          assertThat(p.valid()).isEqualTo(0x03);
          assertThat(p.dirty()).isEqualTo(0xFE);
          assertThat(m.memory.read8(p.address() + 903)).isEqualTo(0xAA);
          assertThat(m.memory.read8(p.address() + 904)).isZero();
          assertThat(m.memory.read8(p.address() + 1023)).isZero();
          assertThat(m.memory.read8(p.address() + 1024)).isEqualTo(0xAA);
          p.zeroInvalid(true);
          assertThat(p.fullyValid()).isTrue();
          assertThat(m.memory.read8(p.address() + 1024)).isZero();
          assertThat(m.memory.read8(p.address() + 903)).isEqualTo(0xAA);
          p.free();
        });
  }

  @Test
  @DisplayName("P35 idle zeroing stops at four fifths and resumes below two thirds")
  void idleZeroing() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 900);
          for (int i = 0; i < 900; i++) {
            busyPage(o, i).wakeup();
          }
          o.removePages(0, 0, false);
          int total = m.vm.state().free();
          while (m.vm.zeroIdleFrame()) {
            assertThat(m.vm.allocator.zeroFrames()).isLessThanOrEqualTo(total);
          }
          int reached = m.vm.allocator.zeroFrames();
          assertThat(reached).isBetween(total * 4 / 5 - 1, total * 4 / 5 + 1);
          VmPage p = m.vm.allocator.allocate(o, 0, AllocationClass.ZERO);
          assertThat(m.vm.zeroIdleFrame()).isFalse();
          if (p != null) {
            p.free();
          }
        });
  }

  private static void assertBroken(TestMachine machine, String rule) {
    assertThatThrownBy(machine.vm::checkInvariants)
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining(rule);
  }

  @Test
  @DisplayName("P1 a page is on one queue, whose counter is its length")
  void oneQueue() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          int free = m.vm.queues.free.size();
          VmPage p = busyPage(o, 0);
          assertThat(m.vm.queues.free.size()).isEqualTo(free - 1);
          assertThat(p.queueName()).isEqualTo("none");
          p.setValid(0xFF);
          p.wakeup();
          int active = m.vm.queues.active.size();
          int inactive = m.vm.queues.inactive.size();
          p.activate();
          assertThat(m.vm.queues.active.size()).isEqualTo(active + 1);
          p.deactivate();
          assertThat(m.vm.queues.active.size()).isEqualTo(active);
          assertThat(m.vm.queues.inactive.size()).isEqualTo(inactive + 1);
          p.cache();
          assertThat(m.vm.queues.inactive.size()).isEqualTo(inactive);
          assertThat(m.vm.queues.cache.size()).isEqualTo(1);
          PageQueue cache = m.vm.queues.cache;
          p.queue = m.vm.queues.active;
          assertBroken(m, "P1");
          p.queue = cache;
          p.setBusy();
          p.free();
          assertThat(m.vm.queues.free.size()).isEqualTo(free);
        });
  }

  @Test
  @DisplayName("P2 free pages hold nothing, cached ones are clean, idle and unmapped")
  void freeAndCache() {
    m.run(
        () -> {
          VmPage free = m.vm.queues.free.tail;
          assertThat(free).isNotNull();
          if (free != null) {
            free.setMasks(1, 0);
            assertBroken(m, "P2");
            free.setMasks(0, 0);
          }
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, TestMachine.R, true);
          m.load(s, va);
          VmPage p = m.page(s, va);
          p.cache();
          assertThat(p.queueName()).isEqualTo("cache");
          assertThat(s.pmap().isMapped(va)).isFalse();
          m.vm.checkInvariants();
          p.setMasks(0xFF, 1);
          assertBroken(m, "P2");
          p.setMasks(0xFF, 0);
        });
  }

  @Test
  @DisplayName(
      "P3 P9 wiring takes a page off its queue and counts it once; the last unwire puts it")
  void wiring() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          VmPage p = m.page(s, va);
          assertThat(p.queueName()).isEqualTo("active");
          int wired = m.vm.state().wired();
          p.wire();
          p.wire();
          assertThat(p.queueName()).isEqualTo("none");
          assertThat(m.vm.state().wired()).isEqualTo(wired + 1);
          p.unwire(true);
          assertThat(p.queueName()).isEqualTo("none");
          p.unwire(true);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          assertThat(m.vm.queues.active.tail).isSameAs(p);
          p.wire();
          p.unwire(false);
          assertThat(m.vm.queues.inactive.tail).isSameAs(p);
          assertThatThrownBy(() -> p.unwire(false)).isInstanceOf(KernelPanic.class);
          VmPage device = VmPage.fictitious(m.vm, 0xE0000);
          device.wire();
          assertThat(device.queueName()).isEqualTo("none");
          assertThat(m.vm.state().wired()).isEqualTo(wired);
        });
  }

  @Test
  @DisplayName("P13 a dirty bit in a table entry makes the page dirty, and stays")
  void testDirty() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, TestMachine.RW, true);
          m.load(s, va);
          m.writeFault(s, va);
          VmPage p = m.page(s, va);
          p.undirty();
          p.testDirty();
          assertThat(p.dirty()).isZero();
          m.store(s, va, 1);
          assertThat(p.dirty()).isZero();
          p.testDirty();
          assertThat(p.dirty()).isEqualTo(0xFF);
          assertThat(s.pmap().isDirty(va)).isTrue();
        });
  }

  @Test
  @DisplayName("P16 P15 a page that may be written to tells its new object")
  void insertWriteable() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          VmPage p = m.page(s, va);
          VmObject fresh = VmObject.anonymous(m.vm, 1);
          assertThat(fresh.has(VmObject.WRITEABLE | VmObject.MIGHTBEDIRTY)).isFalse();
          p.setBusy();
          p.rename(fresh, 0);
          assertThat(fresh.has(VmObject.WRITEABLE)).isTrue();
          assertThat(fresh.has(VmObject.MIGHTBEDIRTY)).isTrue();
          assertThat(s.pmap().isMapped(va)).isTrue();
          VmObject clean = VmObject.anonymous(m.vm, 1);
          VmPage q = busyPage(clean, 0);
          assertThat(clean.has(VmObject.WRITEABLE | VmObject.MIGHTBEDIRTY)).isFalse();
          q.free();
          fresh.deallocate();
        });
  }

  @Test
  @DisplayName("P17 a copy is wholly valid and no dirtier than before")
  void copy() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 2);
          VmPage from = busyPage(o, 0);
          VmPage to = busyPage(o, 1);
          m.memory.fillFrame(from.frame(), 0x5A);
          to.copyFrom(from);
          assertThat(to.valid()).isEqualTo(0xFF);
          assertThat(to.dirty()).isZero();
          assertThat(to.has(VmPage.ZERO)).isFalse();
          assertThat(m.memory.read8(to.address() + 4095)).isEqualTo(0x5A);
          from.clear(VmPage.ZERO);
          from.free();
          to.free();
        });
  }

  @Test
  @DisplayName("P20 above the reserve zeroed frames come from the tail, others from the head")
  void bothEnds() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4);
          VmPage used = busyPage(o, 0);
          used.free();
          VmPage head = m.vm.queues.free.head;
          VmPage tail = m.vm.queues.free.tail;
          assertThat(head).isSameAs(used);
          VmPage zero = m.vm.allocator.allocate(o, 1, AllocationClass.ZERO);
          assertThat(zero).isSameAs(tail);
          assertThat(zero != null && zero.has(VmPage.ZERO)).isTrue();
          VmPage normal = m.vm.allocator.allocate(o, 2, AllocationClass.NORMAL);
          assertThat(normal).isSameAs(used);
          assertThat(normal != null && normal.has(VmPage.ZERO)).isFalse();
          o.lookup(1);
          for (VmPage p : new VmPage[] {zero, normal}) {
            if (p != null) {
              p.free();
            }
          }
        });
  }

  @Test
  @DisplayName("P24 freed memory wakes who waits for it once there is more than the minimum")
  void freeWakesWaiters() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject o = VmObject.anonymous(m.vm, 4000);
          int index = 0;
          while (!m.vm.allocator.belowMin()) {
            busyPage(o, index++).wakeup();
          }
          boolean[] woken = new boolean[1];
          m.thread(
              s,
              () -> {
                m.vm.allocator.waitForMemory(false);
                woken[0] = true;
              });
          m.scheduler.yieldNow();
          assertThat(m.vm.daemon.requested()).isTrue();
          VmPage p = m.vm.hash.find(o, --index);
          assertThat(p).isNotNull();
          if (p != null) {
            p.setBusy();
            p.free();
          }
          m.scheduler.yieldNow();
          assertThat(m.vm.allocator.belowMin()).isFalse();
          assertThat(woken[0]).isTrue();
          assertThat(m.vm.daemon.requested()).isFalse();
          o.removePages(0, 0, false);
        });
  }

  @Test
  @DisplayName("P30 leaving the cache wakes the page daemon when pages are short, unless quietly")
  void leavingTheCache() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4000);
          VmPage quiet = cachedPage(o, 3998);
          VmPage loud = cachedPage(o, 3999);
          int index = 0;
          Reserves reserves = m.vm.allocator.reserves();
          while (m.vm.queues.available() > reserves.reserved() + reserves.cacheMin()) {
            VmPage p = m.vm.allocator.allocate(o, index++, AllocationClass.INTERRUPT);
            assertThat(p).isNotNull();
            if (p != null) {
              p.wakeup();
            }
          }
          assertThat(m.vm.daemon.requested()).isFalse();
          m.vm.queues.unqueueQuietly(quiet);
          assertThat(m.vm.allocator.pagingNeeded()).isTrue();
          assertThat(m.vm.daemon.requested()).isFalse();
          loud.unqueue();
          assertThat(m.vm.daemon.requested()).isTrue();
          o.removePages(0, 0, false);
        });
  }
}
