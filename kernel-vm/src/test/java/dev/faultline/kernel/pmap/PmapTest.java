// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.kernel.pmap.Protection.EXECUTE;
import static dev.faultline.kernel.pmap.Protection.NONE;
import static dev.faultline.kernel.pmap.Protection.READ;
import static dev.faultline.kernel.pmap.Protection.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.RefusedPageFault;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Page tables in RAM, PV lists, invalidation: one rule after the other (PM1–PM35). */
final class PmapTest {
  private static final int VA = 0x1000_0000;
  private static final int RW = READ | WRITE;

  private final PmapRig rig = new PmapRig(2, 1000);
  private final PhysicalMemory memory = rig.memory;
  private final TestFrames frames = rig.frames;
  private final PmapSystem system = rig.system;
  private final Mmu cpu = rig.cpu();
  private final Mmu other = rig.cpu();
  private final Pmap pmap = rig.create();
  private final TestFrame page = frames.all.get(10);

  private int pte(Pmap p, int va) {
    return p.tableEntry(va);
  }

  private void check() {
    pmap.check();
    system.kernel().check();
  }

  @Test
  @DisplayName("PM1 PM4 PM13 the MMU walks what enter wrote; a load sets A, a store sets D")
  void enter() {
    pmap.activate(cpu);
    memory.fillFrame(10, 0x5A);
    assertThat(pmap.enter(VA, page, RW, false)).isEqualTo(EnterResult.ENTERED);
    assertThat(pte(pmap, VA) & PageTableEntry.DIRTY).isZero();
    assertThat(cpu.cr3()).isEqualTo(pmap.directoryAddress());
    assertThat(cpu.read8(VA)).isEqualTo(0x5A);
    assertThat(pmap.isDirty(VA)).isFalse();
    cpu.write8(VA, 1);
    assertThat(pmap.isDirty(VA)).isTrue();
    assertThat(pmap.residentCount()).isEqualTo(1);
    assertThat(page.has(PageFrame.MAPPED)).isTrue();
    check();
  }

  @Test
  @DisplayName("PM2 a table's holds are its entries; the last one frees it")
  void tableFreed() {
    int tables = frames.tables.size();
    pmap.enter(VA, page, READ, false);
    pmap.enter(VA + Page.SIZE, frames.all.get(11), READ, false);
    assertThat(frames.tables).hasSize(tables - 1);
    pmap.remove(Page.number(VA), Page.number(VA) + 1);
    assertThat(frames.tables).hasSize(tables - 1);
    pmap.remove(Page.number(VA), Page.number(VA) + 1024);
    assertThat(frames.tables).hasSize(tables);
    assertThat(pmap.hasTable(VA)).isFalse();
    check();
  }

  @Test
  @DisplayName("PM3 a kernel mapping made under one directory is in all, old and new")
  void kernelMapping() {
    system.kernel().enter(0xC000_0000, page, RW, true);
    assertThat(pmap.extract(0xC000_0000)).isEqualTo(10L << Page.SHIFT);
    assertThat(rig.create().extract(0xC000_0123)).isEqualTo((10L << Page.SHIFT) + 0x123);
    pmap.activate(cpu);
    cpu.setUser(false);
    cpu.write8(0xC000_0000, 7);
    assertThat(memory.read8(10 << Page.SHIFT)).isEqualTo(7);
    system.kernel().remove(0xC0000, 0xC0001);
    assertThat(pmap.extract(0xC000_0000)).isEqualTo(-1);
  }

  @Test
  @DisplayName("PM6 Y9 after D was cleared the next store sets it again")
  void clearModify() {
    pmap.activate(cpu);
    pmap.enter(VA, page, RW, false);
    cpu.write8(VA, 1);
    system.clearModify(page);
    assertThat(system.isModified(page)).isFalse();
    cpu.write8(VA, 2);
    assertThat(system.isModified(page)).isTrue();
  }

