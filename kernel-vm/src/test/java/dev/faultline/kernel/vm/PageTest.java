// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.sched.KernelPanic;
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
            busyPage(o, index++).wakeup();
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
            if (p != null) {
              p.wakeup();
            }
          }
          assertThat(m.vm.allocator.allocate(o, 3003, AllocationClass.SYSTEM)).isNull();
          VmPage last = m.vm.allocator.allocate(o, 3003, AllocationClass.INTERRUPT);
          assertThat(last).isNotNull();
          for (VmPage p : new VmPage[] {used, system, last}) {
            if (p != null) {
              p.wakeup();
            }
          }
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
}
