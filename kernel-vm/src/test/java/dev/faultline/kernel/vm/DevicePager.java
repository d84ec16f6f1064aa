// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;

/** A device pager of a test: fictitious pages from a physical address on (DV4). */
final class DevicePager implements Pager {
  private final VmSystem vm;
  private final int firstFrame;

  DevicePager(VmSystem vm, int firstFrame) {
    this.vm = vm;
    this.firstFrame = firstFrame;
  }

  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    around.set(0, 0);
    return true;
  }

  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    int index = pages[wanted].index();
    for (int i = 0; i < count; i++) {
      pages[i].free();
    }
    VmPage p = VmPage.fictitious(vm, firstFrame + index);
    object.insertPage(p, index);
    return PagerResult.OK;
  }

  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    throw new AssertionError("device pages are never dirty on a queue");
  }

  static boolean isFictitious(VmPage p) {
    return p.has(PageFrame.FICTITIOUS);
  }
}
