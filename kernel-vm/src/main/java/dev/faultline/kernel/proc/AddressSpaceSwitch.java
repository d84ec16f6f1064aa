// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.SwitchListener;
import dev.faultline.kernel.vm.VmSpace;
import dev.faultline.mmu.Mmu;
import org.jspecify.annotations.Nullable;

/**
 * Loads the address space of the guest thread that gets the processor. A daemon runs in whatever
 * space is loaded: it touches no user memory.
 */
final class AddressSpaceSwitch implements SwitchListener {
  private final Mmu mmu;
  private @Nullable VmSpace loaded;

  AddressSpaceSwitch(ProcessSystem system) {
    mmu = system.services().cpu().mmu();
  }

  @Override
  public void switchTo(KernelThread to) {
    if (to.owner() instanceof GuestThread t) {
      load(t.process().spaceOrNull());
    }
    // Even in the same space: what an access of the thread had translated may have gone meanwhile.
    mmu.voidTranslations();
  }

  /** Makes the CPU translate by a space. */
  @SuppressWarnings("ReferenceEquality") // an address space is an identity
  void load(@Nullable VmSpace space) {
    if (space != null && space != loaded) {
      loaded = space;
      space.activate(mmu);
    }
  }

  /** Makes the CPU leave a space that is about to go. */
  @SuppressWarnings("ReferenceEquality") // an address space is an identity
  void leave(VmSpace space) {
    if (loaded == space) {
      loaded = null;
    }
    space.deactivate(mmu);
  }
}
