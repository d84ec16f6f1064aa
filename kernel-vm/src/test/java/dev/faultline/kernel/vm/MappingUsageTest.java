// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The numbers of /proc/N/smaps: resident, shared, private, swapped. */
final class MappingUsageTest {
  private final TestMachine m = TestMachine.small();

  private static MappingUsage usage(VmSpace s, int va, int pages) {
    return s.usage(va, va + pages * PAGE);
  }

  @Test
  @DisplayName("anonymous pages are the process's own until a fork, and again after the copy")
  void copyOnWrite() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 8);
          for (int i = 0; i < 4; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          MappingUsage alone = usage(s, va, 8);
          assertThat(alone.owned()).isEqualTo(4);
          assertThat(alone.ownedDirty()).isEqualTo(4);
          assertThat(alone.shared()).isZero();
          assertThat(alone.anonymous()).isEqualTo(4);
          assertThat(alone.referenced()).isEqualTo(4);
          assertThat(alone.proportional()).isEqualTo(4 * PAGE);
          VmSpace child = m.fork(s);
          MappingUsage forked = usage(s, va, 8);
          assertThat(forked.shared()).isEqualTo(4);
          assertThat(forked.sharedDirty()).isEqualTo(4);
          assertThat(forked.owned()).isZero();
          assertThat(forked.proportional()).isEqualTo(2 * PAGE);
          m.store(child, va, 2);
          assertThat(usage(child, va, 8).owned()).isEqualTo(1);
          assertThat(usage(child, va, 8).shared()).isEqualTo(3);
          assertThat(usage(s, va, 8).owned()).isEqualTo(1);
          assertThat(usage(s, va, 8).resident()).isEqualTo(s.residentPages());
          child.release();
          assertThat(usage(s, va, 8).owned()).isEqualTo(4);
        });
  }

  @Test
  @DisplayName("a file's pages are clean, dirty where stored to, shared where mapped twice")
  void files() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(4);
          int va = f.map(s, 0, 4, RW, true);
          m.entry(s, va).behaviour = Advice.RANDOM;
          m.load(s, va);
          m.store(s, va + PAGE, 1);
          MappingUsage one = usage(s, va, 4);
          assertThat(one.owned()).isEqualTo(2);
          assertThat(one.ownedDirty()).isEqualTo(1);
          assertThat(one.anonymous()).isZero();
          int vb = f.map(s, 0, 4, RW, false);
          m.entry(s, vb).behaviour = Advice.RANDOM;
          m.load(s, vb);
          m.store(s, vb + 2 * PAGE, 1);
          assertThat(usage(s, va, 4).shared()).isEqualTo(2);
          MappingUsage two = usage(s, vb, 4);
          assertThat(two.shared()).isEqualTo(2);
          assertThat(two.sharedDirty()).isEqualTo(1);
          assertThat(two.owned()).isEqualTo(1);
          assertThat(two.ownedDirty()).isEqualTo(1);
          assertThat(two.anonymous()).isEqualTo(1);
          assertThat(usage(s, va, 4).resident() + two.resident()).isEqualTo(s.residentPages());
        });
  }

  @Test
  @DisplayName("a page that is only on swap counts there, in parent and child")
  void swapped() {
    m.run(
        () -> {
          assertThat(m.swap(100)).isNotNull();
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          for (int i = 0; i < 3; i++) {
            m.store(s, va + i * PAGE, 1);
          }
          VmSpace child = m.fork(s);
          VmPage p = m.page(s, va + PAGE);
          p.deactivate();
          assertThat(m.vm.pageOut.cleanCluster(p)).isEqualTo(1);
          assertThat(usage(s, va, 3).swapped()).isZero();
          p.cache();
          p.setBusy();
          p.free();
          assertThat(usage(s, va, 3).swapped()).isEqualTo(1);
          assertThat(usage(s, va, 3).resident()).isEqualTo(2);
          assertThat(usage(child, va, 3).swapped()).isEqualTo(1);
          m.load(s, va + PAGE);
          assertThat(usage(s, va, 3).swapped()).isZero();
        });
  }
}
