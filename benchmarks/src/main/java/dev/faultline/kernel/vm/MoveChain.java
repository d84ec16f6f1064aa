// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;

/**
 * Two objects, of which the lower one has all the pages and no other shadow: a write fault moves
 * its page up instead of copying it (F75). Chains collapse before a process could meet this, except
 * in the middle of a fault; so it is built by hand, and faults are called, not met.
 */
public final class MoveChain {
  private static final int RIGHTS = Protection.READ | Protection.WRITE;

  private final VmSystem vm;
  private final VmSpace space;
  private final VmObject lower;
  private final VmObject upper;
  private final int start;
  private final int pages;

  /** Maps such a chain at an address, which must be free. */
  public MoveChain(VmSystem vm, VmSpace space, int address, int pages) {
    this.vm = vm;
    this.space = space;
    this.pages = pages;
    start = Page.number(address);
    lower = VmObject.anonymous(vm, pages);
    upper = VmObject.anonymous(vm, pages);
    upper.attach(lower, 0);
    for (int i = 0; i < pages; i++) {
      VmPage p = lower.grabPage(i);
      if (p == null) {
        throw new KernelPanic("no memory for page " + i);
      }
      p.setValid(VmPage.ALL_CHUNKS);
      p.activate();
      p.wakeup();
    }
    MapResult mapped =
        space.mapObject(address, pages << Page.SHIFT, RIGHTS, RIGHTS, true, upper, 0, true, 0);
    if (!mapped.code().ok()) {
      throw new KernelPanic("cannot map: " + mapped.code());
    }
  }

  /** Takes all pages down again. */
  public void reset() {
    for (int i = 0; i < pages; i++) {
      VmPage p = upper.lookup(i);
      if (p != null) {
        p.setBusy();
        p.unmap();
        p.rename(lower, i);
      }
    }
  }

  /**
   * One write fault for each page.
   *
   * @throws KernelPanic if one of them did not move its page
   */
  public void faultAll() {
    long before = vm.meter.get(Counter.V_COW_OPTIM);
    for (int i = 0; i < pages; i++) {
      vm.fault.fault(space.map(), start + i, RIGHTS, FaultState.DIRTY);
    }
    if (vm.meter.get(Counter.V_COW_OPTIM) - before != pages) {
      throw new KernelPanic("faults that move no page");
    }
  }
}
