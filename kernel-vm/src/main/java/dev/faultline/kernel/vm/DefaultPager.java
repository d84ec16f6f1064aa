// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * The pager of anonymous memory that was never paged out: it has nothing. The first page that goes
 * out makes the object swap's (DP1, DP2, S10), whether swap can take the page or not.
 */
final class DefaultPager extends EmptyPager {
  private final VmSystem vm;

  DefaultPager(VmSystem vm) {
    this.vm = vm;
  }

  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    object.becomeSwap();
    vm.swap().putPages(object, pages, count, flags, results);
  }
}
