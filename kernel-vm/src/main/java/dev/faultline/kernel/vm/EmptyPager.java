// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** A pager that has no page of any object: what such pagers differ in is what they take (DP1). */
abstract class EmptyPager implements Pager {
  @Override
  public final boolean hasPage(VmObject object, int index, Neighbours around) {
    around.set(0, 0);
    return false;
  }

  @Override
  public final PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    Pager.freeOthers(pages, count, wanted);
    return PagerResult.FAIL;
  }
}
