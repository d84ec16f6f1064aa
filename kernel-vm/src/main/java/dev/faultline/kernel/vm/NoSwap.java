// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import java.util.Arrays;
import java.util.function.Consumer;

/** The swap space of a machine without a swap disk. */
final class NoSwap extends EmptyPager implements SwapSpace {
  @Override
  public boolean enabled() {
    return false;
  }

  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    object.becomeSwap();
    Arrays.fill(results, 0, count, PagerResult.FAIL);
  }

  @Override
  public void free(VmObject object, int start, int count) {}

  @Override
  public void transfer(VmObject source, VmObject target, int offset, boolean destroy) {}

  @Override
  public int totalPages() {
    return 0;
  }

  @Override
  public int freePages() {
    return 0;
  }

  @Override
  public boolean full() {
    return false;
  }

  @Override
  public int usedPages() {
    return 0;
  }

  @Override
  public int usedBy(VmObject object) {
    return 0;
  }

  @Override
  public void eachObject(Consumer<VmObject> to) {}

  @Override
  public int writesInFlight() {
    return 0;
  }
}
