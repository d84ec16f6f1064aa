// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import java.util.List;

/** Switches disks on and off as swap space, one at a time. */
public final class SwapDisks {
  private static final int MIN_PAGES = 2;

  private final VmSystem vm;
  private final SwapBlocks blocks;
  private final SwapEvacuation evacuation;
  private boolean atWork;

  SwapDisks(VmSystem vm, SwapBlocks blocks, SwapTable table, SwapPager pager) {
    this.vm = vm;
    this.blocks = blocks;
    evacuation = new SwapEvacuation(vm, blocks, table, pager);
  }

  /** The disks that are on. */
  public List<SwapArea> areas() {
    return blocks.areas();
  }

  private void begin() {
    while (atWork) {
      vm.scheduler().sleep(this, false, Scheduler.NO_DEADLINE);
    }
    atWork = true;
  }

  private void end() {
    atWork = false;
    vm.scheduler().wakeup(this);
  }

  // ---- on --------------------------------------------------------------------------------------

  /**
   * Pages may go to this disk from now on, as far as its header says. Sleeps.
   *
   * @param name what displays call it
   */
  public SwapOutcome switchOn(BlockDevice disk, String name) {
    begin();
    SwapOutcome outcome = add(disk, name);
    end();
    return outcome;
  }

  private SwapOutcome add(BlockDevice disk, String name) {
    if (blocks.find(disk) != null) {
      return SwapOutcome.BUSY;
    }
    if (blocks.areaCount() == SwapBlocks.MAX_AREAS) {
      return SwapOutcome.TOO_MANY;
    }
    if (disk.readOnly()) {
      return SwapOutcome.READ_ONLY;
    }
    int pages = SwapArea.pagesOf(disk);
    if (pages < MIN_PAGES) {
      return SwapOutcome.NOT_SWAP;
    }
    byte[] first = new byte[Page.SIZE];
    SwapOutcome read = readFirstPage(disk, first);
    if (read != SwapOutcome.OK) {
      return read;
    }
    SwapHeader header = SwapHeader.parse(first);
    if (header == null || header.lastPage() >= disk.sectors() / (Page.SIZE / BlockDevice.SECTOR)) {
      return SwapOutcome.NOT_SWAP;
    }
    int end = (int) Math.min(pages, header.lastPage() + 1);
    return blocks.add(disk, name, end, header.badPages()) == null
        ? SwapOutcome.TOO_MANY
        : SwapOutcome.OK;
  }

  private SwapOutcome readFirstPage(BlockDevice disk, byte[] to) {
    int frame = vm.allocateWiredFrame();
    while (frame < 0) {
      if (!vm.waitForMemory()) {
        return SwapOutcome.KILLED;
      }
      frame = vm.allocateWiredFrame();
    }
    int address = frame << Page.SHIFT;
    BlockRequest request =
        new BlockRequest(1).start(BlockRequest.Operation.READ, 0).add(address, Page.SIZE);
    BlockRequest.Status status = request.transfer(disk, vm.scheduler());
    vm.memory().get(address, to, 0, Page.SIZE);
    vm.freeWiredFrame(frame);
    return status == BlockRequest.Status.OK ? SwapOutcome.OK : SwapOutcome.IO_ERROR;
  }

  // ---- off -------------------------------------------------------------------------------------

  /**
   * Brings back everything that is on a disk and lets the disk go, or refuses and leaves it on.
   * Sleeps, and may take long.
   */
  public SwapOutcome switchOff(BlockDevice disk) {
    begin();
    SwapArea area = blocks.find(disk);
    SwapOutcome outcome = area == null ? SwapOutcome.NOT_SWAP : evacuation.empty(area);
    if (area != null && outcome == SwapOutcome.OK) {
      blocks.remove(area);
    }
    end();
    return outcome;
  }
}
