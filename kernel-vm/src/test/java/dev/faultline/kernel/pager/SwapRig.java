// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.devices.EventQueue;
import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.kernel.vm.Counter;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmOptions;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.List;

/** Memory, a scheduler, disks and a swap pager; pages go out and in as a test says. */
final class SwapRig {
  private static final int SECTORS_PER_PAGE = 8;

  final PhysicalMemory memory = new PhysicalMemory(4 << 20);
  final EventQueue events = new EventQueue();
  final List<String> messages = new ArrayList<>();
  long now;
  final TimeBase time =
      new TimeBase() {
        @Override
        public long now() {
          return now;
        }

        @Override
        public boolean idle(long deadline) {
          long next = Math.min(deadline, events.nextTime());
          if (next == Scheduler.NO_DEADLINE) {
            return false;
          }
          now = Math.max(now, next);
          events.runDue(now);
          return true;
        }
      };
  final Scheduler scheduler = new Scheduler(time, 100);
  final VmSystem vm =
      new VmSystem(memory, scheduler, time, VmOptions.defaults().withLog(messages::add));
  final SwapPager swap = new SwapPager(vm);
  private int disks;

  SwapRig() {
    vm.setSwap(swap);
  }

  /** A disk of so many pages with a swap header. */
  MemoryDisk disk(int pages) {
    MemoryDisk disk =
        new MemoryDisk(
            "vd" + (char) ('a' + disks++),
            0xFE00,
            events,
            time,
            scheduler,
            memory,
            pages * SECTORS_PER_PAGE);
    System.arraycopy(SwapHeader.make(pages, 1), 0, disk.content(), 0, Page.SIZE);
    return disk;
  }

  /** The same, switched on. */
  MemoryDisk swapDisk(int pages) {
    MemoryDisk disk = disk(pages);
    scheduler.execute(
        "swapon",
        () -> {
          SwapOutcome outcome = swap.disks().switchOn(disk, "/dev/" + disk.name());
          if (outcome != SwapOutcome.OK) {
            throw new AssertionError("swapon: " + outcome);
          }
        });
    disk.log().clear();
    return disk;
  }

  /** Runs a test's body as a kernel thread, then checks that no block is lost. */
  void run(Runnable body) {
    scheduler.execute("test", body);
    swap.check();
  }

  VmObject object(int pages) {
    return VmObject.anonymous(vm, pages);
  }

  /** A dirty page full of bytes {@code fill}, on the inactive queue. */
  VmPage dirty(VmObject o, int index, int fill) {
    VmPage p = o.grabPage(index);
    if (p == null) {
      throw new AssertionError("no memory");
    }
    memory.fill(p.address(), Page.SIZE, (byte) fill);
    p.clear(VmPage.ZERO);
    p.setValid(VmPage.ALL_CHUNKS);
    p.deactivate();
    p.makeDirty();
    p.wakeup();
    return p;
  }

  VmPage page(VmObject o, int index) {
    VmPage p = o.lookup(index);
    if (p == null) {
      throw new AssertionError("no page at " + index);
    }
    return p;
  }

  /** Dirties pages and writes them in one call, as the page daemon would. */
  PagerResult[] out(VmObject o, int first, int count, int fill) {
    VmPage[] pages = new VmPage[count];
    for (int i = 0; i < count; i++) {
      pages[i] = dirty(o, first + i, fill + i);
      pages[i].beginIo();
    }
    o.beginPaging(count);
    PagerResult[] results = new PagerResult[count];
    swap.putPages(o, pages, count, 0, results);
    for (int i = 0; i < count; i++) {
      if (results[i] != PagerResult.PEND) {
        o.endPaging();
        pages[i].endIo();
      }
    }
    return results;
  }

  /** Drops clean pages from memory. */
  void drop(VmObject o, int first, int count) {
    o.removePages(first, first + count, true);
  }

  /** Reads absent pages in one call, as a fault would; the wanted one ends idle. */
  PagerResult in(VmObject o, int first, int count, int wanted) {
    VmPage[] pages = new VmPage[count];
    for (int i = 0; i < count; i++) {
      VmPage p = o.grabPage(first + i);
      if (p == null) {
        throw new AssertionError("no memory");
      }
      pages[i] = p;
    }
    VmPage want = pages[wanted];
    o.beginPaging();
    PagerResult result = swap.getPages(o, pages, count, wanted);
    o.endPaging();
    if (result == PagerResult.OK) {
      want.activate();
      want.wakeup();
    } else {
      want.free();
    }
    return result;
  }

  /** The byte that fills a page; -1 if it is not full of one byte. */
  int fill(VmPage p) {
    int first = memory.read8(p.address());
    for (int i = 0; i < Page.SIZE; i++) {
      if (memory.read8(p.address() + i) != first) {
        return -1;
      }
    }
    return first;
  }

  /** The block of a page on swap, or 0. */
  int block(VmObject o, int index) {
    return swap.table().query(o, index);
  }

  /** Notes a block for a page as if it had been written there. */
  void place(VmObject o, int index, int block) {
    o.becomeSwap();
    swap.table().assign(o, index, block);
  }

  long count(Counter c) {
    return vm.meter().get(c);
  }
}
