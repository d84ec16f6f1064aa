// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import org.jspecify.annotations.Nullable;

/**
 * The page-fault handler: a ladder of steps over one {@link FaultState}.
 *
 * <pre>
 * look up, reference          {@link FaultLookup}     F7–F21
 * walk down the chain         {@link FaultWalk}       F22–F38, F60–F72; its clusters {@link FaultCluster} F40–F58
 * copy or move up             {@link CopyOnWrite}     F73–F79
 * look up again if need be    {@link Revalidation}    F80–F86
 * enter the page, account     {@link PageEntry}       F90–F102; its neighbours {@link Prefault}
 * </pre>
 *
 * <p>Whatever has to wait gives everything up ({@link FaultRelease}), sleeps once and begins again
 * with the lookup, so no step needs to know what may have changed while it slept.
 */
final class VmFault {
  private final VmSystem vm;
  private final FaultWalk walk;
  private final CopyOnWrite copyOnWrite;
  private final Prefault prefault;
  private final PageEntry entry;
  final FaultWiring wiring;
  private @Nullable FaultState freeStates;

  VmFault(VmSystem vm) {
    this.vm = vm;
    walk = new FaultWalk(vm);
    copyOnWrite = new CopyOnWrite(vm);
    prefault = new Prefault(vm);
    entry = new PageEntry(vm, prefault);
    wiring = new FaultWiring(vm);
  }

  Prefault prefault() {
    return prefault;
  }

  /**
   * Makes the page at {@code at} accessible (F1–F6). Nothing may be locked. May sleep.
   *
   * @param at page number; being one, it is page-truncated (F1)
   * @param type {@link Protection} bits
   * @param flags of {@link FaultState}
   */
  FaultResult fault(VmMap map, int at, int type, int flags) {
    vm.meter.increment(Counter.V_VM_FAULTS);
    FaultState s = takeState();
    s.begin(map, at, type, flags);
    FaultStep step;
    do {
      step = attempt(s);
    } while (step == FaultStep.AGAIN);
    FaultResult result = step == FaultStep.NEXT ? FaultResult.RESOLVED : s.refusal;
    giveState(s);
    if (result == null) {
      throw new KernelPanic("refused without reason: " + s);
    }
    return result;
  }

  private FaultStep attempt(FaultState s) {
    FaultStep step = FaultLookup.lookUp(s);
    if (step != FaultStep.NEXT) {
      return step;
    }
    FaultLookup.reference(s);
    step = walk.walk(s);
    if (step == FaultStep.NEXT && !s.inFirst()) {
      step = copyOnWrite.bringUp(s);
    }
    if (step == FaultStep.NEXT && !s.lookupStillTrue()) {
      step = Revalidation.lookUpAgain(s);
    }
    return step == FaultStep.NEXT ? entry.enter(s) : step;
  }

  // ---- states are reused, so that a fault allocates nothing ----------------------------------

  private FaultState takeState() {
    FaultState s = freeStates;
    if (s == null) {
      return new FaultState();
    }
    freeStates = s.nextFree;
    return s;
  }

  private void giveState(FaultState s) {
    s.end();
    s.nextFree = freeStates;
    freeStates = s;
  }
}
