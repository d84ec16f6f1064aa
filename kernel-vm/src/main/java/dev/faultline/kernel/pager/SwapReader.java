// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;

/** Brings pages in from swap, in runs (S20–S25). */
final class SwapReader {
  private static final int MOST_AT_ONCE = 64;
  private static final long PATIENCE = 20_000_000_000L;

  private final VmSystem vm;
  private final SwapBlocks blocks;
  private final SwapTable table;
  private final SwapTransfers transfers;

  SwapReader(VmSystem vm, SwapBlocks blocks, SwapTable table) {
    this.vm = vm;
    this.blocks = blocks;
    this.table = table;
    transfers = new SwapTransfers(vm.scheduler(), MOST_AT_ONCE, this::completed);
  }

  /** {@link Pager#getPages}. */
  PagerResult read(VmObject object, VmPage[] pages, int count, int wanted) {
    int block = table.query(object, pages[wanted].index());
    if (block == SwapBlocks.NONE) {
      Pager.freeOthers(pages, count, wanted);
      return PagerResult.FAIL;
    }
    int first = wanted;
    int end = wanted + 1;
    while (first > 0
        && end - first < SwapTransfer.MAX_PAGES
        && joins(object, pages[first - 1], block, wanted - first + 1, false)) {
      first--;
    }
    while (end < count
        && end - first < SwapTransfer.MAX_PAGES
        && joins(object, pages[end], block, end - wanted, true)) {
      end++;
    }
    for (int i = 0; i < count; i++) {
      if (i < first || i >= end) {
        pages[i].free();
      }
    }
    return read(object, pages, first, end - first, wanted, block - (wanted - first));
  }

  /** True if a page lies as far from the wanted one on swap as in the object (S20). */
  private boolean joins(VmObject object, VmPage p, int block, int distance, boolean after) {
    int expected = after ? block + distance : block - distance;
    boolean sameStripe = expected / SwapBlocks.STRIPE == block / SwapBlocks.STRIPE;
    return sameStripe
        && table.query(object, p.index()) == expected
        && blocks.together(Math.min(block, expected), distance + 1) > distance;
  }

  private PagerResult read(
      VmObject object, VmPage[] pages, int first, int n, int wanted, int firstBlock) {
    SwapTransfer t = transfers.take();
    t.wanted = wanted - first;
    object.beginPaging(n);
    vm.meter().increment(Counter.V_SWAPIN);
    vm.meter().add(Counter.V_SWAPPGSIN, n);
    SwapArea area = blocks.area(firstBlock);
    t.start(BlockRequest.Operation.READ, object, pages, first, n, area, firstBlock);
    await(t);
    boolean ok = t.succeeded();
    transfers.give(t);
    if (ok) {
      return PagerResult.OK;
    }
    if (n == 1) {
      blocks.suspect(firstBlock);
    }
    for (int i = first; i < first + n; i++) {
      if (i != wanted) {
        pages[i].free();
      }
    }
    return PagerResult.ERROR;
  }

  /** S22. */
  private void await(SwapTransfer t) {
    while (t.underWay) {
      vm.scheduler().sleep(t, false, vm.time().now() + PATIENCE);
      vm.meter().increment(Counter.V_INTRANS);
      if (t.underWay) {
        vm.log("swap: still waiting for block " + t.firstBlock + " to be read");
      }
    }
  }

  /** S23, S24. At interrupt time; of a failed read the pages are freed by who waits. */
  private void completed(SwapTransfer t) {
    VmObject object = t.object();
    boolean ok = t.succeeded();
    for (int i = 0; i < t.count; i++) {
      VmPage p = t.pages[i];
      p.clear(VmPage.SWAPINPROG | VmPage.ZERO);
      if (!ok) {
        p.setValid(0);
        continue;
      }
      p.setValidClean(0, Page.SIZE);
      if (i != t.wanted) {
        p.deactivate();
        p.wakeup();
      }
    }
    object.endPaging(t.count);
    t.underWay = false;
    vm.scheduler().wakeup(t);
  }
}
