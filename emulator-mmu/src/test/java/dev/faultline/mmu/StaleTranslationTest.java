// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.D;
import static dev.faultline.mmu.Machine.G;
import static dev.faultline.mmu.Machine.P;
import static dev.faultline.mmu.Machine.RO;
import static dev.faultline.mmu.Machine.RW;
import static dev.faultline.mmu.Machine.U;
import static dev.faultline.mmu.Machine.W;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Hazard: a kernel that forgets an invalidation and is not found out. The TLB caches as silicon
 * does, so each forgotten one must be visible, and each made one must help.
 */
final class StaleTranslationTest {
  private static final int VA = 0x0040_0000;
  private static final int KERNEL_VA = 0xC000_0000;

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;

  @BeforeEach
  void oneTouchedPage() {
    machine.map(VA, 16, RW);
    machine.memory.write32(16 << 12, 0x1616);
    machine.memory.write32(17 << 12, 0x1717);
    mmu.write8(VA + 100, 1);
  }

  @Test
  @DisplayName(
      "PM6: D cleared without a flush loses the next store's D; with INVLPG it is set again")
  void clearedDirtyBit() {
    machine.setPte(VA, machine.pte(VA) & ~D);

    mmu.write8(VA, 2);
    assertThat(machine.pte(VA) & D).as("without").isZero();

    mmu.invalidate(VA);
    mmu.write8(VA, 3);
    assertThat(machine.pte(VA) & D).as("with").isEqualTo(D);
  }

  @Test
  @DisplayName("PM7: A cleared without a flush stays clear; with INVLPG a touch sets it again")
  void clearedAccessedBit() {
    machine.setPte(VA, machine.pte(VA) & ~Machine.A);

    mmu.read8(VA);
    assertThat(machine.pte(VA) & Machine.A).as("without").isZero();

    mmu.invalidate(VA);
    mmu.read8(VA);
    assertThat(machine.pte(VA) & Machine.A).as("with").isEqualTo(Machine.A);
  }

  @Test
  @DisplayName("PM6: a removed page is readable until it is invalidated")
  void removedPage() {
    machine.unmap(VA);

    assertThat(mmu.read32(VA)).as("without").isEqualTo(0x1616);

    mmu.invalidate(VA);
    assertThat(machine.faultOf(() -> mmu.read32(VA))).hasToString("#PF(cr2=00400000, error=4)");
  }

  @Test
  @DisplayName("PM6: a changed frame is seen only after the invalidation")
  void changedFrame() {
    machine.map(VA, 17, RW);

    assertThat(mmu.read32(VA)).as("without").isEqualTo(0x1616);

    mmu.invalidate(VA);
    assertThat(mmu.read32(VA)).as("with").isEqualTo(0x1717);
  }

  @Test
  @DisplayName("PM6: W taken away still lets stores pass until the invalidation")
  void removedWrite() {
    machine.setPte(VA, machine.pte(VA) & ~W);

    mmu.write32(VA, 7);
    assertThat(machine.memory.read32(16 << 12)).as("without").isEqualTo(7);

    mmu.invalidate(VA);
    assertThat(machine.faultOf(() -> mmu.write32(VA, 8))).hasToString("#PF(cr2=00400000, error=7)");
  }

  @Test
  @DisplayName("PM6: U taken away still lets the user pass until the invalidation")
  void removedUser() {
    machine.setPte(VA, machine.pte(VA) & ~U);

    assertThat(mmu.read32(VA)).as("without").isEqualTo(0x1616);

    mmu.invalidate(VA);
    assertThat(machine.faultOf(() -> mmu.read32(VA))).hasToString("#PF(cr2=00400000, error=5)");
  }

  @Test
  @DisplayName("PM6: granted rights need no invalidation")
  void grantedRights() {
    machine.map(VA + 0x1000, 18, RO);
    mmu.read32(VA + 0x1000);

    machine.setPte(VA + 0x1000, machine.pte(VA + 0x1000) | W);

    mmu.write32(VA + 0x1000, 5);
    assertThat(machine.memory.read32(18 << 12)).isEqualTo(5);
  }

