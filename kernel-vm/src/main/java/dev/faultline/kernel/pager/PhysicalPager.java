// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;

/**
 * The pager of memory that is never paged (PH1–PH3): frames full of zeros, outside all queues,
 * without PV entries, until their object ends.
 *
 * <p>What takes such memory takes it for good: who offers it to guests must bound it.
 */
public final class PhysicalPager implements Pager {
  /** Pages of the aligned window that has-page speaks of (PH2). */
  private static final int WINDOW = 1024;

  private final VmSystem vm;

  /** The physical pager of a virtual-memory system. */
  public PhysicalPager(VmSystem vm) {
    this.vm = vm;
  }

  /** An object of {@code size} pages with one reference. */
  public VmObject allocate(int size) {
    return VmObject.physical(vm, this, size);
  }

  /** PH2: always, and all around to the ends of the window; the fault takes 16 at most. */
  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    int within = index & WINDOW - 1;
    around.set(within, WINDOW - 1 - within);
    return true;
  }

  /** PH1: the whole array is filled; only the wanted page stays busy. */
  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    for (int i = 0; i < count; i++) {
      VmPage p = pages[i];
      fill(p);
      p.set(PageFrame.UNMANAGED);
      if (i != wanted) {
        p.wakeup();
      }
    }
    return PagerResult.OK;
  }

  private void fill(VmPage p) {
    if (!p.has(VmPage.ZERO) || p.valid() != 0) {
      p.zeroInvalid(false);
    }
    p.clear(VmPage.ZERO);
    p.setValid(PageFrame.ALL_CHUNKS);
    p.undirty();
  }

  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    throw new KernelPanic("physical memory is to be paged out: " + object);
  }
}
