// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** Makes memory short for tests of other packages. */
public final class Shortage {
  private Shortage() {}

  /** Takes frames, deep into the reserve, until writers must write synchronously (V18). */
  public static void make(VmSystem vm) {
    VmObject ballast = VmObject.anonymous(vm, 1 << 20);
    for (int i = 0; !vm.pageoutMemoryLow(); i++) {
      VmPage page = vm.allocator.allocate(ballast, i, AllocationClass.INTERRUPT);
      if (page == null) {
        throw new AssertionError("memory is gone before it is short");
      }
      page.wakeup();
    }
  }
}
