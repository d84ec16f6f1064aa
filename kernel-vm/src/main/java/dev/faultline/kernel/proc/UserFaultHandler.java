// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.vm.FaultResult;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.PageFaultHandler;

/**
 * The way from a page fault to the VM system: the fault is resolved in the address space of the
 * thread that runs, on its stack, and may sleep there. Why a fault was refused stays with the
 * thread, for the signal (F131, F133).
 */
final class UserFaultHandler implements PageFaultHandler {
  private final ProcessSystem system;

  UserFaultHandler(ProcessSystem system) {
    this.system = system;
  }

  @Override
  public boolean handle(int va, int errorCode) {
    GuestThread thread = system.currentOrNull();
    if (thread == null) {
      return false;
    }
    VmSpace space = thread.process().spaceOrNull();
    if (space == null) {
      return false;
    }
    FaultResult result = space.fault(va, errorCode, true);
    thread.setLastFault(result);
    return result.ok();
  }
}