  @Test
  @DisplayName("PM7 PM23 uses are counted up to five, and seen again after being cleared")
  void referenced() {
    pmap.activate(cpu);
    for (int i = 0; i < 8; i++) {
      pmap.enter(VA + i * Page.SIZE, page, READ, false);
      cpu.read8(VA + i * Page.SIZE);
    }
    assertThat(system.referenced(page)).isEqualTo(5);
    assertThat(system.referenced(page)).isEqualTo(3);
    assertThat(system.referenced(page)).isZero();
    cpu.read8(VA);
    assertThat(system.referenced(page)).isEqualTo(1);
    check();
  }

  @Test
  @DisplayName("PM9 PM10 every CPU of the set forgets; a CPU that left needs nothing")
  void cpuSet() {
    pmap.activate(cpu);
    pmap.activate(other);
    assertThat(pmap.isActive(cpu) && pmap.isActive(other)).isTrue();
    pmap.enter(VA, page, RW, false);
    cpu.write8(VA, 1);
    other.write8(VA, 2);
    system.removeAll(page);
    assertThat(page.dirty()).isEqualTo(0xFF);
    assertThat(refused(cpu)).isTrue();
    assertThat(refused(other)).isTrue();
    pmap.deactivate(other);
    assertThat(pmap.isActive(other)).isFalse();
    pmap.enter(VA, frames.all.get(11), READ, false);
    memory.fillFrame(11, 9);
    pmap.activate(other);
    assertThat(other.read8(VA)).isEqualTo(9);
  }

  private static boolean refused(Mmu mmu) {
    try {
      mmu.read8(VA);
      return false;
    } catch (RefusedPageFault e) {
      return true;
    }
  }

  @Test
  @DisplayName("PM14 another frame at the address: the old one is removed, its bits kept")
  void replaceFrame() {
    pmap.activate(cpu);
    pmap.enter(VA, page, RW, false);
    cpu.write8(VA, 1);
    pmap.enter(VA, frames.all.get(11), RW, true);
    assertThat(page.dirty()).isEqualTo(0xFF);
    assertThat(page.has(PageFrame.MAPPED)).isFalse();
    assertThat(system.mappings(page)).isZero();
    assertThat(pmap.residentCount()).isEqualTo(1);
    assertThat(pmap.wiredCount()).isEqualTo(1);
    check();
  }

  @Test
  @DisplayName("PM15 Y6 same frame: rights and wiring become the new ones, D is kept or handed on")
  void sameFrame() {
    pmap.activate(cpu);
    pmap.enter(VA, page, READ, false);
    cpu.read8(VA);
    pmap.enter(VA, page, RW, true);
    assertThat(pmap.isWired(VA)).isTrue();
    assertThat(pmap.wiredCount()).isEqualTo(1);
    cpu.write8(VA, 1);
    pmap.enter(VA, page, RW, false);
    assertThat(pmap.isDirty(VA)).isTrue();
    assertThat(page.dirty()).isZero();
    pmap.enter(VA, page, READ, false);
    assertThat(pmap.isDirty(VA)).isFalse();
    assertThat(page.dirty()).isEqualTo(0xFF);
    check();
  }

  @Test
  @DisplayName("PM16 H11 rights: execute reads, nothing is nothing")
  void rights() {
    pmap.activate(cpu);
    pmap.enter(VA, page, EXECUTE, false);
    assertThat(cpu.read8(VA)).isZero();
    pmap.enter(VA, page, NONE, false);
    assertThat(refused(cpu)).isTrue();
    assertThat(pte(pmap, VA) & PageTableEntry.USER).isZero();
  }

  @Test
  @DisplayName("PM17 a large range is removed by its tables, bits handed on")
  void removeRange() {
    pmap.activate(cpu);
    pmap.enter(VA, page, RW, false);
    cpu.write8(VA, 1);
    pmap.remove(0, Pmap.KERNEL_PAGE);
    assertThat(page.dirty()).isEqualTo(0xFF);
    assertThat(page.has(PageFrame.REFERENCED)).isTrue();
    assertThat(page.has(PageFrame.MAPPED | PageFrame.WRITEABLE)).isFalse();
    assertThat(refused(cpu)).isTrue();
    assertThat(pmap.residentCount()).isZero();
  }

