// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.KernelThread;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Copy on write: who gets a copy, when a page moves instead (F73–F79, M66, V33). */
final class CopyOnWriteTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("F73 a read of a copy-on-write page maps it read-only and copies nothing")
  void readDoesNotCopy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          m.store(s, va, 1);
          VmSpace child = m.fork(s);
          m.load(child, va);
          assertThat(child.pmap().isWritable(va)).isFalse();
          assertThat(m.page(child, va)).isSameAs(m.object(child, va).lookup(0));
        });
  }

  @Test
  @DisplayName("F74 F77 F78 H14 a write copies: the copy dirty, the old page inactive")
  void writeCopies() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          assertThat(m.moved(Counter.V_COW_FAULTS, () -> m.store(s, va, 1))).isEqualTo(1);
          assertThat(m.count(Counter.V_COW_OPTIM)).isZero();
          VmPage old = f.object.lookup(0);
          assertThat(old).isNotNull();
          assertThat(old == null ? "" : old.queueName()).isEqualTo("inactive");
          assertThat(m.page(s, va).dirty()).isEqualTo(0xFF);
          assertThat(m.load(s, va + 1)).isEqualTo(0x40);
          assertThat(f.pager.page(0)[0]).isEqualTo((byte) 0x40);
        });
  }

  @Test
  @DisplayName("F79 a second write to an own page counts nothing but the fault")
  void ownPageIsNotCopied() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          m.store(s, va, 1);
          s.pmap().remove(va >>> 12, (va >>> 12) + 1);
          assertThat(m.moved(Counter.V_COW_FAULTS, () -> m.store(s, va, 2))).isZero();
          assertThat(m.moved(Counter.V_VM_FAULTS, () -> m.store(s, va, 3))).isZero();
        });
  }

  /** F75's scenario, stopped in the middle of the parent's read of page 1 from swap. */
  private void midFault(Consumer<VmSpace[]> meanwhile, long expectedMoves) {
    m.run(
        () -> {
          TestSwap swap = m.swap(100);
          VmSpace parent = m.space();
          int va = m.anon(parent, 4);
          m.store(parent, va, 10);
          m.store(parent, va + PAGE, 11);
          VmSpace child = m.fork(parent);
          m.store(parent, va, 20);
          m.swapOut(parent, va + PAGE);
          swap.gateClosed = true;
          KernelThread t = m.thread(parent, () -> m.store(parent, va + PAGE, 21));
          m.scheduler.yieldNow();
          assertThat(swap.atGate).as(t.toString()).isEqualTo(1);
          meanwhile.accept(new VmSpace[] {parent, child});
          swap.open();
          m.scheduler.yieldNow();
          m.scheduler.yieldNow();
          assertThat(m.load(parent, va + PAGE)).isEqualTo(21);
          assertThat(m.load(parent, va + PAGE + 1)).isZero();
          assertThat(m.count(Counter.V_COW_OPTIM)).isEqualTo(expectedMoves);
        });
  }

  @Test
  @DisplayName("F75 F76 H18 the last owner's page moves up, dirty, and its swap block goes")
  void movesWhenAlone() {
    midFault(spaces -> m.thread(spaces[1], () -> spaces[1].release()), 1);
  }

  @Test
  @DisplayName("F75 a second shadow forces a copy")
  void copiesWithSecondShadow() {
    midFault(spaces -> assertThat(spaces[1].map().count()).isEqualTo(1), 0);
  }

  @Test
  @DisplayName("F75 a moved timestamp forces a copy")
  void copiesWhenMapChanged() {
    midFault(
        spaces -> {
          m.thread(spaces[1], () -> spaces[1].release());
          m.anon(spaces[0], 1);
        },
        0);
  }

  @Test
  @DisplayName("F75 two levels down a page is copied")
  void copiesFromTwoLevelsDown() {
    m.run(
        () -> {
          VmSpace a = m.space();
          int va = m.anon(a, 2);
          m.store(a, va, 1);
          VmSpace b = m.fork(a);
          m.store(b, va + PAGE, 2);
          VmSpace c = m.fork(b);
          m.store(c, va + PAGE, 3);
          m.store(c, va, 4);
          assertThat(m.count(Counter.V_COW_OPTIM)).isZero();
          assertThat(m.load(a, va)).isEqualTo(1);
          assertThat(m.load(b, va)).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("M66 O6 O13 both writers copy; when one exits one object remains")
  void bothWritersCopy() {
    m.run(
        () -> {
          VmSpace a = m.space();
          int va = m.anon(a, 1);
          m.store(a, va, 1);
          VmSpace b = m.fork(a);
          m.store(a, va, 2);
          m.store(b, va, 3);
          assertThat(m.count(Counter.V_COW_FAULTS)).isEqualTo(2);
          b.release();
          VmSpace c = m.fork(a);
          c.release();
          assertThat(TestMachine.chainLength(m.object(a, va))).isEqualTo(1);
          assertThat(m.load(a, va)).isEqualTo(2);
        });
  }

  @Test
  @DisplayName("M68 twenty generations leave a short chain")
  void generations() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 4);
          for (int i = 0; i < 20; i++) {
            m.store(s, va + i % 4 * PAGE, i);
            VmSpace child = m.fork(s);
            m.store(child, va, 100 + i);
            s.release();
            s = child;
          }
          assertThat(TestMachine.chainLength(m.object(s, va))).isLessThanOrEqualTo(3);
          assertThat(m.load(s, va)).isEqualTo(119);
          assertThat(m.load(s, va + PAGE)).isEqualTo(17);
        });
  }

  @Test
  @DisplayName("O6 the last owner writes without a new object")
  void lastOwnerWrites() {
    m.run(
        () -> {
          VmSpace a = m.space();
          int va = m.anon(a, 1);
          m.store(a, va, 1);
          VmObject o = m.object(a, va);
          m.fork(a).release();
          m.store(a, va, 2);
          assertThat(m.object(a, va)).isSameAs(o);
        });
  }

  /** A chain made by hand: an empty object before one, or two, with a page of sevens behind. */
  private VmObject chain(VmSpace s, int va, int depth) {
    VmObject behind = VmObject.anonymous(m.vm, 1);
    VmPage p = behind.grabPage(0);
    if (p == null) {
      throw new AssertionError("no page");
    }
    m.memory.fillFrame(p.frame(), 7);
    p.clear(VmPage.ZERO);
    p.setValid(VmPage.ALL_CHUNKS);
    p.makeDirty();
    p.activate();
    p.wakeup();
    VmObject top = behind;
    for (int i = 0; i < depth; i++) {
      VmObject o = VmObject.anonymous(m.vm, 1);
      o.attach(top, 0);
      top = o;
    }
    TestMachine.ok(s.mapObject(va, PAGE, RW, RW, true, top, 0, true, 0));
    return behind;
  }

  private void writes(VmSpace s, int va, long expectedMoves) {
    long copies =
        m.moved(
            Counter.V_COW_FAULTS,
            () ->
                assertThat(
                        m.moved(
                            Counter.V_COW_OPTIM,
                            () -> assertThat(m.fault(s, va, RW, FaultState.NORMAL).ok()).isTrue()))
                    .isEqualTo(expectedMoves));
    assertThat(copies).isEqualTo(1);
    assertThat(m.page(s, va).object()).isSameAs(m.object(s, va));
    assertThat(m.page(s, va).dirty()).as("H14, P15").isEqualTo(0xFF);
    assertThat(m.load(s, va)).isEqualTo(7);
  }

  private static final int VA = 0x1000_0000;

  @Test
  @DisplayName("F75 F76 alone behind the first object: moved, same frame, dirty without a write")
  void moves() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject behind = chain(s, VA, 1);
          VmPage p = behind.lookup(0);
          int free = m.vm.state().free();
          writes(s, VA, 1);
          assertThat(m.page(s, VA)).isSameAs(p);
          assertThat(behind.residentPages()).isZero();
          assertThat(p == null ? "" : p.queueName()).isEqualTo("active");
          // A page table; the placeholder went back.
          assertThat(free - m.vm.state().free()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F75 one more reference forces a copy")
  void copiesWithReference() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject behind = chain(s, VA, 1);
          behind.reference();
          writes(s, VA, 0);
          assertThat(behind.residentPages()).isEqualTo(1);
          behind.deallocate();
        });
  }

  @Test
  @DisplayName("F75 one more shadow forces a copy")
  void copiesWithShadow() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject behind = chain(s, VA, 1);
          VmObject other = VmObject.anonymous(m.vm, 1);
          behind.reference();
          other.attach(behind, 0);
          writes(s, VA, 0);
          assertThat(behind.residentPages()).isEqualTo(1);
          other.deallocate();
        });
  }

  @Test
  @DisplayName("F75 an object that is not right behind the first forces a copy, though alone")
  void copiesFromFurtherDown() {
    m.run(
        () -> {
          VmSpace s = m.space();
          VmObject behind = chain(s, VA, 2);
          writes(s, VA, 0);
          assertThat(behind.residentPages()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("F75 a file's object, which has a name and a vnode, forces a copy, though alone")
  void copiesFromFile() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, RW, false);
          f.object.deallocate();
          m.store(s, va, 9);
          assertThat(f.object.references()).isEqualTo(1);
          assertThat(f.object.shadowCount()).isEqualTo(1);
          assertThat(m.count(Counter.V_COW_OPTIM)).isZero();
          assertThat(f.object.residentPages()).isEqualTo(1);
          f.object.reference();
        });
  }

  @Test
  @DisplayName("F75 H13 somebody who has the map, though he changed nothing, forces a copy")
  void copiesWhenMapLocked() {
    VmMap[] map = new VmMap[1];
    midFault(
        spaces -> {
          map[0] = spaces[0].map();
          m.thread(spaces[1], () -> spaces[1].release());
          map[0].lock.lockShared();
          m.thread(
              spaces[0],
              () -> {
                // After the fault has had its turn.
                m.scheduler.yieldNow();
                map[0].lock.unlockShared();
              });
        },
        0);
  }
}