  @Test
  @DisplayName("PM4: a page read first sets D at its first store")
  void readDoesNotStandInForWrite() {
    machine.map(VA + 0x1000, 18, RW);
    mmu.read32(VA + 0x1000);
    assertThat(machine.pte(VA + 0x1000) & D).isZero();

    mmu.write32(VA + 0x1000, 5);

    assertThat(machine.pte(VA + 0x1000) & D).isEqualTo(D);
  }

  @Test
  @DisplayName("PM8: CR3 load forgets user pages and keeps global ones; INVLPG takes those too")
  void globalPages() {
    machine.map(KERNEL_VA, 18, P | W | U | G);
    machine.memory.write32(18 << 12, 0x1818);
    mmu.read32(KERNEL_VA);
    machine.unmap(VA).map(KERNEL_VA, 17, P | W | U | G);

    mmu.loadCr3(Machine.DIRECTORY);

    assertThat(machine.faultOf(() -> mmu.read32(VA))).isNotNull();
    assertThat(mmu.read32(KERNEL_VA)).isEqualTo(0x1818);
    mmu.invalidate(KERNEL_VA);
    assertThat(mmu.read32(KERNEL_VA)).isEqualTo(0x1717);
  }

  @Test
  @DisplayName("PM8: changing CR4.PGE forgets global pages, and without it nothing is global")
  void globalBitNeedsPge() {
    machine.map(KERNEL_VA, 18, P | W | U | G);
    mmu.read32(KERNEL_VA);

    mmu.loadCr4(mmu.cr4() & ~ControlRegisters.CR4_PGE);
    assertThat(mmu.tlb().holds(Access.READ, KERNEL_VA)).as("after the change").isFalse();

    mmu.read32(KERNEL_VA);
    mmu.loadCr3(Machine.DIRECTORY);
    assertThat(mmu.tlb().holds(Access.READ, KERNEL_VA)).as("without PGE").isFalse();
  }

  @Test
  @DisplayName("PM8: INVLPG anywhere in a 4 MiB page forgets all of it, and nothing beside it")
  void largePageGoesAsOne() {
    machine.mapLarge(0x0080_0000, 0, RW);
    mmu.read32(0x0080_1000);
    mmu.write32(0x00BF_2000, 1);
    mmu.translate(0x0080_3000, Access.FETCH);

    mmu.invalidate(0x0080_9000);

    assertThat(mmu.tlb().holds(Access.READ, 0x0080_1000)).isFalse();
    assertThat(mmu.tlb().holds(Access.WRITE, 0x00BF_2000)).isFalse();
    assertThat(mmu.tlb().holds(Access.READ, 0x00BF_2000)).isFalse();
    assertThat(mmu.tlb().holds(Access.FETCH, 0x0080_3000)).isFalse();
    assertThat(mmu.tlb().holds(Access.WRITE, VA)).as("a small page").isTrue();
  }

  @Test
  @DisplayName("PM6: the other privilege level does not inherit what was judged at this one")
  void privilegeChange() {
    machine.map(VA, 16, P | W);
    mmu.setUser(false);
    mmu.write32(VA, 1);

    mmu.setUser(true);

    assertThat(machine.faultOf(() -> mmu.read32(VA))).hasToString("#PF(cr2=00400000, error=5)");
  }

  @Test
  @DisplayName("PM5: CR0.WP set forgets the stores that a supervisor could make without it")
  void writeProtectChange() {
    machine.map(VA, 16, RO);
    mmu.setUser(false);
    mmu.loadCr0(mmu.cr0() & ~ControlRegisters.CR0_WP);
    mmu.write32(VA, 1);

    mmu.loadCr0(mmu.cr0() | ControlRegisters.CR0_WP);

    assertThat(machine.faultOf(() -> mmu.write32(VA, 2))).hasToString("#PF(cr2=00400000, error=3)");
  }
}
