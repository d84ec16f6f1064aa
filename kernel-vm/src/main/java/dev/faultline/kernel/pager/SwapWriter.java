// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;

/**
 * Writes pages to swap, in runs, always to new blocks (S10–S19). The page daemon goes on while its
 * writes run; anybody else waits for them.
 */
final class SwapWriter {
  /** Writes of the page daemon that may be under way together (S15). */
  static final int MOST_ASYNCHRONOUS = 4;

  private static final int MOST_SYNCHRONOUS = 4;

  /** A piece of 16 pages touches two records at most. */
  private static final int RECORDS_PER_PIECE = 2;

  private final VmSystem vm;
  private final SwapBlocks blocks;
  private final SwapTable table;
  private final SwapTransfers asynchronous;
  private final SwapTransfers synchronous;
  private int pagesUnderWay;

  SwapWriter(VmSystem vm, SwapBlocks blocks, SwapTable table) {
    this.vm = vm;
    this.blocks = blocks;
    this.table = table;
    asynchronous = new SwapTransfers(vm.scheduler(), MOST_ASYNCHRONOUS, this::completed);
    synchronous = new SwapTransfers(vm.scheduler(), MOST_SYNCHRONOUS, this::completed);
  }

  /** Pages that are being written. */
  int pagesUnderWay() {
    return pagesUnderWay;
  }

  /** S11, S12. */
  void write(VmObject object, VmPage[] pages, int count, boolean mustWait, PagerResult[] results) {
    boolean waits = mustWait || !vm.onPageDaemon();
    int done = 0;
    while (done < count) {
      int n = writePiece(object, pages, done, count - done, waits);
      for (int i = done; i < done + Math.max(n, 1); i++) {
        results[i] = n == 0 ? PagerResult.FAIL : PagerResult.PEND;
      }
      done += Math.max(n, 1);
    }
  }

  /** How many pages are being written; 0 if swap cannot take the first. */
  private int writePiece(VmObject object, VmPage[] pages, int first, int left, boolean waits) {
    // Whatever may sleep comes before the blocks are taken: no block is ever between two states
    // while another thread runs.
    SwapTransfers from = waits ? synchronous : asynchronous;
    SwapTransfer t = from.take();
    if (!haveRecords(waits)) {
      from.give(t);
      blocks.ranOut();
      return 0;
    }
    int n = Math.min(left, SwapTransfer.MAX_PAGES);
    int block = blocks.allocate(n);
    while (block == SwapBlocks.NONE && n > 1) {
      n /= 2;
      block = blocks.allocate(n);
    }
    if (block == SwapBlocks.NONE) {
      block = inPlaceOf(object, pages[first].index());
    }
    if (block == SwapBlocks.NONE) {
      from.give(t);
      blocks.ranOut();
      return 0;
    }
    n = giveBackApart(block, n);
    for (int i = 0; i < n; i++) {
      int before = table.assign(object, pages[first + i].index(), block + i);
      if (before != SwapBlocks.NONE) {
        blocks.free(before);
      }
    }
    t.asynchronous = !waits;
    pagesUnderWay += n;
    vm.meter().increment(Counter.V_SWAPOUT);
    vm.meter().add(Counter.V_SWAPPGSOUT, n);
    SwapArea area = blocks.area(block);
    t.start(BlockRequest.Operation.WRITE, object, pages, first, n, area, block);
    if (waits) {
      while (t.underWay) {
        vm.scheduler().sleep(t, false, Scheduler.NO_DEADLINE);
      }
      from.give(t);
    }
    return n;
  }

  /** What does not follow on the disk goes back (S13); how many blocks stay. */
  private int giveBackApart(int block, int n) {
    int together = blocks.together(block, n);
    for (int i = together; i < n; i++) {
      blocks.free(block + i);
    }
    return together;
  }

  /**
   * Swap is full: the block that held the page before is worthless, for the page is dirty (S34).
   *
   * @return that block, unless there is none or it must not be used again
   */
  private int inPlaceOf(VmObject object, int index) {
    int before = table.pop(object, index);
    if (before == SwapBlocks.NONE) {
      return SwapBlocks.NONE;
    }
    blocks.free(before);
    return blocks.allocate(1);
  }

  /**
   * Sees to memory for records (S5). Whoever waits for writes waits for memory too; the page
   * daemon, which is to make memory, does not.
   */
  private boolean haveRecords(boolean waits) {
    while (!table.memory().ensure(RECORDS_PER_PIECE)) {
      if (!waits || vm.onPageDaemon() || !vm.waitForMemory()) {
        return false;
      }
    }
    return true;
  }

  /** S17, S18. At interrupt time. */
  private void completed(SwapTransfer t) {
    VmObject object = t.object();
    boolean ok = t.succeeded();
    pagesUnderWay -= t.count;
    for (int i = 0; i < t.count; i++) {
      VmPage p = t.pages[i];
      if (!ok) {
        giveUp(object, p.index(), t.firstBlock + i);
      }
      p.clear(VmPage.SWAPINPROG);
      vm.pageWritten(object, p, ok ? PagerResult.OK : PagerResult.ERROR);
    }
    t.underWay = false;
    if (t.asynchronous) {
      asynchronous.give(t);
    } else {
      vm.scheduler().wakeup(t);
    }
  }

  /** A block could not be written: out of its slot, and never used again (S18, Y2). */
  private void giveUp(VmObject object, int index, int block) {
    if (table.query(object, index) == block) {
      table.pop(object, index);
      blocks.suspect(block);
      blocks.free(block);
    }
  }
}
