// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.Arrays;

/** The pager of an object that has ended: it has nothing, and takes nothing (PI, table). */
final class DeadPager extends EmptyPager {
  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    Arrays.fill(results, 0, count, PagerResult.AGAIN);
  }
}
