// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The kernel's windows on frames of its choice (PM31). */
final class IoWindowTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("PM31 PM3 a window pointed elsewhere is seen by the other CPU, and by every space")
  void pointed() {
    Mmu other = new Mmu(new PhysicalBus(m.memory), 64);
    other.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG | ControlRegisters.CR0_WP);
    m.vm.addCpu(other);
    m.run(
        () -> {
          VmSpace s = m.space();
          int wired = m.vm.state().wired();
          IoWindow window = m.vm.kernelMemory().window(2);
          assertThat(window).isNotNull();
          if (window == null) {
            return;
          }
          m.memory.fillFrame(500, 5);
          m.memory.fillFrame(501, 6);
          int va = window.point(1, 500, true);
          assertThat(window.physicalAddress(va + 4)).isEqualTo((500L << Page.SHIFT) + 4);
          assertThat(s.pmap().extract(va)).isEqualTo(500L << Page.SHIFT);
          other.setUser(false);
          assertThat(other.read8(va)).isEqualTo(5);
          assertThat(window.point(1, 501, true)).isEqualTo(va);
          assertThat(other.read8(va)).isEqualTo(6);
          other.write8(va, 9);
          VmPage p = m.vm.pageOfFrame(501);
          assertThat(p).isNotNull();
          if (p != null) {
            assertThat(p.dirty()).isZero();
            assertThat(m.vm.pmaps().mappings(p)).isZero();
          }
          assertThatThrownBy(() -> window.point(2, 500, true)).isInstanceOf(KernelPanic.class);
          window.close();
          assertThat(s.pmap().extract(va)).isEqualTo(-1);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          assertThat(m.vm.kernelMap().count()).isZero();
          // They are free, and known to be zero.
          m.memory.fillFrame(500, 0);
          m.memory.fillFrame(501, 0);
        });
  }
}