  @Test
  @DisplayName("PM18 a page leaves three maps at once")
  void removeAll() {
    Pmap b = rig.create();
    Pmap c = rig.create();
    for (Pmap p : List.of(pmap, b, c)) {
      p.enter(VA, page, READ, false);
    }
    assertThat(system.mappings(page)).isEqualTo(3);
    system.removeAll(page);
    for (Pmap p : List.of(pmap, b, c)) {
      assertThat(p.isMapped(VA)).isFalse();
      p.check();
    }
  }

  @Test
  @DisplayName("PM19 PM35 write permission taken: A and D handed on, wiring kept")
  void protectRange() {
    pmap.activate(cpu);
    pmap.enter(VA, page, RW, true);
    cpu.write8(VA, 1);
    pmap.protect(Page.number(VA), Page.number(VA) + 1, RW);
    assertThat(pmap.isWritable(VA)).isTrue();
    pmap.protect(Page.number(VA), Page.number(VA) + 1, READ);
    assertThat(pmap.isWritable(VA)).isFalse();
    assertThat(pmap.isWired(VA)).isTrue();
    assertThat(pmap.isDirty(VA) || pmap.isAccessed(VA)).isFalse();
    assertThat(page.dirty()).isEqualTo(0xFF);
    assertThat(cpu.read8(VA)).isEqualTo(1);
    pmap.protect(Page.number(VA), Page.number(VA) + 1, NONE);
    assertThat(pmap.isMapped(VA)).isFalse();
  }

  @Test
  @DisplayName("PM20 P12 write protection of a page: D in every map handed on")
  void protectPage() {
    Pmap b = rig.create();
    pmap.activate(cpu);
    b.activate(other);
    pmap.enter(VA, page, RW, false);
    b.enter(VA, page, RW, false);
    other.write8(VA, 3);
    system.writeProtect(page);
    assertThat(page.dirty()).isEqualTo(0xFF);
    assertThat(page.has(PageFrame.WRITEABLE)).isFalse();
    assertThat(pmap.isWritable(VA) || b.isWritable(VA)).isFalse();
    check();
  }

  @Test
  @DisplayName("PM21 Y7 nothing is extracted where nothing is mapped")
  void extract() {
    assertThat(pmap.extract(VA + 5)).isEqualTo(-1);
    pmap.enter(VA, page, READ, false);
    assertThat(pmap.extract(VA + 5)).isEqualTo((10L << Page.SHIFT) + 5);
    assertThat(pmap.extract(VA + Page.SIZE)).isEqualTo(-1);
  }

  @Test
  @DisplayName("PM25 Y11 copies have no A, D or wired bit and never overwrite")
  void copy() {
    Pmap child = rig.create();
    pmap.activate(cpu);
    pmap.enter(VA, page, READ, true);
    pmap.enter(VA + Page.SIZE, frames.all.get(11), READ, false);
    cpu.read8(VA);
    child.enter(VA + Page.SIZE, frames.all.get(12), READ, false);
    pmap.copyTo(child, Page.number(VA), Page.number(VA) + 2);
    assertThat(child.extract(VA)).isEqualTo(10L << Page.SHIFT);
    assertThat(child.isAccessed(VA) || child.isWired(VA)).isFalse();
    assertThat(child.extract(VA + Page.SIZE)).isEqualTo(12L << Page.SHIFT);
    child.check();
    check();
  }

  @Test
  @DisplayName("PM29 without a frame for a table nothing has changed")
  void noTable() {
    frames.refuse = true;
    assertThat(pmap.enter(VA, page, READ, false)).isEqualTo(EnterResult.NO_TABLE);
    assertThat(system.mappings(page)).isZero();
    check();
  }

  @Test
  @DisplayName("PM33 Y15 the end of a pmap gives all tables back, full of zeros")
  void destroy() {
    int tables = frames.tables.size();
    Pmap p = rig.create();
    p.activate(cpu);
    for (int i = 0; i < 5; i++) {
      p.enter(VA + i * PageTableEntry.LARGE_SIZE, frames.all.get(20 + i), RW, false);
      cpu.write8(VA + i * PageTableEntry.LARGE_SIZE, i);
    }
    p.destroy();
    assertThat(frames.tables).hasSize(tables);
    assertThat(frames.all.get(22).dirty()).isEqualTo(0xFF);
    assertThat(cpu.cr3()).isEqualTo(system.kernel().directoryAddress());
  }
}
