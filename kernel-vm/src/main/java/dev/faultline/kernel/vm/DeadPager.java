// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.Arrays;

/** The pager of an object that has ended: it has nothing, and takes nothing (PI, table). */
final class DeadPager implements Pager {
  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    around.set(0, 0);
    return false;
  }

  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    Pager.freeOthers(pages, count, wanted);
    return PagerResult.FAIL;
  }

  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    Arrays.fill(results, 0, count, PagerResult.AGAIN);
  }
}
