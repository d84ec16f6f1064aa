// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/**
 * Kills the largest process when memory and swap are used up and no write will help (D21).
 *
 * <p>Where there is swap, processes with early numbers are spared: at a real boot these are the
 * servers that everything hangs on. But a program that was started alone has such a number too, so
 * they are spared only as long as somebody else can be killed. While a victim dies nobody else is
 * killed, unless it takes five seconds: its memory is about to come back.
 */
final class OutOfMemory {
  private static final int FIRST_PASS = 2;
  private static final int PATIENT_PASSES = 10;
  private static final int FEW_SWAP_PAGES = 64;
  private static final int FIRST_ORDINARY_PID = 48;

  private final VmSystem vm;

  OutOfMemory(VmSystem vm) {
    this.vm = vm;
  }

  /**
   * Called after a scan that left memory short.
   *
   * @param progress pages that the scan made available or began to write
   * @param skipped dirty pages whose file was locked
   */
  void judge(int pass, int progress, int skipped) {
    if (pass < FIRST_PASS || progress > 0 || vm.writesInFlight > 0) {
      return;
    }
    if (skipped > 0 && pass < PATIENT_PASSES) {
      return;
    }
    SwapSpace swap = vm.swap();
    boolean exhausted = swap.freePages() < FEW_SWAP_PAGES && vm.allocator.belowMin();
    if (!exhausted && !swap.full()) {
      return;
    }
    if (pass % PATIENT_PASSES != 0 && somebodyIsDying()) {
      return;
    }
    VmSpace victim = largest(true);
    if (victim == null) {
      victim = largest(false);
    }
    ProcessView process = victim == null ? null : victim.process();
    if (process == null) {
      return;
    }
    vm.meter.increment(Counter.V_OOM_KILLS);
    vm.log("out of memory: killing pid " + process.pid() + " (" + process.command() + ")");
    process.kill();
    vm.allocator.wakeWaiters();
  }

  /** True while a process that is to die still has its memory. */
  private boolean somebodyIsDying() {
    for (VmSpace s = vm.firstSpace(); s != null; s = s.next) {
      ProcessView p = s.process();
      if (p != null && (p.killPending() || !p.isAlive())) {
        return true;
      }
    }
    return false;
  }

  private @Nullable VmSpace largest(boolean spareEarly) {
    VmSpace best = null;
    long bestSize = -1;
    for (VmSpace s = vm.firstSpace(); s != null; s = s.next) {
      ProcessView p = s.process();
      if (p == null || !eligible(p, spareEarly)) {
        continue;
      }
      long size = (long) s.residentPages() + s.swapPages();
      if (size > bestSize) {
        bestSize = size;
        best = s;
      }
    }
    return best;
  }

  private boolean eligible(ProcessView p, boolean spareEarly) {
    boolean early = p.pid() == 1 || (p.pid() < FIRST_ORDINARY_PID && vm.swap().enabled());
    return p.isAlive() && !p.killPending() && !p.isSystem() && !(spareEarly && early);
  }
}
