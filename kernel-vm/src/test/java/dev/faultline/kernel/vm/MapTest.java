// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Entries: insert, find space, remove, clip, simplify, protect; the lock (M2–M15, M25–M31). */
final class MapTest {
  private final TestMachine m = TestMachine.small();

  private static KernReturn insert(VmMap map, int start, int end) {
    map.lock();
    KernReturn r = map.insert(null, 0, start, end, RW, RWX, Inheritance.COPY, 0);
    map.unlock();
    return r;
  }

  @Test
  @DisplayName("M2 the exclusive lock moves the timestamp, the shared one does not")
  void timestamp() {
    m.run(
        () -> {
          VmMap map = m.space().map();
          int t = map.timestamp();
          map.lock();
          map.unlock();
          assertThat(map.timestamp()).isEqualTo(t + 1);
          map.lock.lockShared();
          assertThat(map.timestamp()).isEqualTo(t + 1);
          assertThat(map.lock.upgrade()).isTrue();
          assertThat(map.timestamp()).isEqualTo(t + 2);
          map.lock.downgrade();
          map.lock.unlockShared();
          assertThat(map.timestamp()).isEqualTo(t + 2);
        });
  }

  @Test
  @DisplayName("M3 of two upgraders one loses its lock, and nobody hangs")
  void twoUpgraders() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmMap map = s.map();
          boolean[] upgraded = new boolean[2];
          map.lock.lockShared();
          m.thread(
              s,
              () -> {
                map.lock.lockShared();
                upgraded[1] = map.lock.upgrade();
                map.unlock();
              });
          m.scheduler.yieldNow();
          upgraded[0] = map.lock.upgrade();
          m.scheduler.yieldNow();
          assertThat(upgraded).containsExactly(false, true);
        });
  }

  @Test
  @DisplayName("M5 outside and upside down are INVALID_ADDRESS, overlap is NO_SPACE")
  void insertRefusals() {
    m.run(
        () -> {
          VmMap map = m.space().map();
          assertThat(insert(map, 0, 5)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(insert(map, 9, 9)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(insert(map, 10, 0xC0001)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(insert(map, 10, 20)).isEqualTo(KernReturn.SUCCESS);
          assertThat(insert(map, 19, 21)).isEqualTo(KernReturn.NO_SPACE);
          assertThat(insert(map, 5, 11)).isEqualTo(KernReturn.NO_SPACE);
        });
  }

  @Test
  @DisplayName("M6 O20 adjacent anonymous mappings are one entry")
  void coalesces() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va + PAGE, 1);
          assertThat(m.anon(s, 3)).isEqualTo(va + 2 * PAGE);
          assertThat(s.map().count()).isEqualTo(1);
          assertThat(m.object(s, va).size()).isEqualTo(5);
          assertThat(m.load(s, va + 4 * PAGE)).isZero();
        });
  }

  @Test
  @DisplayName("M7 with other rights the object goes on in a second entry")
  void sharesObject() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          int vb = m.anon(s, 1, R);
          assertThat(s.map().count()).isEqualTo(2);
          assertThat(m.object(s, vb)).isSameAs(m.object(s, va));
          assertThat(m.object(s, va).references()).isEqualTo(2);
          assertThat(m.entry(s, vb).offset).isEqualTo(2);
        });
  }

  @Test
  @DisplayName("M8 an object mapped twice is no longer mapped once")
  void mappedTwice() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject o = VmObject.anonymous(m.vm, 2);
          TestMachine.ok(s.mapObject(0x2000_0000, 2 * PAGE, RW, RW, true, o, 0, false, 0));
          assertThat(o.has(VmObject.ONEMAPPING)).isTrue();
          o.reference();
          TestMachine.ok(s.mapObject(0x3000_0000, 2 * PAGE, RW, RW, true, o, 0, false, 0));
          assertThat(o.has(VmObject.ONEMAPPING)).isFalse();
        });
  }

  @Test
  @DisplayName("M9 X1 a recycled entry starts blank")
  void blankEntry() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.entry(s, va).lastRead = 99;
          m.entry(s, va).behaviour = Advice.RANDOM;
          s.unmap(va, PAGE);
          VmMapEntry e = m.entry(s, m.anon(s, 1));
          assertThat(e.lastRead).isZero();
          assertThat(e.behaviour).isEqualTo(Advice.NORMAL);
          assertThat(e.inheritance).isEqualTo(Inheritance.COPY);
        });
  }

  @Test
  @DisplayName("M10 first fit, a gap of exactly the size is used, none is NO_SPACE")
  void findSpace() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmMap map = s.map();
          insert(map, 100, 110);
          insert(map, 115, 120);
          assertThat(map.findSpace(100, 5)).isEqualTo(110);
          assertThat(map.findSpace(100, 6)).isEqualTo(120);
          assertThat(map.findSpace(0, 99)).isEqualTo(1);
          assertThat(map.findSpace(0xBFFFF, 2)).isEqualTo(-1);
          insert(map, 110, 115);
          assertThat(map.findSpace(100, 1)).isEqualTo(120);
          map.lock();
          map.remove(104, 106);
          map.unlock();
          assertThat(map.findSpace(100, 2)).isEqualTo(104);
        });
  }

  @Test
  @DisplayName("M11 M12 the middle page goes with its mapping and its frame, the others stay")
  void unmapMiddle() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          for (int i = 0; i < 3; i++) {
            m.store(s, va + i * PAGE, i + 1);
          }
          int free = m.vm.state().free();
          assertThat(s.unmap(va + PAGE, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.map().count()).isEqualTo(2);
          assertThat(m.vm.state().free()).isEqualTo(free + 1);
          assertThat(m.tryLoad(s, va + PAGE)).isNegative();
          assertThat(m.load(s, va)).isEqualTo(1);
          assertThat(m.load(s, va + 2 * PAGE)).isEqualTo(3);
        });
  }

  @Test
  @DisplayName("M12 the upper half gone, the object shrinks")
  void unmapUpperHalf() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 8);
          m.store(s, va, 1);
          m.store(s, va + 6 * PAGE, 1);
          s.unmap(va + 4 * PAGE, 4 * PAGE);
          assertThat(m.object(s, va).size()).isEqualTo(4);
          assertThat(m.object(s, va).residentPages()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("M13 a store just before the unmap reaches the page's dirty mask")
  void lateDirtyBit() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          m.load(s, va);
          m.store(s, va, 1);
          VmPage p = m.page(s, va);
          s.unmap(va, PAGE);
          assertThat(p.dirty()).isEqualTo(0xFF);
        });
  }

  @Test
  @DisplayName("M25 M26 clipping shares one object; undoing it joins the entries again")
  void clipAndSimplify() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          s.protect(va + PAGE, PAGE, R);
          assertThat(s.map().count()).isEqualTo(3);
          VmObject o = m.object(s, va);
          assertThat(o.references()).isEqualTo(3);
          s.protect(va + PAGE, PAGE, RW);
          assertThat(s.map().count()).isEqualTo(1);
          assertThat(o.references()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("M28 X13 a protection that some maximum refuses changes nothing")
  void protectRefused() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = TestMachine.ok(s.mapAnonymous(0x1000_0000, PAGE, R, R, false, false));
          m.anon(s, 1, R);
          assertThat(s.map().count()).isEqualTo(2);
          assertThat(s.protect(va, 2 * PAGE, RW)).isEqualTo(KernReturn.PROTECTION_FAILURE);
          assertThat(m.entry(s, va + PAGE).protection()).isEqualTo(R);
          assertThat(s.map().count()).isEqualTo(2);
        });
  }

  @Test
  @DisplayName("M29 setting the maximum cuts the rights too")
  void setMaximum() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          VmMap map = s.map();
          map.lock();
          map.protect(Page.number(va), Page.number(va) + 1, R, true);
          map.unlock();
          assertThat(m.entry(s, va).protection()).isEqualTo(R);
          assertThat(m.entry(s, va).maxProtection()).isEqualTo(R);
        });
  }

  @Test
  @DisplayName("M30 gaining rights is left to the next fault")
  void protectIsLazy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          s.protect(va, PAGE, R);
          assertThat(s.pmap().isWritable(va)).isFalse();
          assertThat(m.tryStore(s, va, 2)).isFalse();
          s.protect(va, PAGE, RW);
          assertThat(s.pmap().isWritable(va)).isFalse();
          m.store(s, va, 2);
          assertThat(s.pmap().isWritable(va)).isTrue();
        });
  }

  @Test
  @DisplayName("M31 inheritance clips, and joins again")
  void inherit() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          int at = Page.number(va);
          VmMap map = s.map();
          map.lock();
          map.inherit(at + 1, at + 2, Inheritance.NONE);
          map.unlock();
          assertThat(map.count()).isEqualTo(3);
          VmSpace child = m.fork(s);
          assertThat(child.map().pages()).isEqualTo(2);
          assertThat(child.map().entryAt(at + 1)).isNull();
        });
  }

  @Test
  @DisplayName("M35 a range with a hole permits nothing")
  void checkProtection() {
    m.run(
        () -> {
          VmMap map = m.space().map();
          insert(map, 10, 12);
          insert(map, 13, 15);
          assertThat(map.checkProtection(10, 12, RW)).isTrue();
          assertThat(map.checkProtection(10, 15, R)).isFalse();
        });
  }

  @Test
  @DisplayName("the number of entries is bounded, and says RESOURCE_SHORTAGE")
  void entryLimit() {
    TestMachine few = new TestMachine(4, new VmOptions(100, 4, 0, 1, line -> {}));
    few.run(
        () -> {
          VmMap map = few.space().map();
          for (int i = 0; i < 4; i++) {
            assertThat(insert(map, 10 + 4 * i, 12 + 4 * i)).isEqualTo(KernReturn.SUCCESS);
          }
          assertThat(insert(map, 100, 102)).isEqualTo(KernReturn.RESOURCE_SHORTAGE);
        });
  }

  @Test
  @DisplayName("the break grows, shrinks, keeps its exact address and runs into nothing")
  void heap() {
    m.run(
        () -> {
          VmSpace s = m.space();
          s.heap().begin(0x0800_1234);
          assertThat(s.heap().setEnd(0x0800_5678)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.heap().end()).isEqualTo(0x0800_5678);
          m.store(s, 0x0800_5677, 1);
          assertThat(s.heap().setEnd(0x0800_2000)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.tryLoad(s, 0x0800_5677)).isNegative();
          TestMachine.ok(s.mapAnonymous(0x0800_4000, PAGE, R, R, false, true));
          assertThat(s.heap().setEnd(0x0800_6000)).isEqualTo(KernReturn.NO_SPACE);
          assertThat(s.heap().end()).isEqualTo(0x0800_2000);
          assertThat(s.heap().setEnd(0x0800_5678 - 0x2000)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.load(s, 0x0800_3000)).isZero();
        });
  }

  @Test
  @DisplayName(
      "M1 the checker sees overlap, emptiness, excess rights, and sizes that do not add up")
  void invariants() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          int vb = m.anon(s, 2, R);
          VmMapEntry low = m.entry(s, va);
          VmMapEntry high = m.entry(s, vb);
          m.vm.checkInvariants();
          breaking(() -> low.end++, () -> low.end--);
          breaking(() -> low.end -= 2, () -> low.end += 2);
          breaking(() -> high.end--, () -> high.end++);
          breaking(() -> high.maxProtection = 0, () -> high.maxProtection = RWX);
          breaking(() -> high.flags = VmMapEntry.NEEDS_COPY, () -> high.flags = 0);
        });
  }

  private void breaking(Runnable damage, Runnable repair) {
    damage.run();
    assertThatThrownBy(m.vm::checkInvariants).hasMessageContaining("M1");
    repair.run();
    m.vm.checkInvariants();
  }

  @Test
  @DisplayName("M9 an object where no fault may happen is a panic; private copies are so marked")
  void newEntry() {
    m.run(
        () -> {
          VmMap map = m.space().map();
          VmObject o = VmObject.anonymous(m.vm, 1);
          map.lock();
          assertThatThrownBy(
                  () -> map.insert(o, 0, 10, 11, RW, RWX, Inheritance.COPY, VmMapEntry.NOFAULT))
              .isInstanceOf(KernelPanic.class);
          map.unlock();
          o.deallocate();
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          VmMapEntry e = m.entry(s, f.map(s, 0, 1, RW, false));
          assertThat(e.flags).isEqualTo(VmMapEntry.COW | VmMapEntry.NEEDS_COPY);
          assertThat(e.inheritance).isEqualTo(Inheritance.COPY);
          assertThat(e.wiredCount + e.stackLeft + e.lastRead).isZero();
        });
  }

  @Test
  @DisplayName("M15 M11 a range with holes is removed, an empty one is no error")
  void unmapHoles() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 5);
          assertThat(s.unmap(va + PAGE, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.unmap(va + 3 * PAGE, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.map().count()).isEqualTo(3);
          assertThat(s.unmap(va, 0)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.map().count()).isEqualTo(3);
          assertThat(s.unmap(va - 2 * PAGE, 9 * PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(s.map().count()).isZero();
        });
  }
}
