// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static dev.faultline.kernel.vm.TestMachine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Wired memory at kernel addresses. */
final class KernelMemoryTest {
  private final TestMachine m = TestMachine.small();

  @Test
  @DisplayName("PM3 kernel memory is zero, wired, in every address space, and given back whole")
  void allocateAndFree() {
    m.run(
        () -> {
          VmSpace s = m.space();
          int free = m.vm.state().free();
          int wired = m.vm.state().wired();
          KernelMemory kernel = m.vm.kernelMemory();
          int va = kernel.allocate(3);
          assertThat(va).isNotZero();
          assertThat(kernel.allocate(2)).isNotEqualTo(va);
          assertThat(m.vm.state().wired()).isEqualTo(wired + 6);
          long physical = kernel.physicalAddress(va + 2 * PAGE);
          assertThat(s.pmap().extract(va + 2 * PAGE)).isEqualTo(physical);
          assertThat(m.memory.read32((int) physical)).isZero();
          kernel.free(va, 3);
          kernel.free(va + 3 * PAGE, 2);
          assertThat(m.vm.state().free()).isEqualTo(free);
          assertThat(m.vm.state().wired()).isEqualTo(wired);
          assertThat(m.vm.kernelMap().count()).isZero();
        });
  }

  @Test
  @DisplayName("too much is refused, and nothing stays behind")
  void refused() {
    m.run(
        () -> {
          int free = m.vm.state().free();
          assertThat(m.vm.kernelMemory().allocate(5000)).isZero();
          assertThat(m.vm.state().free()).isEqualTo(free);
        });
  }
}
