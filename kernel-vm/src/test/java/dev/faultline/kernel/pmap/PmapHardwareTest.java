// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import static dev.faultline.kernel.pmap.Protection.READ;
import static dev.faultline.kernel.pmap.Protection.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.Access;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageFaultError;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.RefusedPageFault;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: what the pmap has taken back, and a TLB still believes (PM4–PM12, PM31). */
final class PmapHardwareTest {
  private static final int VA = 0x1000_0000;
  private static final int KERNEL = 0xC000_0000;
  private static final int RW = READ | WRITE;

  private final PmapRig rig = new PmapRig(2, 1000);
  private final PhysicalMemory memory = rig.memory;
  private final TestFrames frames = rig.frames;
  private final PmapSystem system = rig.system;
  private final Mmu cpu = rig.cpu();
  private final Mmu other = rig.cpu();
  private final Pmap pmap = rig.create();
  private final TestFrame page = frames.all.get(10);
  private final TestFrame page11 = frames.all.get(11);

  /** The error codes of the faults that an access meets, all of them refused. */
  private static List<Integer> faults(Mmu mmu, Runnable access) {
    List<Integer> codes = new ArrayList<>();
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          codes.add(errorCode);
          return false;
        });
    try {
      access.run();
    } catch (RefusedPageFault e) {
      assertThat(mmu.faultError()).isEqualTo(codes.getLast());
    }
    return codes;
  }

  @Test
  @DisplayName("PM5 CR2 and the error code say what was refused: present, write, user")
  void errorCodes() {
    pmap.activate(cpu);
    pmap.enter(VA, page, READ, false);
    system.kernel().enter(KERNEL, page11, RW, false);
    int absent = VA + Page.SIZE + 5;
    int present = PageFaultError.PROTECTION;
    int write = PageFaultError.WRITE;
    int user = PageFaultError.USER;
    assertThat(faults(cpu, () -> cpu.read8(absent))).containsExactly(user);
    assertThat(cpu.cr2()).isEqualTo(absent);
    assertThat(faults(cpu, () -> cpu.write8(absent, 1))).containsExactly(write | user);
    assertThat(faults(cpu, () -> cpu.write8(VA + 7, 1))).containsExactly(present | write | user);
    assertThat(cpu.cr2()).isEqualTo(VA + 7);
    assertThat(faults(cpu, () -> cpu.read8(KERNEL))).containsExactly(present | user);
    assertThat(pmap.isDirty(VA)).as("PM4: a refused store sets no D").isFalse();
  }

  @Test
  @DisplayName("PM5 the supervisor's stores obey W, too")
  void writeProtectionBindsTheKernel() {
    pmap.activate(cpu);
    pmap.enter(VA, page, READ, false);
    cpu.setUser(false);
    assertThat(faults(cpu, () -> cpu.read8(VA))).isEmpty();
    assertThat(faults(cpu, () -> cpu.write8(VA, 1)))
        .containsExactly(PageFaultError.PROTECTION | PageFaultError.WRITE);
    assertThat(faults(cpu, () -> cpu.read8(VA + Page.SIZE))).containsExactly(0);
  }

  @Test
  @DisplayName("PM8 a load of CR3 forgets user pages and keeps global ones; CR4.PGE forgets all")
  void loadCr3() {
    pmap.activate(cpu);
    pmap.enter(VA, page, READ, false);
    system.kernel().enter(KERNEL, page11, READ, false);
    cpu.setUser(false);
    cpu.read8(VA);
    cpu.read8(KERNEL);
    cpu.loadCr3(cpu.cr3());
    assertThat(cpu.tlb().holds(Access.READ, VA)).isFalse();
    assertThat(cpu.tlb().holds(Access.READ, KERNEL)).isTrue();
    cpu.loadCr4(0);
    assertThat(cpu.tlb().holds(Access.READ, KERNEL)).isFalse();
  }

  @Test
  @DisplayName("PM8 PM3 a kernel page that moves to another frame is seen there, by every CPU")
  void remapKernelPage() {
    memory.fillFrame(10, 1);
    memory.fillFrame(11, 2);
    pmap.activate(cpu);
    system.kernel().enter(KERNEL, page, READ, false);
    for (Mmu mmu : List.of(cpu, other)) {
      mmu.setUser(false);
      assertThat(mmu.read8(KERNEL)).isEqualTo(1);
    }
    system.kernel().enter(KERNEL, page11, READ, false);
    assertThat(cpu.read8(KERNEL)).isEqualTo(2);
    assertThat(other.read8(KERNEL)).isEqualTo(2);
  }

  @Test
  @DisplayName("PM11 a few pages are invalidated one by one, many in one round")
  void rounds() {
    pmap.activate(cpu);
    pmap.activate(other);
    long before = pmap.shootdowns();
    enterAll(3);
    pmap.protect(Page.number(VA), Page.number(VA) + 3, READ);
    assertThat(pmap.shootdowns() - before).isEqualTo(3);
    pmap.remove(Page.number(VA), Page.number(VA) + 3);
    enterAll(200);
    before = pmap.shootdowns();
    pmap.protect(Page.number(VA), Page.number(VA) + 200, READ);
    assertThat(pmap.shootdowns() - before).isEqualTo(1);
    for (int i = 0; i < 200; i++) {
      int va = VA + i * Page.SIZE;
      assertThat(faults(other, () -> other.write8(va, 1))).as("page %d", i).hasSize(1);
    }
  }

  private void enterAll(int count) {
    for (int i = 0; i < count; i++) {
      pmap.enter(VA + i * Page.SIZE, frames.all.get(20 + i), RW, false);
      cpu.write8(VA + i * Page.SIZE, 1);
      other.write8(VA + i * Page.SIZE, 1);
    }
  }

  /** No CPU holds a translation that its tables do not. */
  private void noStaleTranslation(int from, int count) {
    for (Mmu mmu : List.of(cpu, other)) {
      for (int i = 0; i < count; i++) {
        int va = from + i * Page.SIZE;
        if (mmu.tlb().holds(Access.READ, va) || mmu.tlb().holds(Access.WRITE, va)) {
          assertThat(pmap.isMapped(va)).as("%08x", va).isTrue();
        }
      }
    }
  }

  @Test
  @DisplayName("PM12 PM10 whenever a frame is taken or given back, no CPU believes what is no more")
  void allocatorSeesNothingHalfDone() {
    pmap.activate(cpu);
    pmap.activate(other);
    int[] calls = new int[1];
    frames.hook =
        () -> {
          calls[0]++;
          noStaleTranslation(VA, 64);
        };
    enterAll(64);
    pmap.remove(Page.number(VA), Page.number(VA) + 64);
    enterAll(2);
    system.removeAll(frames.all.get(20));
    system.removeAll(frames.all.get(21));
    enterAll(1);
    pmap.enter(VA, page, RW, false);
    pmap.enter(VA, page11, READ, false);
    pmap.destroy();
    assertThat(calls[0]).isGreaterThan(5);
  }

  @Test
  @DisplayName("PM31 a window of the kernel that moves is seen by all CPUs, and tells no page")
  void window() {
    memory.fillFrame(10, 1);
    memory.fillFrame(11, 2);
    Pmap kernel = system.kernel();
    assertThat(kernel.enterWindow(KERNEL, 10, true)).isTrue();
    for (Mmu mmu : List.of(cpu, other)) {
      mmu.setUser(false);
      assertThat(mmu.read8(KERNEL)).isEqualTo(1);
    }
    assertThat(kernel.enterWindow(KERNEL, 11, false)).isTrue();
    assertThat(cpu.read8(KERNEL)).isEqualTo(2);
    assertThat(other.read8(KERNEL)).isEqualTo(2);
    assertThat(faults(other, () -> other.write8(KERNEL, 3))).hasSize(1);
    assertThat(system.mappings(page)).isZero();
    assertThat(page.has(PageFrame.MAPPED)).isFalse();
    assertThat(kernel.residentCount()).isEqualTo(1);
    system.check();
    kernel.remove(0xC0000, 0xC0001);
    assertThat(kernel.extract(KERNEL)).isEqualTo(-1);
    system.check();
  }
}
