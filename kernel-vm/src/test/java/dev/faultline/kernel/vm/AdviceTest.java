// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** madvise, mincore, msync (M32–M34, M51–M57, O21–O25, P28). */
final class AdviceTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("M32 advice on one page of three makes three entries")
  void clips() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          s.advise(va + PAGE, PAGE, Advice.RANDOM);
          assertThat(s.map().count()).isEqualTo(3);
          s.advise(va, 3 * PAGE, Advice.NORMAL);
          assertThat(s.map().count()).isEqualTo(1);
        });
  }

  @Test
  @DisplayName("M33 O24 FREE keeps what is written after it, and loses what was before")
  void free() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          m.store(s, va + PAGE, 2);
          s.advise(va, 2 * PAGE, Advice.FREE);
          assertThat(s.map().count()).isEqualTo(1);
          m.store(s, va + PAGE, 3);
          reclaim(m.page(s, va));
          VmPage written = m.page(s, va + PAGE);
          written.testDirty();
          assertThat(written.dirty()).isEqualTo(0xFF);
          assertThat(m.load(s, va)).isZero();
          assertThat(m.load(s, va + PAGE)).isEqualTo(3);
        });
  }

  private static void reclaim(VmPage p) {
    p.deactivate();
    p.cache();
    assertThat(p.queueName()).isEqualTo("cache");
    p.setBusy();
    p.free();
  }

  @Test
  @DisplayName("O23 P28 most unneeded pages age a lot, some a little, none is unmapped")
  void dontNeed() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          for (int i = 0; i < 3; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          m.vm.queues.setDontNeedCount(0x1FF);
          m.page(s, va).dontNeed();
          assertThat(m.page(s, va).queueName()).isEqualTo("active");
          assertThat(m.page(s, va).activity).isEqualTo(4);
          m.vm.queues.setDontNeedCount(0x10);
          m.page(s, va + PAGE).dontNeed();
          assertThat(m.page(s, va + PAGE).queueName()).isEqualTo("inactive");
          m.page(s, va + 2 * PAGE).cleaned();
          m.page(s, va + 2 * PAGE).dontNeed();
          assertThat(m.vm.queues.inactive.head).isSameAs(m.page(s, va + 2 * PAGE));
          assertThat(s.pmap().isMapped(va + 2 * PAGE)).isTrue();
        });
  }

  @Test
  @DisplayName("O22 O25 X4 WILLNEED activates pages down the chain and skips wired ones")
  void willNeed() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(8);
          int va = f.map(s, 2, 6, RW, false);
          for (int i = 0; i < 6; i++) {
            m.load(s, va + i * PAGE);
          }
          m.store(s, va, 1);
          VmPage p = f.object.lookup(7);
          assertThat(p).isNotNull();
          if (p != null) {
            p.deactivate();
            s.advise(va + 5 * PAGE, PAGE, Advice.WILLNEED);
            assertThat(p.queueName()).isEqualTo("active");
          }
        });
  }

  @Test
  @DisplayName("discarded memory reads zero, a discarded private file page is the file's again")
  void discard() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 2);
          m.store(s, va, 1);
          m.store(s, va + PAGE, 2);
          VmSpace child = m.fork(s);
          s.discard(va, PAGE);
          assertThat(m.load(s, va)).isZero();
          assertThat(m.load(s, va + PAGE)).isEqualTo(2);
          assertThat(m.load(child, va)).isEqualTo(1);
          TestMachine.TestFile f = m.file(2);
          int vf = f.map(s, 0, 2, RW, false);
          m.store(s, vf, 9);
          s.discard(vf, 2 * PAGE);
          assertThat(m.load(s, vf)).isEqualTo(0x40);
        });
  }

  @Test
  @DisplayName("M55 M56 M57 X5 mincore tells own use from others', holes are 0")
  void inCore() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          m.store(s, va, 1);
          m.load(s, va + PAGE);
          byte[] v = new byte[4];
          assertThat(s.inCore(va, 4 * PAGE, v)).isEqualTo(KernReturn.SUCCESS);
          assertThat(v[0]).isEqualTo((byte) 31);
          assertThat(v[1]).isEqualTo((byte) (1 | 2 | 8));
          assertThat(v[2]).isZero();
          s.pmap().remove(va >>> 12, (va >>> 12) + 1);
          s.inCore(va, 4 * PAGE, v);
          assertThat(v[0]).isEqualTo((byte) (1 | 8 | 16));
          byte[] w = new byte[6];
          assertThat(s.inCore(va, 6 * PAGE, w)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(w[0]).isEqualTo((byte) (1 | 8 | 16));
        });
  }

  @Test
  @DisplayName(
      "M51 O21 a second msync writes nothing; a hole is refused before anything is written")
  void sync() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, true);
          m.store(s, va + PAGE, 9);
          assertThat(s.sync(va, 5 * PAGE, true, false)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(f.pager.writes).isEmpty();
          assertThat(s.sync(va, 4 * PAGE, true, false)).isEqualTo(KernReturn.SUCCESS);
          assertThat(f.pager.page(1)[0]).isEqualTo((byte) 9);
          s.sync(va, 4 * PAGE, true, false);
          assertThat(f.pager.writes).containsExactly("1-1");
          m.store(s, va + PAGE, 10);
          s.sync(va, 4 * PAGE, true, false);
          assertThat(f.pager.page(1)[0]).isEqualTo((byte) 10);
        });
  }

  @Test
  @DisplayName("M52 M53 X4 only writable entries are written, at the file's own index")
  void syncFindsTheFile() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(8);
          int shared = f.map(s, 0, 8, RW, true);
          m.store(s, shared + 5 * PAGE, 9);
          int va = f.map(s, 3, 4, RW, false);
          m.store(s, va, 1);
          assertThat(s.protect(shared, 8 * PAGE, R)).isEqualTo(KernReturn.SUCCESS);
          s.sync(shared, 8 * PAGE, true, false);
          assertThat(f.pager.writes).isEmpty();
          s.sync(va + 2 * PAGE, PAGE, true, false);
          assertThat(f.pager.writes).containsExactly("5-5");
        });
  }

  @Test
  @DisplayName("M54 invalidation makes the next touch a major fault; dirty pages stay")
  void invalidate() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(2);
          int va = f.map(s, 0, 2, RW, true);
          m.load(s, va);
          s.sync(va, 2 * PAGE, false, true);
          assertThat(f.object.residentPages()).isZero();
          f.pager.nextWrite = PagerResult.ERROR;
          m.store(s, va, 1);
          assertThat(s.sync(va, 2 * PAGE, true, true)).isEqualTo(KernReturn.FAILURE);
          assertThat(f.object.lookup(0)).isNotNull();
        });
  }

  @Test
  @DisplayName("O21a requests are clusters of sixteen, ascending")
  void clusters() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(40);
          int va = f.map(s, 0, 40, RW, true);
          for (int i = 30; i >= 3; i--) {
            m.store(s, va + i * PAGE, 1);
          }
          s.sync(va, 40 * PAGE, true, false);
          assertThat(f.pager.writes).containsExactly("3-18", "19-30");
        });
  }

  @Test
  @DisplayName("M51 length 0 means the whole entry; a hole, alone or inside, is an invalid address")
  void wholeEntry() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, true);
          m.store(s, va, 1);
          m.store(s, va + 3 * PAGE, 1);
          assertThat(s.sync(va - PAGE, 0, true, false)).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(s.sync(va - PAGE, 3 * PAGE, true, false))
              .isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(s.sync(va + 1, PAGE, true, false)).isEqualTo(KernReturn.INVALID_ARGUMENT);
          assertThat(f.pager.writes).isEmpty();
          assertThat(s.sync(va + PAGE, 0, true, false)).isEqualTo(KernReturn.SUCCESS);
          assertThat(f.pager.writes).containsExactly("0-0", "3-3");
        });
  }
}
