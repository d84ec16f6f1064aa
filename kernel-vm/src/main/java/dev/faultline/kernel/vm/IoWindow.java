// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;

/**
 * A few pages of the kernel map that can be pointed at any frame, RAM or a device's, for as long as
 * the kernel works on it (PM31). A window has no PV entry and tells no page of its use.
 *
 * <p>Who has pointed it may rely on it until the next sleep, or for good if nobody else uses it.
 */
public final class IoWindow {
  private final VmMap map;
  private final int start;
  private final int pages;

  IoWindow(VmMap map, int start, int pages) {
    this.map = map;
    this.start = start;
    this.pages = pages;
  }

  /**
   * Points a page of the window at a frame, whatever it was pointed at before; all CPUs see it.
   *
   * @param frame physical address divided by the page size
   * @return the kernel address of the page; 0 if there is no frame for the page table
   */
  public int point(int page, int frame, boolean writable) {
    if (page < 0 || page >= pages) {
      throw new KernelPanic("the window has no page " + page);
    }
    int va = start + page << Page.SHIFT;
    return map.pmap.enterWindow(va, frame, writable) ? va : 0;
  }

  /** The physical address behind a kernel address of the window; -1 if it was not pointed. */
  public long physicalAddress(int va) {
    return map.pmap.extract(va);
  }

  /** Gives the addresses back. */
  public void close() {
    Pmap pmap = map.pmap;
    map.lock();
    pmap.remove(start, start + pages);
    map.remove(start, start + pages);
    map.unlock();
  }
}
