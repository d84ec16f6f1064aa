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
 * The pager of files (V3–V23). Which file an object belongs to hangs at {@link
 * VmObject#pagerData()}.
 *
 * <p>A file with a {@link BlockMap} is moved between disk and frames in clusters, see {@link
 * ClusterReader} and {@link ClusterWriter}. Any other is read and written by calls, one page at a
 * time, the wanted one (V6).
 */
public final class VnodePager implements Pager {
  private static final int CHUNKS = Page.SIZE / VmPage.CHUNK;

  private final VmSystem vm;
  private final PagePlaces places = new PagePlaces();
  private final ClusterReader reader;
  private final ClusterWriter writer;

  /** The file pager of a virtual-memory system. */
  public VnodePager(VmSystem vm) {
    this.vm = vm;
    RequestPool requests = new RequestPool();
    reader = new ClusterReader(vm, requests, places);
    writer = new ClusterWriter(vm, requests);
  }

  private static BackingFile fileOf(VmObject object) {
    if (object.pagerData() instanceof BackingFile file) {
      return file;
    }
    throw new KernelPanic("no file behind " + object);
  }

  /**
   * V3, V4: true for what lies inside the file and is not a hole. Where nothing is mounted any more
   * V3 says no; but then a fault would take the page for a hole, and never hear of V5. So it is
   * yes, as for a block map that cannot be read, and {@link #getPages} reports it.
   */
  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    around.set(0, 0);
    BackingFile file = fileOf(object);
    if (startOf(index) >= file.size()) {
      return false;
    }
    if (!file.isMounted()) {
      return true;
    }
    BlockMap map = file.blockMap();
    if (map == null) {
      return !file.isHole(index);
    }
    PagePlace place = places.take(map, file.size());
    boolean there = place.find(index) != BlockMap.HOLE;
    if (there) {
      around.set(place.before, place.after);
    }
    places.give(place);
    return there;
  }

  /** V5, V8; then by map or by call. */
  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    VmPage page = pages[wanted];
    BackingFile file = fileOf(object);
    boolean mounted = file.isMounted();
    boolean beyond = startOf(page.index()) >= file.size();
    BlockMap map = file.blockMap();
    if (mounted && !beyond && !page.fullyValid() && map != null) {
      return reader.read(map, file.size(), pages, count, wanted);
    }
    Pager.freeOthers(pages, count, wanted);
    if (!mounted || (beyond && !page.fullyValid())) {
      return PagerResult.BAD;
    }
    return page.fullyValid() ? PagerResult.OK : readByCall(file, page);
  }

  /** V6. */
  private PagerResult readByCall(BackingFile file, VmPage page) {
    long start = startOf(page.index());
    int size = (int) Math.min(Page.SIZE, file.size() - start);
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

  /** V18, V21: synchronously if asked, or if memory is short; then by map or by call. */
  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    BackingFile file = fileOf(object);
    BlockMap map = file.blockMap();
    if (map != null && file.isMounted()) {
      boolean synchronous = (flags & (SYNC | INVALIDATE)) != 0 || vm.pageoutMemoryLow();
      writer.write(object, map, file.size(), pages, count, synchronous, results);
    } else {
      writeByCalls(file, pages, count, results);
    }
  }

  /** V19, V22: each page by itself, and only what lies inside the file. */
  private void writeByCalls(BackingFile file, VmPage[] pages, int count, PagerResult[] results) {
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
