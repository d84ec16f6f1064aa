// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.sched.KernelPanic;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Objects: references, collapse, bypass, removal, size (O1–O17, V1, V2, V27–V33). */
final class ObjectTest {
  private final TestMachine m = TestMachine.small();

  private VmPage resident(VmObject o, int index, int fill) {
    VmPage p = o.grabPage(index);
    if (p == null) {
      throw new AssertionError("no page");
    }
    m.memory.fillFrame(p.frame(), fill);
    p.clear(VmPage.ZERO);
    p.setValid(0xFF);
    p.makeDirty();
    p.activate();
    p.wakeup();
    return p;
  }

  private int byteAt(VmObject o, int index) {
    VmPage p = o.lookup(index);
    return p == null ? -1 : m.memory.read8(p.address());
  }

  @Test
  @DisplayName("O1 DP1 S10 a new object is DEFAULT, and SWAP from its first page-out on")
  void types() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4);
          assertThat(o.type()).isEqualTo(ObjectType.DEFAULT);
          assertThat(o.references()).isEqualTo(1);
          assertThat(o.has(VmObject.ONEMAPPING)).isTrue();
          VmPage p = resident(o, 0, 1);
          p.deactivate();
          assertThat(m.vm.pageOut.cleanCluster(p)).isZero();
          assertThat(o.type()).isEqualTo(ObjectType.SWAP);
          assertThat(p.queueName()).isEqualTo("active");
          assertThat(p.dirty()).isEqualTo(0xFF);
          o.deallocate();
        });
  }

  @Test
  @DisplayName("O3 pages and shadows move the generation")
  void generation() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4);
          int g = o.generation();
          resident(o, 0, 1);
          assertThat(o.generation()).isGreaterThan(g);
          o.deallocate();
        });
  }

  @Test
  @DisplayName("O4 O8 the end of an object waits for its paging")
  void terminateWaits() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          VmPage p = resident(o, 0, 1);
          o.beginPaging();
          VmSpace s = m.space();
          boolean[] done = new boolean[1];
          m.thread(
              s,
              () -> {
                o.deallocate();
                done[0] = true;
              });
          m.scheduler.yieldNow();
          assertThat(done[0]).isFalse();
          long freed = m.count(Counter.V_PFREE);
          o.endPaging();
          m.scheduler.yieldNow();
          assertThat(done[0]).isTrue();
          assertThat(m.count(Counter.V_PFREE)).isEqualTo(freed + 1);
          assertThat(p.queueName()).isEqualTo("free");
          assertThat(o.type()).isEqualTo(ObjectType.DEAD);
        });
  }

  @Test
  @DisplayName("O5 a reference to a dead object is a panic")
  void referenceToDead() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 1);
          o.deallocate();
          assertThatThrownBy(o::reference).isInstanceOf(KernelPanic.class);
        });
  }

  @Test
  @DisplayName("O7 O12 O13 the last shadow absorbs: its page wins, others move, outside ones go")
  void absorb() {
    m.run(
        () -> {
          VmObject behind = VmObject.anonymous(m.vm, 6);
          resident(behind, 0, 1);
          resident(behind, 2, 2);
          resident(behind, 3, 3);
          behind.reference();
          VmObject top = behind.shadow(2, 4);
          resident(top, 0, 9);
          int free = m.vm.state().free();
          behind.deallocate();
          assertThat(m.count(Counter.OBJECT_COLLAPSES)).isEqualTo(1);
          assertThat(top.backing()).isNull();
          assertThat(byteAt(top, 0)).isEqualTo(9);
          assertThat(byteAt(top, 1)).isEqualTo(3);
          assertThat(m.vm.state().free()).isEqualTo(free + 2);
          top.deallocate();
        });
  }

  @Test
  @DisplayName("O13 a chain of three becomes two, offsets added")
  void middleCollapses() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(20);
          f.object.reference();
          VmObject b = f.object.shadow(3, 10);
          b.reference();
          VmObject a = b.shadow(2, 5);
          b.deallocate();
          assertThat(a.backing()).isSameAs(f.object);
          assertThat(a.backingOffset()).isEqualTo(5);
          a.deallocate();
        });
  }

  @Test
  @DisplayName("O10 a file is never absorbed")
  void fileIsNotAbsorbed() {
    m.run(
        () -> {
          TestMachine.TestFile f = m.file(2);
          VmObject a = f.object.shadow(0, 2);
          a.collapse();
          assertThat(a.backing()).isSameAs(f.object);
        });
  }

  @Test
  @DisplayName(
      "O11 O12a X9 during paging idle pages move, a fault's placeholder keeps what it needs")
  void quickCollapse() {
    m.run(
        () -> {
          VmObject behind = VmObject.anonymous(m.vm, 4);
          resident(behind, 0, 1);
          resident(behind, 1, 2);
          VmPage busy = resident(behind, 2, 3);
          behind.reference();
          VmObject top = behind.shadow(0, 4);
          VmPage placeholder = top.grabPage(1);
          busy.setBusy();
          top.beginPaging();
          behind.dropReference();
          top.collapse();
          assertThat(byteAt(top, 0)).isEqualTo(1);
          assertThat(byteAt(behind, 1)).isEqualTo(2);
          assertThat(byteAt(behind, 2)).isEqualTo(3);
          assertThat(top.backing()).isSameAs(behind);
          top.endPaging();
          busy.wakeup();
          if (placeholder != null) {
            placeholder.free();
          }
          top.collapse();
          assertThat(top.backing()).isNull();
          assertThat(byteAt(top, 1)).isEqualTo(2);
          top.deallocate();
        });
  }

  @Test
  @DisplayName("O14 O15 a wholly overlaid backing object is stepped around")
  void bypass() {
    m.run(
        () -> {
          VmObject behind = VmObject.anonymous(m.vm, 2);
          resident(behind, 0, 1);
          behind.reference();
          VmObject a = behind.shadow(0, 2);
          behind.reference();
          VmObject b = behind.shadow(0, 2);
          a.collapse();
          assertThat(a.backing()).isSameAs(behind);
          resident(a, 0, 5);
          a.collapse();
          assertThat(a.backing()).isNull();
          assertThat(behind.references()).isEqualTo(2);
          assertThat(m.count(Counter.OBJECT_BYPASSES)).isEqualTo(1);
          a.deallocate();
          b.deallocate();
          behind.deallocate();
        });
  }

  @Test
  @DisplayName("O17 removal unmaps, frees, and leaves wired pages invalid; clean-only spares dirt")
  void removePages() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, true);
          for (int i = 0; i < 4; i++) {
            m.load(s, va + i * PAGE);
          }
          m.store(s, va + PAGE, 1);
          f.object.removePages(0, 2, true);
          assertThat(f.object.lookup(0)).isNull();
          assertThat(f.object.lookup(1)).isNotNull();
          VmPage wired = f.object.lookup(2);
          assertThat(wired).isNotNull();
          if (wired != null) {
            wired.wire();
            f.object.removePages(0, 0, false);
            assertThat(f.object.residentPages()).isEqualTo(1);
            assertThat(wired.valid()).isZero();
            assertThat(s.residentPages()).isZero();
            wired.unwire(false);
          }
        });
  }

  @Test
  @DisplayName("V1 V2 two mappings are one object; after the last its pages stay as cache")
  void fileObjectStays() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, true);
          m.load(s, va);
          s.unmap(va, PAGE);
          f.object.deallocate();
          assertThat(f.object.references()).isZero();
          assertThat(f.vnode.uses).isZero();
          assertThat(f.object.residentPages()).isEqualTo(1);
          f.vnode.lockExclusive(Long.MAX_VALUE);
          f.object.terminate();
          f.vnode.unlockExclusive();
        });
  }

  @Test
  @DisplayName("V27 V28 V29 X11 truncation takes pages from mappings, zeroes the tail, keeps dirt")
  void truncate() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(3);
          int va = f.map(s, 0, 3, RW, true);
          m.store(s, va + 10, 7);
          m.load(s, va + 2 * PAGE);
          f.vnode.lockExclusive(Long.MAX_VALUE);
          f.object.setSize(100);
          f.vnode.unlockExclusive();
          assertThat(m.tryLoad(s, va + 2 * PAGE)).isNegative();
          assertThat(m.lastRefusal).isEqualTo(FaultResult.BEYOND_OBJECT);
          assertThat(m.load(s, va + 10)).isEqualTo(7);
          assertThat(m.load(s, va + 100)).isZero();
          assertThat(m.load(s, va + 4000)).isZero();
          assertThat(m.page(s, va).dirty()).isEqualTo(0xFF);
          f.pager.pages.clear();
          f.object.setSize(3L * PAGE);
          assertThat(m.load(s, va + 2 * PAGE)).isZero();
        });
  }

  @Test
  @DisplayName("V30 V33 the cache's page is the mapping's page; private copies stay private")
  void oneCache() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, true);
          int vp = f.map(s, 0, 1, RW, false);
          m.store(s, vp, 1);
          m.store(s, va, 2);
          VmPage p = f.object.grabPage(0);
          assertThat(p).isNotNull();
          if (p != null) {
            assertThat(m.memory.read8(p.address())).isEqualTo(2);
            m.memory.write8(p.address() + 1, 3);
            p.makeDirty(1, 1);
            p.wakeup();
          }
          assertThat(m.load(s, va + 1)).isEqualTo(3);
          assertThat(m.load(s, vp)).isEqualTo(1);
          assertThat(m.load(s, vp + 1)).isEqualTo(0x40);
        });
  }

  @Test
  @DisplayName("O2 a shadow holds one reference on its backing object and is in its list")
  void shadowsHoldReferences() {
    m.run(
        () -> {
          VmObject behind = VmObject.anonymous(m.vm, 4);
          behind.reference();
          behind.reference();
          VmObject a = behind.shadow(0, 2);
          VmObject b = behind.shadow(2, 2);
          assertThat(behind.references()).isEqualTo(3);
          assertThat(behind.shadowCount()).isEqualTo(2);
          assertThat(behind.firstShadow).isSameAs(b);
          assertThat(b.nextShadow).isSameAs(a);
          a.deallocate();
          assertThat(behind.references()).isEqualTo(2);
          assertThat(behind.shadowCount()).isEqualTo(1);
          assertThat(behind.references()).isGreaterThanOrEqualTo(behind.shadowCount());
          behind.deallocate();
          assertThat(b.backing()).isNull();
          assertThat(behind.isDead()).isTrue();
          b.deallocate();
        });
  }

  @Test
  @DisplayName("O6 the only user of anonymous memory needs no shadow; of a file he does")
  void shadowOfSingle() {
    m.run(
        () -> {
          VmObject o = VmObject.anonymous(m.vm, 4);
          assertThat(o.shadow(1, 2)).isSameAs(o);
          o.reference();
          VmObject own = o.shadow(1, 2);
          assertThat(own).isNotSameAs(o);
          assertThat(own.size()).isEqualTo(2);
          assertThat(own.backingOffset()).isEqualTo(1);
          own.deallocate();
          o.deallocate();
          TestMachine.TestFile f = m.file(2);
          VmObject first = f.object.shadow(0, 2);
          assertThat(first).isNotSameAs(f.object);
          first.deallocate();
        });
  }

  @Test
  @DisplayName("O8 X14 an object that ends takes its mappings along, and only detaches wired pages")
  void terminateUnmaps() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, R, true);
          m.load(s, va);
          m.load(s, va + PAGE);
          VmPage p = m.page(s, va);
          VmPage wired = m.page(s, va + PAGE);
          wired.wire();
          f.vnode.lockExclusive(Long.MAX_VALUE);
          f.object.terminate();
          f.vnode.unlockExclusive();
          assertThat(s.pmap().isMapped(va)).isFalse();
          assertThat(s.pmap().isMapped(va + PAGE)).isFalse();
          assertThat(p.queueName()).isEqualTo("free");
          assertThat(wired.object()).isNull();
          assertThat(wired.queueName()).isEqualTo("none");
          wired.unwire(false);
          assertThat(wired.queueName()).isEqualTo("free");
          VmMap map = s.map();
          VmMapEntry e = m.entry(s, va);
          map.lock();
          map.entries.remove(e);
          map.unlock();
        });
  }
}
