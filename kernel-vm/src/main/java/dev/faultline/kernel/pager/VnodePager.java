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
 * The pager of files (V3–V8, V19–V22), for files that are read and written through calls. Which
 * file an object belongs to hangs at {@link VmObject#pagerData()}.
 *
 * <p>Reads one page at a time, the wanted one (V6); a file of this kind has no block map that could
 * tell which neighbours come cheaply.
 */
public final class VnodePager implements Pager {
  private static final int CHUNKS = Page.SIZE / VmPage.CHUNK;

  private final VmSystem vm;

  /** The file pager of a virtual-memory system. */
  public VnodePager(VmSystem vm) {
    this.vm = vm;
  }

  private static BackingFile fileOf(VmObject object) {
    if (object.pagerData() instanceof BackingFile file) {
      return file;
    }
    throw new KernelPanic("no file behind " + object);
  }

  /** V3: true for what lies inside the file and is not a hole. */
  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    around.set(0, 0);
    BackingFile file = fileOf(object);
    return file.isMounted() && startOf(index) < file.size() && !file.isHole(index);
  }

  /** V5, V6, V8. */
  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    Pager.freeOthers(pages, count, wanted);
    VmPage page = pages[wanted];
    BackingFile file = fileOf(object);
    if (!file.isMounted()) {
      return PagerResult.BAD;
    }
    if (page.fullyValid()) {
      return PagerResult.OK;
    }
    long start = startOf(page.index());
    int size = (int) Math.min(Page.SIZE, file.size() - start);
    if (size <= 0) {
      return PagerResult.BAD;
    }
    if (file.isHole(page.index())) {
      return PagerResult.FAIL;
    }
    byte[] bytes = new byte[Page.SIZE];
    int read = file.fetch(start, bytes, 0, size);
    if (read < 0) {
      return PagerResult.ERROR;
    }
    fillInvalid(page, bytes);
    vm.meter().increment(Counter.V_VNODEIN);
    vm.meter().increment(Counter.V_VNODEPGSIN);
    return PagerResult.OK;
  }

  /** Puts in what is missing; what was valid, and may be dirty, stays (V8). */
  private void fillInvalid(VmPage page, byte[] bytes) {
    page.clear(VmPage.ZERO);
    if (page.valid() == 0) {
      vm.memory().put(page.address(), bytes, 0, Page.SIZE);
      page.setValidClean(0, Page.SIZE);
      return;
    }
    for (int i = 0; i < CHUNKS; i++) {
      if ((page.valid() & 1 << i) == 0) {
        int at = i * VmPage.CHUNK;
        vm.memory().put(page.address() + at, bytes, at, VmPage.CHUNK);
        page.setValidClean(at, VmPage.CHUNK);
      }
    }
  }

  /** V19, V22: each page by itself, and only what lies inside the file. */
  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    BackingFile file = fileOf(object);
    int written = 0;
    for (int i = 0; i < count; i++) {
      results[i] = put(file, pages[i]);
      written += results[i] == PagerResult.OK ? 1 : 0;
    }
    if (written > 0) {
      vm.meter().increment(Counter.V_VNODEOUT);
      vm.meter().add(Counter.V_VNODEPGSOUT, written);
    }
  }

  private PagerResult put(BackingFile file, VmPage page) {
    long start = startOf(page.index());
    int size = (int) Math.min(Page.SIZE, file.size() - start);
    if (size <= 0 || !file.isMounted()) {
      return PagerResult.BAD;
    }
    if (size < Page.SIZE) {
      int firstBeyond = (size + VmPage.CHUNK - 1) / VmPage.CHUNK * VmPage.CHUNK;
      page.setValidClean(firstBeyond, Page.SIZE - firstBeyond);
    }
    byte[] bytes = new byte[size];
    vm.memory().get(page.address(), bytes, 0, size);
    int result = file.store(start, bytes, 0, size);
    if (result == size) {
      return PagerResult.OK;
    }
    return result == BackingFile.NOT_NOW ? PagerResult.AGAIN : PagerResult.ERROR;
  }

  private static long startOf(int index) {
    return (long) index << Page.SHIFT;
  }
}
