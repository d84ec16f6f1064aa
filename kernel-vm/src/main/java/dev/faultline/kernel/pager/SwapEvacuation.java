// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Brings back all that is on one disk, object by object, so that the disk can go. What is brought
 * back is dirty: the page daemon may write it to another disk at once. Gives up, and leaves the
 * disk as it was, before memory is so short that a process would be killed for it.
 */
final class SwapEvacuation {
  /** Less free space than that is none to count on. */
  private static final int FEW_PAGES = 128;

  private static final int MOST_WAITS = 100;
  private static final int MOST_AHEAD = 7;
  private static final long MOMENT = 1_000_000;

  private final VmSystem vm;
  private final SwapBlocks blocks;
  private final SwapTable table;
  private final SwapPager pager;
  private final Pager.Neighbours around = new Pager.Neighbours();
  private final VmPage[] window = new VmPage[MOST_AHEAD + 1];

  SwapEvacuation(VmSystem vm, SwapBlocks blocks, SwapTable table, SwapPager pager) {
    this.vm = vm;
    this.blocks = blocks;
    this.table = table;
    this.pager = pager;
  }

  /** On success nothing is on the disk, and nothing comes to it. */
  SwapOutcome empty(SwapArea area) {
    blocks.withdraw(area);
    SwapOutcome outcome = SwapOutcome.OK;
    while (area.used() > 0 && outcome == SwapOutcome.OK) {
      SwappedObject o = findObject(area);
      if (o == null) {
        // Only objects that are ending have pages there: they free them.
        vm.scheduler().sleep(this, false, vm.time().now() + MOMENT);
      } else {
        outcome = emptyObject(o.object, area);
      }
    }
    if (outcome != SwapOutcome.OK) {
      blocks.restore(area, table.blocks());
    }
    return outcome;
  }

  private @Nullable SwappedObject findObject(SwapArea area) {
    for (SwappedObject o = table.firstObject(); o != null; o = o.next) {
      if (o.object.isDead()) {
        continue;
      }
      for (SwapRecord r = o.firstRecord; r != null; r = r.ownerNext) {
        for (int block : r.blocks) {
          if (block != SwapBlocks.NONE && blocks.area(block) == area) {
            return o;
          }
        }
      }
    }
    return null;
  }

  /** While its paging count is raised the object neither ends nor is taken over. */
  private SwapOutcome emptyObject(VmObject object, SwapArea area) {
    object.beginPaging();
    SwapOutcome outcome = SwapOutcome.OK;
    for (int group : groups(object)) {
      for (int slot = 0; slot < SwapRecord.SLOTS && outcome == SwapOutcome.OK; slot++) {
        int index = (group << SwapRecord.SHIFT) + slot;
        while (outcome == SwapOutcome.OK && !object.isDead() && isOn(area, object, index)) {
          outcome = bringBack(object, index);
        }
      }
    }
    object.endPaging();
    return outcome;
  }

  private static int[] groups(VmObject object) {
    SwappedObject o = SwapTable.of(object);
    int[] groups = new int[o == null ? 0 : o.records];
    int n = 0;
    for (SwapRecord r = o == null ? null : o.firstRecord; r != null; r = r.ownerNext) {
      groups[n++] = r.group;
    }
    Arrays.sort(groups);
    return groups;
  }

  private boolean isOn(SwapArea area, VmObject object, int index) {
    int block = table.query(object, index);
    return block != SwapBlocks.NONE && blocks.area(block) == area;
  }

  /** Brings one page back; if it slept before it had the page, it says OK and changes nothing. */
  private SwapOutcome bringBack(VmObject object, int index) {
    VmPage p = object.lookup(index);
    if (p == null) {
      SwapOutcome room = makeRoom();
      if (room != SwapOutcome.OK || object.lookup(index) != null) {
        return room;
      }
      p = object.grabPage(index, false);
      if (p == null) {
        return waitForMemory();
      }
    } else if (p.sleepIfBusy(true)) {
      return SwapOutcome.OK;
    } else {
      p.setBusy();
    }
    if (!p.fullyValid()) {
      PagerResult result = read(object, p);
      if (result != PagerResult.OK) {
        p.free();
        // Without a block it was freed, or moved to another object, while this thread slept.
        return result == PagerResult.FAIL ? SwapOutcome.OK : SwapOutcome.IO_ERROR;
      }
    }
    p.deactivate();
    p.makeDirty();
    pager.unswapped(p);
    p.wakeup();
    return SwapOutcome.OK;
  }

  /** Reads the busy page, and with it such as follow it on the disk and in the object. */
  private PagerResult read(VmObject object, VmPage p) {
    int n = 0;
    window[n++] = p;
    pager.hasPage(object, p.index(), around);
    int end = p.index() + Math.min(around.after, MOST_AHEAD) + 1;
    for (int i = p.index() + 1; i < end && !vm.memoryShort(); i++) {
      VmPage next = object.lookup(i) == null ? object.grabPage(i, false) : null;
      if (next == null) {
        break;
      }
      window[n++] = next;
    }
    PagerResult result = pager.getPages(object, window, n, 0);
    if (result == PagerResult.ERROR && n > 1) {
      window[0] = p;
      result = pager.getPages(object, window, 1, 0);
    }
    return result;
  }

  // ---- memory ----------------------------------------------------------------------------------

  private SwapOutcome makeRoom() {
    for (int waits = 0; vm.memoryShort(); waits++) {
      SwapOutcome outcome = waits < MOST_WAITS ? waitForMemory() : SwapOutcome.NO_MEMORY;
      if (outcome != SwapOutcome.OK) {
        return outcome;
      }
    }
    return vm.scheduler().current().killPending() ? SwapOutcome.KILLED : SwapOutcome.OK;
  }

  private SwapOutcome waitForMemory() {
    if (blocks.freePages() < FEW_PAGES) {
      return SwapOutcome.NO_MEMORY;
    }
    return vm.waitForMemory() ? SwapOutcome.OK : SwapOutcome.KILLED;
  }
}
