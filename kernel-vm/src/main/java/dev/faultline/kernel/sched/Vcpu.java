// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import dev.faultline.mmu.Mmu;

/** One virtual CPU: what belongs to a processor and not to the thread that happens to run on it. */
public final class Vcpu {
  private final int id;
  private final Mmu mmu;

  /** A CPU with its own MMU and TLB. */
  public Vcpu(int id, Mmu mmu) {
    this.id = id;
    this.mmu = mmu;
  }

  /** 0 for the first. */
  public int id() {
    return id;
  }

  /** Its MMU. */
  public Mmu mmu() {
    return mmu;
  }
}
