// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** A user's buffer kept in memory while the kernel works on it (P8, F98). */
public final class HeldPages {
  private HeldPages() {}

  /**
   * Faults in and holds the pages of a buffer, so that it can be used while locks are held (V35,
   * F98). May sleep.
   *
   * @param write whether the buffer will be written to
   * @param pages receives one page per page touched
   * @return how many are held: fewer than the buffer has if a fault was refused
   */
  public static int hold(
      VmSpace space, int address, int length, boolean write, @Nullable VmPage[] pages) {
    if (length == 0) {
      return 0;
    }
    int first = Page.number(address);
    int last = Page.number(address + length - 1);
    int held = 0;
    for (int at = first; at <= last && at < Pmap.KERNEL_PAGE; at++) {
      VmPage p = holdOne(space, at, write);
      if (p == null) {
        return held;
      }
      pages[held++] = p;
    }
    return held;
  }

  private static @Nullable VmPage holdOne(VmSpace space, int at, boolean write) {
    int va = at << Page.SHIFT;
    boolean ready = write ? space.pmap().isWritable(va) : space.pmap().isMapped(va);
    if (ready && space.pmap().pageAt(va) instanceof VmPage mapped && !mapped.isBusyAtAll()) {
      mapped.hold();
      return mapped;
    }
    if (!space.growStack(at)) {
      return null;
    }
    int type = write ? Protection.READ | Protection.WRITE : Protection.READ;
    int flags = FaultState.HOLD | (write ? FaultState.DIRTY : 0);
    if (!space.userFault(at, type, flags).ok()) {
      return null;
    }
    return space.vm.pageBehind(space.pmap(), va);
  }

  /**
   * Releases what {@link #hold} held.
   *
   * @param written true if the buffer was written to, which no dirty bit has noticed
   */
  public static void unhold(@Nullable VmPage[] pages, int count, boolean written) {
    for (int i = 0; i < count; i++) {
      VmPage p = pages[i];
      pages[i] = null;
      if (p == null) {
        continue;
      }
      if (written && p.object != null) {
        p.makeDirty();
        p.object.pager().unswapped(p);
      }
      p.unhold();
    }
  }
}
