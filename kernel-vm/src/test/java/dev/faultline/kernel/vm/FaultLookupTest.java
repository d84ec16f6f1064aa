// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static dev.faultline.kernel.vm.TestMachine.RWX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a fault asks of the map, and what it is refused for (F1–F17). */
final class FaultLookupTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("F1 the address is used page-truncated")
  void truncates() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va + 0x123, 7);
          assertThat(s.pmap().isMapped(va)).isTrue();
          assertThat(s.residentPages()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F2 every call counts once, refused or not")
  void countsCalls() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          assertThat(m.moved(Counter.V_VM_FAULTS, () -> m.store(s, va, 1))).isEqualTo(1);
          assertThat(m.moved(Counter.V_VM_FAULTS, () -> m.tryLoad(s, 0x5000_0000))).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F6 success means mapped, wholly valid, not busy")
  void success() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.RESOLVED);
          VmPage p = m.page(s, va);
          assertThat(p.fullyValid()).isTrue();
          assertThat(p.isBusy()).isFalse();
        });
  }

  @Test
  @DisplayName("F7 no entry is refused with INVALID_ADDRESS")
  void noEntry() {
    m.run(
        () -> {
          VmSpace s = m.space();
          FaultResult r = m.readFault(s, 0x3000_0000);
          assertThat(r).isEqualTo(FaultResult.NO_ENTRY);
          assertThat(r.code()).isEqualTo(KernReturn.INVALID_ADDRESS);
        });
  }

  @Test
  @DisplayName("F8 a missing right is refused and allocates nothing")
  void missingRight() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1, R);
          int free = m.vm.state().free();
          assertThat(m.writeFault(s, va)).isEqualTo(FaultResult.PROTECTION);
          assertThat(m.vm.state().free()).isEqualTo(free);
        });
  }

  @Test
  @DisplayName("F9 F12 a user wire without rights is judged by the maximum, which loses WRITE")
  void userWireOverrides() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1, Protection.NONE);
          assertThat(s.wire(va, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.entry(s, va).maxProtection() & Protection.WRITE).isZero();
          assertThat(s.protect(va, PAGE, RW)).isEqualTo(KernReturn.PROTECTION_FAILURE);
          // H11: a page without rights must not be reachable.
          assertThat(m.tryLoad(s, va)).isNegative();
          s.release();
        });
  }

  @Test
  @DisplayName("F10 kernel wiring gets no second lookup")
  void kernelWireDoesNotOverride() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1, Protection.NONE);
          assertThat(m.fault(s, va, R, FaultState.CHANGE_WIRING)).isEqualTo(FaultResult.PROTECTION);
        });
  }

  @Test
  @DisplayName("F11 the second lookup's refusal is final")
  void secondLookupRefused() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = TestMachine.ok(s.mapAnonymous(0x1000_0000, PAGE, 0, R, false, false));
          assertThat(m.fault(s, va, R, FaultState.USER_WIRE)).isEqualTo(FaultResult.PROTECTION);
        });
  }

  @Test
  @DisplayName("F13 a fault where none may happen is a panic")
  void noFaultPanics() {
    assertThatThrownBy(
            () ->
                m.run(
                    () -> {
                      VmMap k = m.vm.kernelMap();
                      int at = k.min + 5;
                      k.lock();
                      k.insert(null, 0, at, at + 1, RW, RWX, Inheritance.NONE, VmMapEntry.NOFAULT);
                      k.unlock();
                      m.vm.fault.fault(k, at, R, FaultState.NORMAL);
                    }))
        .isInstanceOf(KernelPanic.class)
        .hasMessageContaining("c0005000");
  }

  @Test
  @DisplayName("F14 M22 a write to a forked entry makes its shadow before any page work")
  void lookupMakesShadow() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          VmSpace child = m.fork(s);
          VmObject old = m.object(s, va);
          m.store(s, va, 2);
          assertThat(m.object(s, va)).isNotSameAs(old);
          assertThat(m.object(s, va).backing()).isSameAs(old);
          assertThat(old.shadowCount()).isEqualTo(1);
          assertThat(m.entry(s, va).offset).isZero();
          assertThat(m.load(child, va)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("M23 a first touch gives the entry an object of its size")
  void lookupMakesObject() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 5);
          assertThat(m.entry(s, va).object).isNull();
          assertThat(m.load(s, va)).isZero();
          assertThat(m.object(s, va).size()).isEqualTo(5);
          assertThat(m.object(s, va).type()).isEqualTo(ObjectType.DEFAULT);
        });
  }

  @Test
  @DisplayName("F15 M17 a submap's entry is found, and its map is the one that counts")
  void submap() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmMap sub = new VmMap(m.vm, s.pmap(), 1, 0xC0000, false);
          int at = 0x30000;
          sub.lock();
          sub.insert(null, 0, at, at + 1, RW, RWX, Inheritance.COPY, 0);
          sub.unlock();
          VmMap map = s.map();
          map.lock();
          VmMapEntry e = map.link(map.floor(at), at, at + 1);
          e.submap = sub;
          e.flags = VmMapEntry.IS_SUB_MAP;
          e.protection = RW;
          e.maxProtection = RWX;
          map.unlock();
          m.store(s, at << Page.SHIFT, 9);
          assertThat(m.load(s, at << Page.SHIFT)).isEqualTo(9);
          assertThat(map.protect(at, at + 1, R, false)).isEqualTo(KernReturn.INVALID_ARGUMENT);
        });
  }

  @Test
  @DisplayName("F17 M19 a read touch of a wired writable copy-on-write page copies at once")
  void wiredReadCopies() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          long copies = m.moved(Counter.V_COW_FAULTS, () -> s.wire(va, PAGE));
          assertThat(copies).isEqualTo(1);
          assertThat(m.page(s, va).object()).isNotSameAs(f.object);
          assertThat(s.unwire(va, PAGE)).isEqualTo(KernReturn.SUCCESS);
        });
  }

  @Test
  @DisplayName("F4 refusals leave no reference, lock, busy page or paging count behind")
  void refusalsLeaveNothing() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 4, RW, true);
          int references = f.object.references();
          assertThat(m.readFault(s, va + 2 * PAGE)).isEqualTo(FaultResult.BEYOND_OBJECT);
          f.pager.nextRead = PagerResult.ERROR;
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.PAGER_ERROR);
          f.pager.nextRead = PagerResult.BAD;
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.PAGER_BAD);
          assertThat(f.object.references()).isEqualTo(references);
          assertThat(f.object.paging()).isZero();
          assertThat(f.object.residentPages()).isZero();
          assertThat(f.vnode.uses).isEqualTo(references);
        });
  }

  @Test
  @DisplayName(
      "F5 H1 a retry asks for what the caller asked for, not for what wiring widened it to")
  void retryKeepsType() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 1);
          VmPage p = m.page(s, va);
          p.setBusy();
          KernReturn[] result = new KernReturn[1];
          m.thread(s, () -> result[0] = s.wire(va, PAGE));
          m.settle();
          assertThat(result[0]).isNull();
          assertThat(m.entry(s, va).wiredCount).isEqualTo(1);
          assertThat(s.protect(va, PAGE, R)).isEqualTo(KernReturn.SUCCESS);
          p.wakeup();
          m.settle();
          assertThat(result[0]).isEqualTo(KernReturn.SUCCESS);
          assertThat(p.wireCount()).isEqualTo(1);
          s.release();
        });
  }

  @Test
  @DisplayName(
      "F21 O9 no reader maps a file's pages instead of copying, so a write frees no copies")
  void noOptimisedCopies() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int own = f.map(s, 0, 2, RW, false);
          m.store(s, own, 0x11);
          int shared = f.map(s, 0, 2, RW, true);
          VmObject shadow = m.object(s, own);
          m.store(s, shared, 0x22);
          m.store(s, shared + PAGE, 0x23);
          assertThat(shadow.backing()).isSameAs(f.object);
          assertThat(shadow.residentPages()).isEqualTo(1);
          assertThat(m.load(s, own)).isEqualTo(0x11);
          // An untouched page of a private mapping shows what the file is now.
          assertThat(m.load(s, own + PAGE)).isEqualTo(0x23);
        });
  }
}
