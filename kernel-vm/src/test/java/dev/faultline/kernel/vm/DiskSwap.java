// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.pager.SwapPager;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;

/** The real swap pager of a test machine, on disks in memory. */
final class DiskSwap {
  private final TestMachine m;
  final SwapPager pager;
  final List<MemoryDisk> disks = new ArrayList<>();

  DiskSwap(TestMachine m) {
    this.m = m;
    pager = new SwapPager(m.vm);
    m.vm.setSwap(pager);
  }

  /** Switches one more disk of so many pages on. */
  MemoryDisk add(int pages) {
    MemoryDisk disk = m.disk("vd" + (char) ('a' + disks.size()), pages * 8);
    System.arraycopy(SwapHeader.make(pages, disks.size()), 0, disk.content(), 0, Page.SIZE);
    disks.add(disk);
    m.scheduler.execute(
        "swapon",
        () -> assertThat(pager.disks().switchOn(disk, disk.name())).isEqualTo(SwapOutcome.OK));
    disk.log().clear();
    return disk;
  }

  /** Runs a test's body, then checks everything, the swap space too. */
  void run(Runnable body) {
    m.run(body);
    pager.check();
  }

  int inUse() {
    return pager.totalPages() - pager.freePages();
  }

  /** Writes all dirty anonymous pages of a space out and drops them from memory. */
  void swapOut(VmSpace s, int va, int pages) {
    for (int i = 0; i < pages; i++) {
      int at = va + i * Page.SIZE;
      if (s.pmap().pageAt(at) instanceof VmPage p && p.wireCount() == 0) {
        p.deactivate();
        p.testDirty();
      }
    }
    for (int i = 0; i < pages; i++) {
      int at = va + i * Page.SIZE;
      if (s.pmap().pageAt(at) instanceof VmPage p && p.wireCount() == 0) {
        if (p.isDirty()) {
          m.vm.pageOut.cleanCluster(p);
        }
        assertThat(p.dirty()).isZero();
        p.setBusy();
        p.free();
      }
    }
  }
}
