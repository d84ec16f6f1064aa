// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.kernel.pmap.Protection.READ;
import static dev.faultline.kernel.pmap.Protection.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageTableEntry;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** All mappings of a page, and what must hold between two operations (PM24–PM35). */
final class PmapPagesTest {
  private static final int VA = 0x1000_0000;
  private static final int RW = READ | WRITE;

  private final PmapRig rig = new PmapRig(4, 4000);
  private final PhysicalMemory memory = rig.memory;
  private final TestFrames frames = rig.frames;
  private final PmapSystem system = rig.system;
  private final Mmu cpu = rig.cpu();
  private final Pmap pmap = rig.create();
  private final TestFrame page = frames.all.get(10);

  @Test
  @DisplayName("PM24 one dirty mapping makes the page modified; clearing reaches all mappings")
  void modifiedAndReferenced() {
    Pmap b = rig.create();
    pmap.activate(cpu);
    pmap.enter(VA, page, RW, false);
    b.enter(VA, page, RW, false);
    assertThat(system.isModified(page)).isFalse();
    cpu.write8(VA, 1);
    b.activate(cpu);
    cpu.write8(VA, 1);
    assertThat(system.isModified(page)).isTrue();
    assertThat(page.dirty()).as("asking changes nothing").isZero();
    system.clearModify(page);
    assertThat(pmap.isDirty(VA) || b.isDirty(VA)).isFalse();
    assertThat(system.isReferenced(page)).isTrue();
    system.clearReference(page);
    assertThat(pmap.isAccessed(VA) || b.isAccessed(VA)).isFalse();
    cpu.write8(VA, 2);
    assertThat(b.isDirty(VA) && b.isAccessed(VA)).isTrue();
    assertThat(pmap.isDirty(VA) || pmap.isAccessed(VA)).isFalse();
  }

  @Test
  @DisplayName("PM26 DV3 DV8 fictitious and unmanaged pages have no PV entries")
  void withoutPvEntries() {
    for (int flag : new int[] {PageFrame.FICTITIOUS, PageFrame.UNMANAGED}) {
      TestFrame device = new TestFrame(12, flag);
      pmap.activate(cpu);
      pmap.enter(VA, device, RW, false);
      cpu.write8(VA, 1);
      assertThat(system.pvEntries()).isZero();
      assertThat(system.mappings(device)).isZero();
      system.removeAll(device);
      system.writeProtect(device);
      assertThat(system.referenced(device)).isZero();
      assertThat(system.isModified(device)).isFalse();
      system.clearModify(device);
      system.clearReference(device);
      assertThat(pmap.isWritable(VA) && pmap.isDirty(VA) && pmap.isAccessed(VA)).isTrue();
      assertThat(device.has(PageFrame.MAPPED | PageFrame.WRITEABLE)).isFalse();
      system.check();
      pmap.protect(Page.number(VA), Page.number(VA) + 1, READ);
      assertThat(pmap.isWritable(VA)).isFalse();
      pmap.remove(Page.number(VA), Page.number(VA) + 1);
      assertThat(device.dirty()).isZero();
      assertThat(pmap.residentCount()).isZero();
    }
  }

  @Test
  @DisplayName("PM32 zeroing and copying a frame tells no mapping of it")
  void zeroAndCopy() {
    pmap.activate(cpu);
    pmap.enter(VA, page, RW, false);
    cpu.read8(VA);
    int before = pmap.tableEntry(VA);
    memory.fillFrame(page.frame(), 0);
    memory.copyFrame(11, page.frame());
    memory.copyFrame(page.frame(), 11);
    assertThat(pmap.tableEntry(VA)).isEqualTo(before);
    assertThat(pmap.isDirty(VA)).isFalse();
    assertThat(page.dirty()).isZero();
  }

  @Test
  @DisplayName("PM21 Y8 a 4 MiB entry is translated, and operations on ranges leave it alone")
  void largePage() {
    int large = 0x0040_0000;
    memory.write32(
        pmap.directoryAddress() + 4 * (VA >>> 22),
        large | PageTableEntry.LARGE | PageTableEntry.PRESENT | PageTableEntry.WRITABLE);
    assertThat(pmap.extract(VA + 0x12_3456)).isEqualTo(large + 0x12_3456L);
    int resident = pmap.residentCount();
    pmap.protect(Page.number(VA), Page.number(VA) + 1024, READ);
    assertThat(pmap.residentCount()).isEqualTo(resident);
    assertThat(pmap.extract(VA)).isEqualTo(large);
    memory.write32(pmap.directoryAddress() + 4 * (VA >>> 22), 0);
  }

  @Test
  @DisplayName("PM30 the daemon is asked once when mappings pass nine tenths of the limit")
  void manyMappings() {
    PmapSystem few = new PmapSystem(memory, frames, 20);
    Pmap p = few.create();
    assertThat(p).isNotNull();
    if (p == null) {
      return;
    }
    for (int i = 0; i < 18; i++) {
      p.enter(VA + i * Page.SIZE, frames.all.get(20 + i), READ, false);
    }
    assertThat(frames.timesHigh).isZero();
    p.enter(VA + 18 * Page.SIZE, frames.all.get(38), READ, false);
    p.enter(VA + 19 * Page.SIZE, frames.all.get(39), READ, false);
    assertThat(frames.timesHigh).isEqualTo(1);
    assertThat(p.enter(VA + 20 * Page.SIZE, frames.all.get(40), READ, false))
        .isEqualTo(EnterResult.NO_PV_ENTRY);
    p.remove(0, Pmap.KERNEL_PAGE);
    assertThat(few.pvEntries()).isZero();
  }

