// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;

/**
 * The pager of files that live in memory. What was changed goes to swap space and comes back from
 * there, as anonymous memory does; what was not is asked of the {@link BackingFile} behind the
 * object, and is zeros where that has nothing.
 *
 * <p>The swap pager knows such an object as one of its own (rules S); the object's handle is the
 * file.
 */
public final class TmpfsPager implements Pager {
  private final VmSystem vm;
  private final Neighbours unused = new Neighbours();

  /** The pager of a virtual-memory system's files in memory. */
  public TmpfsPager(VmSystem vm) {
    this.vm = vm;
  }

  private static BackingFile fileOf(VmObject object) {
    if (object.handle() instanceof BackingFile file) {
      return file;
    }
    throw new KernelPanic("no file behind " + object);
  }

  /** True for all that lies inside the file: a page that has nothing yet may need room. */
  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    if (vm.swap().hasPage(object, index, around)) {
      return true;
    }
    around.set(0, 0);
    return startOf(index) < fileOf(object).size();
  }

  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    VmPage page = pages[wanted];
    if (vm.swap().hasPage(object, page.index(), unused)) {
      return vm.swap().getPages(object, pages, count, wanted);
    }
    Pager.freeOthers(pages, count, wanted);
    if (page.fullyValid()) {
      return PagerResult.OK;
    }
    BackingFile file = fileOf(object);
    long start = startOf(page.index());
    if (!file.isMounted() || start >= file.size()) {
      return PagerResult.BAD;
    }
    return read(file, start, page);
  }

  private PagerResult read(BackingFile file, long start, VmPage page) {
    byte[] bytes = new byte[Page.SIZE];
    int n = file.fetch(start, bytes, 0, (int) Math.min(Page.SIZE, file.size() - start));
    if (n < 0) {
      return PagerResult.ERROR;
    }
    if (n == 0) {
      return PagerResult.FAIL;
    }
    page.clear(VmPage.ZERO);
    vm.memory().put(page.address(), bytes, 0, Page.SIZE);
    page.setValidClean(0, Page.SIZE);
    vm.meter().increment(Counter.V_VNODEIN);
    vm.meter().increment(Counter.V_VNODEPGSIN);
    return PagerResult.OK;
  }

  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    vm.swap().putPages(object, pages, count, flags, results);
  }

  @Override
  public void unswapped(VmPage page) {
    vm.swap().unswapped(page);
  }

  @Override
  public void dealloc(VmObject object) {
    vm.swap().dealloc(object);
  }

  private static long startOf(int index) {
    return (long) index << Page.SHIFT;
  }
}
