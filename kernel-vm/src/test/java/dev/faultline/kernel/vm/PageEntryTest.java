// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What entering a page does to page, object and accounts (F90–F102, PM27–PM30). */
final class PageEntryTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("F90 F93 a read of a writable file mapping marks the object, not the page")
  void readOfWritableMapping() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.RESOLVED);
          assertThat(f.object.mayHaveDirtyPages()).isTrue();
          assertThat(f.vnode.dirtyMarks).isPositive();
          VmPage p = m.page(s, va);
          assertThat(p.dirty()).isZero();
          m.store(s, va, 1);
          assertThat(p.dirty()).isZero();
          assertThat(s.pmap().isDirty(va)).isTrue();
          p.testDirty();
          assertThat(p.dirty()).isEqualTo(0xFF);
        });
  }

  @Test
  @DisplayName("F91 NOSYNC goes to clean pages only, and goes away with another mapping")
  void noSync() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          s.advise(va, PAGE, Advice.NOSYNC);
          m.readFault(s, va);
          assertThat(m.page(s, va).has(VmPage.NOSYNC)).isTrue();
          s.advise(va, PAGE, Advice.AUTOSYNC);
          m.readFault(s, va);
          assertThat(m.page(s, va).has(VmPage.NOSYNC)).isFalse();
          m.page(s, va).makeDirty();
          s.advise(va, PAGE, Advice.NOSYNC);
          m.readFault(s, va);
          assertThat(m.page(s, va).has(VmPage.NOSYNC)).isFalse();
        });
  }

  @Test
  @DisplayName("F92 S30 DP2 a write to a page read from swap dirties it and frees its block")
  void writeFreesSwap() {
    m.run(
        () -> {
          TestSwap swap = m.swap(10);
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.store(s, va, 5);
          VmPage p = m.page(s, va);
          p.unmap();
          p.deactivate();
          assertThat(m.vm.pageOut.cleanCluster(p)).isEqualTo(1);
          assertThat(m.object(s, va).type()).isEqualTo(ObjectType.SWAP);
          p.setBusy();
          p.free();
          assertThat(m.load(s, va)).isEqualTo(5);
          assertThat(m.count(Counter.V_SWAPIN)).isEqualTo(1);
          assertThat(swap.used()).isEqualTo(1);
          s.pmap().remove(va >>> 12, (va >>> 12) + 1);
          m.store(s, va, 6);
          assertThat(swap.used()).isZero();
          assertThat(m.page(s, va).dirty()).isEqualTo(0xFF);
        });
  }

  @Test
  @DisplayName("F97 F100 the page ends mapped, referenced, active, its activity at least 5")
  void flagsAndQueue() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1);
          m.load(s, va);
          VmPage p = m.page(s, va);
          assertThat(p.has(VmPage.ZERO)).isFalse();
          assertThat(p.has(VmPage.MAPPED)).isTrue();
          assertThat(p.has(VmPage.REFERENCED)).isTrue();
          assertThat(p.queueName()).isEqualTo("active");
          assertThat(p.activity).isEqualTo(5);
        });
  }

  @Test
  @DisplayName("F98 P8 V35 a held page is not reused until it is let go")
  void hold() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          VmPage[] pages = new VmPage[2];
          assertThat(HeldPages.hold(s, va + 100, PAGE, true, pages)).isEqualTo(2);
          VmPage held = pages[0];
          assertThat(held.holdCount()).isEqualTo(1);
          s.unmap(va, 2 * PAGE);
          assertThat(held.queueName()).isEqualTo("hold");
          int free = m.vm.state().free();
          HeldPages.unhold(pages, 2, true);
          assertThat(m.vm.state().free()).isEqualTo(free + 2);
        });
  }

  @Test
  @DisplayName("F101 one of the two fault counts moves, and only on success")
  void accounts() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestProcess p = TestMachine.processOf(s);
          m.store(s, m.anon(s, 1), 1);
          assertThat(p.minorFaults).isEqualTo(1);
          TestMachine.TestFile f = m.file(1);
          m.load(s, f.map(s, 0, 1, R, true));
          assertThat(p.majorFaults).isEqualTo(1);
          m.tryLoad(s, 0x7000_0000);
          assertThat(p.minorFaults).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F96 PM27 H5 Y10 resident neighbours are mapped read-only until one is absent")
  void prefault() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(16);
          int va = f.map(s, 0, 16, RW, true);
          for (int i = 5; i <= 9; i++) {
            VmPage p = f.object.grabPage(i);
            if (p != null) {
              p.setValid(0xFF);
              p.activate();
              p.wakeup();
            }
          }
          m.readFault(s, va + 7 * PAGE);
          for (int i = 0; i < 16; i++) {
            assertThat(s.pmap().isMapped(va + i * PAGE))
                .as("page %d", i)
                .isEqualTo(i >= 5 && i <= 9);
          }
          assertThat(s.pmap().isWritable(va + 6 * PAGE)).isFalse();
          assertThat(s.pmap().isWritable(va + 7 * PAGE)).isTrue();
        });
  }

  @Test
  @DisplayName("PM28 M34 a cached file is mapped at once")
  void preload() {
    m.run(
        () -> {
          VmSpace a = m.space();
          TestMachine.TestFile f = m.file(8);
          int va = f.map(a, 0, 8, R, true);
          for (int i = 0; i < 8; i++) {
            m.load(a, va + i * PAGE);
          }
          VmSpace b = m.space();
          int vb = f.map(b, 0, 8, R, true);
          assertThat(
                  m.moved(
                      Counter.V_VM_FAULTS,
                      () -> {
                        for (int i = 0; i < 8; i++) {
                          assertThat(m.load(b, vb + i * PAGE)).isEqualTo(0x40 + i);
                        }
                      }))
              .isZero();
        });
  }

  @Test
  @DisplayName("PM30 with few PV entries idle mappings are dropped; no byte changes")
  void fewPvEntries() {
    TestMachine few = new TestMachine(4, VmOptions.defaults().withPvLimit(64));
    few.run(
        () -> {
          VmSpace s = few.space();
          int va = few.anon(s, 200);
          for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 200; i++) {
              few.store(s, va + i * PAGE, i + round);
            }
            for (int i = 0; i < 200; i++) {
              assertThat(few.load(s, va + i * PAGE)).isEqualTo(i + round & 0xFF);
            }
          }
          assertThat(few.vm.pmaps().pvEntries()).isLessThanOrEqualTo(64);
        });
  }

  @Test
  @DisplayName("F94 F29 a page that is not all valid here is completed with zeros, and told")
  void notWhollyValid() {
    m.run(
        () -> {
          VmMap k = m.vm.kernelMap();
          VmPage p = m.vm.kernelObject().grabPage(7);
          assertThat(p).isNotNull();
          if (p == null) {
            return;
          }
          m.memory.fillFrame(p.frame(), 0x77);
          p.clear(VmPage.ZERO);
          p.setMasks(0x01, 0);
          p.wakeup();
          m.vm.kernelObject().reference();
          int at = k.min + 7;
          k.lock();
          k.insert(m.vm.kernelObject(), 7, at, at + 1, RW, RW, Inheritance.NONE, 0);
          k.unlock();
          assertThat(m.vm.fault.fault(k, at, R, FaultState.NORMAL)).isEqualTo(FaultResult.RESOLVED);
          assertThat(m.messages).singleElement().asString().contains("not wholly valid");
          assertThat(p.fullyValid()).isTrue();
          assertThat(m.memory.read8(p.address() + 511)).isEqualTo(0x77);
          assertThat(m.memory.read8(p.address() + 512)).isZero();
          assertThat(k.pmap.isMapped(at << 12)).isTrue();
          k.lock();
          k.remove(at, at + 1);
          k.unlock();
          p.setBusy();
          p.free();
        });
  }

  @Test
  @DisplayName("F95 the mapping has the lookup's rights, and its wired bit")
  void rightsAndWiring() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          s.protect(va + PAGE, 2 * PAGE, R);
          assertThat(s.wire(va + 2 * PAGE, PAGE)).isEqualTo(KernReturn.SUCCESS);
          assertThat(m.readFault(s, va)).isEqualTo(FaultResult.RESOLVED);
          assertThat(m.readFault(s, va + PAGE)).isEqualTo(FaultResult.RESOLVED);
          assertThat(s.pmap().isWritable(va)).isTrue();
          assertThat(s.pmap().isWritable(va + PAGE)).isFalse();
          assertThat(s.pmap().isWritable(va + 2 * PAGE)).isFalse();
          assertThat(s.pmap().isWired(va)).isFalse();
          assertThat(s.pmap().isWired(va + PAGE)).isFalse();
          assertThat(s.pmap().isWired(va + 2 * PAGE)).isTrue();
          assertThat(m.page(s, va).frame()).isEqualTo((int) (s.pmap().extract(va) >>> 12));
          // A read of a wired page later on keeps the bit.
          s.pmap().remove((va >>> 12) + 2, (va >>> 12) + 3);
          m.load(s, va + 2 * PAGE);
          assertThat(s.pmap().isWired(va + 2 * PAGE)).isTrue();
          s.release();
        });
  }
}
