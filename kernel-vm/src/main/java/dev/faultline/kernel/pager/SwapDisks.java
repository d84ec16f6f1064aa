// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;

/** Switches disks, and files on disks, on and off as swap space, one at a time. */
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
    if (!disk.use().own()) {
      return SwapOutcome.BUSY;
    }
    SwapOutcome outcome = switchOn(SwapStore.ofDisk(disk, disk.use()::disown), name);
    if (outcome != SwapOutcome.OK) {
      disk.use().disown();
    }
    return outcome;
  }

  /**
   * The same with what is more than a disk; on success it is told when it is switched off. Sleeps.
   */
  public SwapOutcome switchOn(SwapStore store, String name) {
    begin();
    SwapOutcome outcome = add(store, name);
    end();
    return outcome;
  }

  private SwapOutcome add(SwapStore store, String name) {
    if (blocks.areaCount() == SwapBlocks.MAX_AREAS) {
      return SwapOutcome.TOO_MANY;
    }
    if (store.disk().readOnly()) {
      return SwapOutcome.READ_ONLY;
    }
    if (store.pages() < MIN_PAGES) {
      return SwapOutcome.NOT_SWAP;
    }
    byte[] first = new byte[Page.SIZE];
    SwapOutcome read = readFirstPage(store, first);
    if (read != SwapOutcome.OK) {
      return read;
    }
    SwapHeader header = SwapHeader.parse(first);
    if (header == null || (header.lastPage() >= store.pages() && !isCutOff(store))) {
      return SwapOutcome.NOT_SWAP;
    }
    int end = (int) Math.min(store.pages(), header.lastPage() + 1);
    List<Integer> bad = new ArrayList<>(header.badPages());
    bad.addAll(store.torn());
    return blocks.add(store, name, end, bad) == null ? SwapOutcome.TOO_MANY : SwapOutcome.OK;
  }

  /** True for what is larger than can be used: its header may say so. */
  private static boolean isCutOff(SwapStore store) {
    return store.pages() == SwapStore.MAX_PAGES;
  }

  private SwapOutcome readFirstPage(SwapStore store, byte[] to) {
    int frame = vm.allocateWiredFrame();
    while (frame < 0) {
      if (!vm.waitForMemory()) {
        return SwapOutcome.KILLED;
      }
      frame = vm.allocateWiredFrame();
    }
    int address = frame << Page.SHIFT;
    BlockRequest request =
        new BlockRequest(1)
            .start(BlockRequest.Operation.READ, store.sector(0))
            .add(address, Page.SIZE);
    BlockRequest.Status status = request.transfer(store.disk(), vm.scheduler());
    vm.memory().get(address, to, 0, Page.SIZE);
    vm.freeWiredFrame(frame);
    return status == BlockRequest.Status.OK ? SwapOutcome.OK : SwapOutcome.IO_ERROR;
  }

  // ---- off -------------------------------------------------------------------------------------

  /**
   * Brings back everything that is on a disk and lets the disk go, or refuses and leaves it on.
   * Sleeps, and may take long.
   *
   * @param identity the disk, or the file
   */
  public SwapOutcome switchOff(Object identity) {
    begin();
    SwapArea area = blocks.find(identity);
    SwapOutcome outcome = area == null ? SwapOutcome.NOT_SWAP : evacuation.empty(area);
    if (area != null && outcome == SwapOutcome.OK) {
      blocks.remove(area);
      area.store().switchedOff();
    }
    end();
    return outcome;
  }
}
