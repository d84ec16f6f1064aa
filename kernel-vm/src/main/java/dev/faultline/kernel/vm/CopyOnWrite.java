// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;

/** A page found below the first object is mapped read-only, copied up, or moved up (F73–F79). */
final class CopyOnWrite {
  private final VmSystem vm;

  CopyOnWrite(VmSystem vm) {
    this.vm = vm;
  }

  /** F73–F78: the page was found below the first object. NEXT, or AGAIN with all given up. */
  FaultStep bringUp(FaultState s) {
    VmPage own = s.placeholder;
    boolean merge = own != null && own.valid() != 0;
    if (!s.writes() && !merge) {
      s.protection &= ~Protection.WRITE;
      return FaultStep.NEXT;
    }
    if (own == null) {
      throw new KernelPanic("no placeholder to copy to: " + s);
    }
    if (s.wired && s.page().wireCount() > 0 && !s.lookupStillTrue()) {
      // Whose wiring it is, only an entry that is known to be wired can tell.
      return FaultRelease.again(s);
    }
    if (!merge && mayMove(s)) {
      move(s, own);
    } else {
      copy(s, own);
    }
    s.current().endPaging();
    s.setCurrent(s.first());
    s.index = s.firstIndex;
    s.placeholder = null;
    vm.meter.increment(Counter.V_COW_FAULTS);
    return FaultStep.NEXT;
  }

  /** F75; nothing sleeps between the test and the move, so no lock need be taken (H13). */
  private static boolean mayMove(FaultState s) {
    VmObject o = s.current();
    return s.map().timestamp() == s.generation
        && o.shadowCount() == 1
        && o.references() == 1
        && o.plain()
        && s.first().backing() == o
        && (s.mapLocked || s.map().lock.isFree());
  }

  /** F76, H18. */
  private void move(FaultState s, VmPage own) {
    VmObject o = s.current();
    VmPage p = s.page();
    int oldIndex = p.index;
    own.free();
    p.rename(s.first(), s.firstIndex);
    p.setBusy();
    if (o.type() == ObjectType.SWAP) {
      vm.swap().free(o, oldIndex, 1);
    }
    vm.meter.increment(Counter.V_COW_OPTIM);
  }

  /** F77, H14; where the placeholder holds valid chunks, only the others are copied (H8). */
  private static void copy(FaultState s, VmPage own) {
    VmPage p = s.page();
    if (own.valid() == 0) {
      own.copyFrom(p);
    } else {
      own.takeChunks(p);
    }
    own.makeDirty();
    if (s.wiringDone && !s.wiring() && p.wireCount() > 0) {
      // Wired while it could not be written, and so without a copy (F113): the entry's wiring goes
      // with what the entry shows from now on.
      own.wire();
      p.unwire(true);
    }
    if (!s.first().has(VmObject.ONEMAPPING)) {
      // Another entry with the same first object may still show the page below (M62).
      p.unmap();
    }
    p.deactivate();
    p.wakeup();
    s.page = own;
  }
}
