// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;

/**
 * Reads pages of a mapped file from its disk into their frames (V7–V14): the run of pages around
 * the wanted one that lies together on the disk in one request; a page that lies scattered, or is
 * partly valid, block by block.
 */
final class ClusterReader {
  private final VmSystem vm;
  private final RequestPool requests;
  private final PagePlaces places;

  ClusterReader(VmSystem vm, RequestPool requests, PagePlaces places) {
    this.vm = vm;
    this.requests = requests;
    this.places = places;
  }

  /** As {@link VnodePager#getPages}, of a mounted file, whose wanted page begins inside it. */
  PagerResult read(BlockMap map, long size, VmPage[] pages, int count, int wanted) {
    VmPage page = pages[wanted];
    PagePlace place = places.take(map, size);
    long sector = PagePlace.SCATTERED;
    if (page.valid() == 0) {
      sector = place.find(page.index());
    }
    int first = sector < 0 ? wanted : Math.max(0, wanted - place.before);
    int end = sector < 0 ? wanted + 1 : Math.min(count, wanted + 1 + place.after);
    places.give(place);
    for (int i = 0; i < count; i++) {
      if (i < first || i >= end) {
        pages[i].free();
      }
    }
    if (sector == BlockMap.IO_ERROR) {
      return PagerResult.ERROR;
    }
    if (sector == BlockMap.HOLE) {
      return PagerResult.FAIL;
    }
    page.clear(VmPage.ZERO);
    PagerResult result =
        sector == PagePlace.SCATTERED
            ? readChunks(map, size, page)
            : readRun(map.disk(), sector, size, pages, first, end, wanted);
    if (result == PagerResult.OK) {
      vm.meter().increment(Counter.V_VNODEIN);
      vm.meter().add(Counter.V_VNODEPGSIN, end - first);
    }
    return result;
  }

  // ---- one request (V9–V13) --------------------------------------------------------------------

  private PagerResult readRun(
      BlockDevice disk,
      long wantedSector,
      long size,
      VmPage[] pages,
      int first,
      int end,
      int wanted) {
    long sector = wantedSector - (long) (wanted - first) * (Page.SIZE / BlockDevice.SECTOR);
    BlockRequest request = requests.take().start(BlockRequest.Operation.READ, sector);
    for (int i = first; i < end; i++) {
      pages[i].clear(VmPage.ZERO);
      request.add(pages[i].address(), sectorBytes(inside(pages[i], size)));
    }
    boolean ok = request.transfer(disk, vm.scheduler()) == BlockRequest.Status.OK;
    requests.give(request);
    for (int i = first; i < end; i++) {
      VmPage page = pages[i];
      if (ok) {
        int n = inside(page, size);
        vm.memory().fill(page.address() + n, Page.SIZE - n, 0);
        page.setValidClean(0, Page.SIZE);
      }
      if (i != wanted) {
        settle(page, ok);
      }
    }
    return ok ? PagerResult.OK : PagerResult.ERROR;
  }

  /** V12, V13: a page that came along. */
  private static void settle(VmPage page, boolean ok) {
    if (!ok) {
      page.free();
      return;
    }
    if (page.isWanted()) {
      page.activate();
    } else {
      page.deactivate();
    }
    page.wakeup();
  }

  private static int inside(VmPage page, long size) {
    return (int) Math.min(Page.SIZE, size - ((long) page.index() << Page.SHIFT));
  }

  private static int sectorBytes(int bytes) {
    return (bytes + BlockDevice.SECTOR - 1) & -BlockDevice.SECTOR;
  }

  // ---- block by block (V7, V8) -----------------------------------------------------------------

  private PagerResult readChunks(BlockMap map, long size, VmPage page) {
    int unit = Math.min(map.blockSize(), Page.SIZE);
    int inside = inside(page, size);
    BlockMap.Run run = new BlockMap.Run();
    for (int at = 0; at < Page.SIZE; at += unit) {
      long position = ((long) page.index() << Page.SHIFT) + at;
      long sector = BlockMap.HOLE;
      if (at < inside) {
        sector = map.find(position / map.blockSize(), run);
      }
      if (sector == BlockMap.IO_ERROR) {
        return PagerResult.ERROR;
      }
      long shift = position % map.blockSize() / BlockDevice.SECTOR;
      if (!fill(map.disk(), page, at, unit, inside, sector < 0 ? sector : sector + shift)) {
        return PagerResult.ERROR;
      }
    }
    return PagerResult.OK;
  }

  /** Makes the chunks of one block valid that are not; false after an I/O error. */
  private boolean fill(BlockDevice disk, VmPage page, int at, int unit, int inside, long sector) {
    int end = at + unit;
    int from = at;
    while (from < end) {
      if (isValid(page, from)) {
        from += VmPage.CHUNK;
        continue;
      }
      int to = from + VmPage.CHUNK;
      while (to < end && !isValid(page, to)) {
        to += VmPage.CHUNK;
      }
      int bytes = sector < 0 ? 0 : Math.clamp(inside - from, 0, to - from);
      if (bytes > 0) {
        long start = sector + (from - at) / VmPage.CHUNK;
        BlockRequest request = requests.take().start(BlockRequest.Operation.READ, start);
        request.add(page.address() + from, sectorBytes(bytes));
        boolean ok = request.transfer(disk, vm.scheduler()) == BlockRequest.Status.OK;
        requests.give(request);
        if (!ok) {
          return false;
        }
      }
      vm.memory().fill(page.address() + from + bytes, to - from - bytes, 0);
      page.setValidClean(from, to - from);
      from = to;
    }
    return true;
  }

  private static boolean isValid(VmPage page, int at) {
    return (page.valid() & 1 << at / VmPage.CHUNK) != 0;
  }
}
