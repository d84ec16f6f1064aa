// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RO;
import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: a fault that is resolved, but whose access is lost, repeated or made elsewhere. */
final class InPlaceFaultTest {
  private static final int VA = 0x0040_0000;

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;
  private final List<Machine.Fault> faults = new ArrayList<>();

  @Test
  @DisplayName("each size and kind of access goes on in place once the handler has mapped the page")
  void accessGoesOn() {
    mapOnFault(RW);
    machine.memory.write64(16 << 12, 0x8877_6655_4433_2211L);

    assertThat(mmu.read8(VA)).isEqualTo(0x11);
    forget();
    assertThat(mmu.read16(VA)).isEqualTo(0x2211);
    forget();
    assertThat(mmu.read32(VA)).isEqualTo(0x4433_2211);
    forget();
    assertThat(mmu.read64(VA)).isEqualTo(0x8877_6655_4433_2211L);
    forget();
    mmu.write8(VA, 0xA1);
    forget();
    mmu.write16(VA + 2, 0xB1B2);
    forget();
    mmu.write32(VA + 4, 0xC1C2_C3C4);
    forget();
    mmu.write64(VA + 8, 0xD1D2_D3D4_D5D6_D7D8L);
    forget();
    assertThat(mmu.translate(VA + 5, Access.FETCH)).isEqualTo(16 << 12 | 5);

    assertThat(machine.memory.read64(16 << 12)).isEqualTo(0xC1C2_C3C4_B1B2_22A1L);
    assertThat(machine.memory.read64(16 << 12 | 8)).isEqualTo(0xD1D2_D3D4_D5D6_D7D8L);
    assertThat(faults).hasSize(9);
  }

  @Test
  @DisplayName("PM5: the handler gets the address and the bits of the access")
  void handlerIsToldWhat() {
    mapOnFault(RW);

    mmu.read8(VA + 3);
    forget();
    mmu.write32(VA + 7, 0);
    forget();
    mmu.setUser(false);
    mmu.readForWrite(VA + 9, 2);

    assertThat(faults)
        .containsExactly(
            new Machine.Fault(VA + 3, 4),
            new Machine.Fault(VA + 7, 6),
            new Machine.Fault(VA + 9, 2));
  }

  @Test
  @DisplayName("a page entered read-only first faults again for the store: copy on write")
  void copyOnWrite() {
    machine.map(VA, 16, RO);
    machine.memory.write32(16 << 12, 0x1616);
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          faults.add(new Machine.Fault(va, errorCode));
          machine.memory.copyFrame(16, 17);
          machine.map(VA, 17, RW);
          mmu.invalidate(VA);
          return true;
        });
    mmu.read32(VA);

    mmu.write8(VA, 0x99);

    assertThat(faults).containsExactly(new Machine.Fault(VA, 7));
    assertThat(machine.memory.read32(16 << 12)).isEqualTo(0x1616);
    assertThat(mmu.read32(VA)).isEqualTo(0x1699);
  }

  @Test
  @DisplayName("PM6: a spurious fault after rights were granted is only walked again")
  void handlerThatHasNothingToDo() {
    mapOnFault(RO);
    int[] calls = new int[1];
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          // The first call finds the page busy and comes back; the second maps it.
          if (++calls[0] == 2) {
            machine.map(va, 16, RW);
          }
          return true;
        });

    mmu.write32(VA, 5);

    assertThat(calls[0]).isEqualTo(2);
    assertThat(machine.memory.read32(16 << 12)).isEqualTo(5);
  }

  private void mapOnFault(int bits) {
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          faults.add(new Machine.Fault(va, errorCode));
          machine.map(Page.base(va), 16, bits);
          return true;
        });
  }

  private void forget() {
    machine.unmap(VA);
    mmu.invalidate(VA);
  }
}
