// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static dev.faultline.kernel.vm.TestMachine.R;
import static dev.faultline.kernel.vm.TestMachine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a lookup for a fault says, and what it leaves locked (M4, M16–M24). */
final class LookupTest {
  private final TestMachine m = TestMachine.small();
  private final MapLookup found = new MapLookup();

  private FaultResult lookup(VmSpace s, int va, int type) {
    return s.map().lookup(Page.number(va), type, found);
  }

  @Test
  @DisplayName("M4 what is found does not depend on what was looked for before")
  void hint() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int low = m.anon(s, 2, R);
          int high = m.anon(s, 2, RW);
          VmMapEntry first = m.entry(s, low);
          VmMapEntry second = m.entry(s, high);
          VmMap map = s.map();
          int at = Page.number(low);
          for (int before = at - 1; before <= at + 5; before++) {
            map.entryAt(before);
            assertThat(map.entryAt(at + 1)).isSameAs(first);
            map.entryAt(before);
            assertThat(map.floor(at + 3)).isSameAs(second);
            map.entryAt(before);
            assertThat(map.floor(at - 1)).isSameAs(map.header);
            assertThat(map.floor(at + 9)).isSameAs(second);
          }
          s.unmap(low, 2 * PAGE);
          assertThat(map.entryAt(at + 1)).isNull();
          assertThat(map.floor(at + 1)).isSameAs(map.header);
        });
  }

  @Test
  @DisplayName("M16 success leaves the shared lock, failure none; no entry is its own answer")
  void locks() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1, R);
          assertThat(lookup(s, va + PAGE, R)).isEqualTo(FaultResult.NO_ENTRY);
          assertThat(FaultResult.NO_ENTRY.code()).isEqualTo(KernReturn.INVALID_ADDRESS);
          assertThat(s.map().lock.isFree()).isTrue();
          assertThat(lookup(s, va, RW)).isEqualTo(FaultResult.PROTECTION);
          assertThat(s.map().lock.isFree()).isTrue();
          assertThat(lookup(s, va, R)).isEqualTo(FaultResult.RESOLVED);
          assertThat(s.map().lock.isFree()).isFalse();
          assertThat(s.map().lock.isExclusive()).isFalse();
          s.map().lock.unlockShared();
          assertThat(s.map().lock.isFree()).isTrue();
        });
  }

  @Test
  @DisplayName("M18 override judges by the rights that may be given")
  void override() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 1, R);
          assertThat(lookup(s, va, RW)).isEqualTo(FaultResult.PROTECTION);
          assertThat(FaultResult.PROTECTION.code()).isEqualTo(KernReturn.PROTECTION_FAILURE);
          assertThat(lookup(s, va, RW | VmMap.OVERRIDE_WRITE)).isEqualTo(FaultResult.RESOLVED);
          s.map().lock.unlockShared();
          int vb = TestMachine.ok(s.mapAnonymous(0x3000_0000, PAGE, R, R, false, false));
          assertThat(lookup(s, vb, RW | VmMap.OVERRIDE_WRITE)).isEqualTo(FaultResult.PROTECTION);
          int vc = m.anon(s, 1, Protection.EXECUTE);
          assertThat(lookup(s, vc, R)).isEqualTo(FaultResult.PROTECTION);
        });
  }

  @Test
  @DisplayName("M20 M22 a forked entry is read without WRITE, unchanged; written through a shadow")
  void needsCopy() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 3);
          m.store(s, va, 1);
          VmSpace child = m.fork(s);
          VmMapEntry e = m.entry(child, va);
          VmObject before = m.object(child, va);
          assertThat(lookup(child, va, R)).isEqualTo(FaultResult.RESOLVED);
          assertThat(found.protection).isEqualTo(R);
          assertThat(found.object).isSameAs(before);
          child.map().lock.unlockShared();
          assertThat(e.has(VmMapEntry.NEEDS_COPY)).isTrue();
          int stamp = child.map().timestamp();
          assertThat(lookup(child, va + PAGE, RW)).isEqualTo(FaultResult.RESOLVED);
          child.map().lock.unlockShared();
          assertThat(child.map().timestamp()).isEqualTo(stamp + 1);
          assertThat(found.protection).isEqualTo(RW);
          assertThat(found.object).isNotSameAs(before).isSameAs(e.object);
          assertThat(found.object != null && found.object.backing() == before).isTrue();
          assertThat(e.offset).isZero();
          assertThat(e.has(VmMapEntry.NEEDS_COPY)).isFalse();
          assertThat(e.has(VmMapEntry.COW)).isTrue();
        });
  }

  @Test
  @DisplayName("M21 a write to wired private memory without its own page is refused, unless forced")
  void wiredPrivate() {
    m.run(
        () -> {
          VmSpace s = m.space();
          TestMachine.TestFile f = m.file(1);
          int va = f.map(s, 0, 1, R, false);
          s.wire(va, PAGE);
          VmMapEntry e = m.entry(s, va);
          e.protection = RW;
          assertThat(lookup(s, va, RW)).isEqualTo(FaultResult.PROTECTION);
          assertThat(lookup(s, va, R)).isEqualTo(FaultResult.RESOLVED);
          s.map().lock.unlockShared();
          e.flags &= ~VmMapEntry.COW & ~VmMapEntry.NEEDS_COPY;
          assertThat(lookup(s, va, RW)).isEqualTo(FaultResult.RESOLVED);
          s.map().lock.unlockShared();
          e.flags |= VmMapEntry.COW | VmMapEntry.NEEDS_COPY;
          e.protection = R;
          s.unwire(va, PAGE);
        });
  }

  @Test
  @DisplayName("M23 M24 the first touch makes the object; the index counts the entry's offset in")
  void index() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int va = m.anon(s, 5);
          assertThat(lookup(s, va + 3 * PAGE, R)).isEqualTo(FaultResult.RESOLVED);
          s.map().lock.unlockShared();
          assertThat(found.index).isEqualTo(3);
          assertThat(found.object != null ? found.object.size() : 0).isEqualTo(5);
          TestMachine.TestFile f = m.file(8);
          int vf = f.map(s, 2, 6, R, true);
          assertThat(lookup(s, vf + 2 * PAGE + 77, R)).isEqualTo(FaultResult.RESOLVED);
          s.map().lock.unlockShared();
          assertThat(found.index).isEqualTo(4);
          assertThat(found.object).isSameAs(f.object);
        });
  }
}
