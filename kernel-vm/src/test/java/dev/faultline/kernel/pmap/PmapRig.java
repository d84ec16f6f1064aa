// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;

/** RAM and its frames, and as many CPUs and pmaps on them as a test wants. */
final class PmapRig {
  private static final int TLB_ENTRIES = 64;

  final PhysicalMemory memory;
  final TestFrames frames;
  final PmapSystem system;

  PmapRig(int megabytes, int mappings) {
    memory = new PhysicalMemory(megabytes << 20);
    frames = new TestFrames(memory);
    system = new PmapSystem(memory, frames, mappings);
  }

  /** One more CPU, with write protection for the kernel and global pages. */
  Mmu cpu() {
    Mmu mmu = new Mmu(new PhysicalBus(memory), TLB_ENTRIES);
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG | ControlRegisters.CR0_WP);
    mmu.loadCr4(ControlRegisters.CR4_PGE);
    system.addCpu(mmu);
    return mmu;
  }

  /** One more address space. */
  Pmap create() {
    Pmap p = system.create();
    if (p == null) {
      throw new AssertionError("no directory");
    }
    return p;
  }
}
