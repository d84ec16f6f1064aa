// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;

/** Makes memory short in a test, and pages look unused. */
final class MemoryPressure {
  private MemoryPressure() {}

  /** Takes frames, wired, until {@code left} are available. */
  static void leave(TestMachine m, int left) {
    VmObject o = m.vm.kernelObject();
    int index = o.residentPages();
    while (m.vm.queues.available() > left) {
      VmPage p = m.vm.allocator.allocate(o, index++, AllocationClass.SYSTEM);
      if (p == null) {
        return;
      }
      p.setValid(PageFrame.ALL_CHUNKS);
      p.wakeup();
      p.wire();
    }
  }

  /** Gives {@code count} frames back that {@link #leave} took. */
  static void giveBack(TestMachine m, int count) {
    VmObject o = m.vm.kernelObject();
    for (int i = 0; i < count; i++) {
      VmPage p = o.lookup(o.residentPages() - 1);
      if (p == null) {
        throw new AssertionError("there are not so many");
      }
      p.unwire(false);
      p.setBusy();
      p.free();
    }
  }

  /** Nobody has used the page for a while. */
  static void unused(TestMachine m, VmPage p) {
    p.clear(PageFrame.REFERENCED);
    m.vm.pmaps.clearReference(p);
  }

  /** The page at an address, unused and on the inactive queue. */
  static VmPage inactive(TestMachine m, VmSpace s, int va) {
    VmPage p = m.page(s, va);
    p.deactivate();
    unused(m, p);
    return p;
  }
}
