// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

import static dev.faultline.mmu.Machine.RW;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: garbage on the way of an access, a TLB miss, a resolved fault or a refused one. */
final class AccessAllocationTest {
  private static final int VA = 0x0040_0000;
  private static final int PAGES = 40; // more than the TLB holds

  private final Machine machine = new Machine();
  private final Mmu mmu = machine.mmu;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  @DisplayName("accesses, walks and faults allocate nothing")
  void nothingIsAllocated() {
    for (int page = 0; page < PAGES; page++) {
      machine.map(VA + page * 4096, 16 + page, RW);
    }
    mmu.setPageFaultHandler(
        (va, errorCode) -> {
          machine.map(va, 16, RW);
          return va == VA;
        });
    everyWay(1_000);

    long before = threads.getCurrentThreadAllocatedBytes();
    everyWay(10_000);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    // The measurement itself and the odd class that loads late stay far below one per round.
    assertThat(allocated).isLessThan(8 * 10_000);
  }

  private int everyWay(int rounds) {
    int sum = 0;
    for (int i = 0; i < rounds; i++) {
      int va = VA + i % (PAGES - 1) * 4096;
      mmu.write8(va, i);
      mmu.write16(va + 2, i);
      mmu.write32(va + 4, i);
      mmu.write64(va + 4090, i);
      sum += mmu.read8(va) + mmu.read16(va) + mmu.read32(va + 4095) + (int) mmu.read64(va + 8);
      sum += (int) mmu.readForWrite(va + 4094, 4) + mmu.writeIndex(va, 4) + mmu.fetchIndex(va);
      sum += mmu.translate(va, Access.FETCH);
      machine.unmap(VA);
      mmu.invalidate(VA);
      sum += mmu.read32(VA); // resolved
      try {
        machine.setPte(0x0050_0000, 0);
        mmu.invalidate(0x0050_0000);
        mmu.write32(0x0050_0000, 1);
      } catch (RefusedPageFault refused) {
        sum += mmu.cr2();
      }
    }
    return sum;
  }
}