  @Test
  @DisplayName("PM25 a fork stops copying where frames or PV entries are scarce")
  void copyIsAdvisory() {
    pmap.enter(VA, page, READ, false);
    pmap.enter(VA + Page.SIZE, frames.all.get(11), READ, false);
    Pmap child = rig.create();
    frames.scarce = true;
    pmap.copyTo(child, Page.number(VA), Page.number(VA) + 2);
    assertThat(child.residentCount()).isZero();
    frames.scarce = false;
    frames.refuse = true;
    pmap.copyTo(child, Page.number(VA), Page.number(VA) + 2);
    assertThat(child.residentCount()).isZero();
    system.check();
  }

  @Test
  @DisplayName(
      "PM33 at exit unwired mappings go in one pass, D handed on; wired ones wait for the map")
  void removeUnwired() {
    pmap.activate(cpu);
    TestFrame wired = frames.all.get(11);
    pmap.enter(VA, page, RW, false);
    pmap.enter(VA + Page.SIZE, wired, RW, true);
    pmap.enter(VA + (1024 << Page.SHIFT), frames.all.get(12), RW, false);
    cpu.write8(VA, 1);
    cpu.write8(VA + Page.SIZE, 1);
    long before = pmap.shootdowns();
    pmap.removeUnwired();
    assertThat(page.dirty()).isEqualTo(0xFF);
    assertThat(wired.dirty()).isZero();
    assertThat(pmap.residentCount()).isEqualTo(1);
    assertThat(pmap.isMapped(VA + Page.SIZE)).isTrue();
    // One round for all, and one for the table that became empty.
    assertThat(pmap.shootdowns() - before).isLessThanOrEqualTo(2);
    system.check();
  }

  @Test
  @DisplayName("PM25 a fork stops copying at the high water of PV entries")
  void copyStopsAtHighWater() {
    PmapSystem few = new PmapSystem(memory, frames, 20);
    Pmap p = few.create();
    Pmap child = few.create();
    assertThat(p != null && child != null).isTrue();
    if (p != null && child != null) {
      for (int i = 0; i < 15; i++) {
        p.enter(VA + i * Page.SIZE, frames.all.get(20 + i), READ, false);
      }
      p.copyTo(child, Page.number(VA), Page.number(VA) + 15);
      assertThat(child.residentCount()).isEqualTo(4);
      few.check();
      child.destroy();
      p.destroy();
    }
  }

  @Test
  @DisplayName("a mapping is found without a walk of its page's list, however long that is")
  void noScan() {
    List<Pmap> all = new ArrayList<>();
    // Many pmaps map one page at one address, as processes do a library, and leave in odd order.
    for (int i = 0; i < 60; i++) {
      Pmap p = rig.create();
      for (int k = 0; k < 50; k++) {
        p.enter(VA + k * Page.SIZE, page, READ, false);
      }
      all.add(p);
      if (frames.tables.size() < 2) {
        break;
      }
    }
    int mappings = system.mappings(page);
    assertThat(mappings).isGreaterThan(2000);
    long before = system.pv.probes();
    SplittableRandom random = new SplittableRandom(1);
    while (!all.isEmpty()) {
      all.remove(random.nextInt(all.size())).destroy();
    }
    assertThat(system.pvEntries()).isZero();
    assertThat(system.pv.probes() - before).isLessThan(3L * mappings);
  }

  @Test
  @DisplayName("PM34 PM35 tables, PV lists and counts agree after every operation of a random run")
  void agreeAfterEveryOperation() {
    SplittableRandom random = new SplittableRandom(7);
    List<Pmap> pmaps = List.of(pmap, rig.create(), rig.create());
    for (int step = 0; step < 4000; step++) {
      Pmap p = pmaps.get(random.nextInt(3));
      TestFrame f = frames.all.get(20 + random.nextInt(12));
      int at = Page.number(VA) + random.nextInt(8) + 1024 * random.nextInt(2);
      int va = at << Page.SHIFT;
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> p.enter(va, f, random.nextBoolean() ? RW : READ, random.nextInt(4) == 0);
        case 3 -> p.remove(at, at + random.nextInt(3));
        case 4 -> p.protect(at, at + random.nextInt(5), random.nextInt(4) == 0 ? 0 : READ);
        case 5 -> system.removeAll(f);
        case 6 -> system.writeProtect(f);
        case 7 -> system.referenced(f);
        case 8 -> p.copyTo(pmaps.get(random.nextInt(3)), at, at + 3);
        case 9 -> {
          if (p.isMapped(va)) {
            p.changeWiring(va, random.nextBoolean());
          }
        }
        case 10 -> f.clean();
        default -> {
          p.activate(cpu);
          if (p.isWritable(va)) {
            cpu.write8(va, step);
          } else if (p.isMapped(va)) {
            cpu.read8(va);
          }
        }
      }
      system.check();
      for (TestFrame each : frames.all.subList(20, 32)) {
        assertThat(each.has(PageFrame.MAPPED) || system.mappings(each) == 0).isTrue();
      }
    }
  }
}
