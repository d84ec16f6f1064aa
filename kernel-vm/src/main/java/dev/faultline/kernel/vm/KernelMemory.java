// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.EnterResult;
import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * Wired memory at kernel addresses, for what the kernel itself keeps in guest RAM: rings, buffers.
 * Mapped in every address space (PM3), full of zeros.
 */
public final class KernelMemory {
  private final VmSystem vm;

  KernelMemory(VmSystem vm) {
    this.vm = vm;
  }

  /**
   * Wired zero-filled pages at consecutive kernel addresses; their frames need not be consecutive.
   *
   * @return the address, or 0 if memory or address space is short
   */
  public int allocate(int pages) {
    VmMap map = vm.kernelMap();
    map.lock();
    int start = map.findSpace(map.min, pages);
    boolean ok = start >= 0 && reserve(map, start, pages);
    if (ok) {
      MapWire.quickWire(map, start, start + pages);
    }
    map.unlock();
    if (!ok) {
      return 0;
    }
    for (int at = start; at < start + pages; at++) {
      if (!addPage(map, at)) {
        free(start << Page.SHIFT, pages);
        return 0;
      }
    }
    return start << Page.SHIFT;
  }

  private boolean addPage(VmMap map, int at) {
    VmPage p = vm.kernelObject().grabPage(at - Pmap.KERNEL_PAGE, false);
    if (p == null) {
      return false;
    }
    p.zeroInvalid(true);
    p.clear(VmPage.ZERO);
    p.wire();
    p.wakeup();
    return map.pmap.enter(at << Page.SHIFT, p, Protection.READ | Protection.WRITE, true)
        == EnterResult.ENTERED;
  }

  /** Gives back what {@link #allocate} gave. */
  public void free(int address, int pages) {
    VmMap map = vm.kernelMap();
    int start = Page.number(address);
    map.lock();
    map.pmap.remove(start, start + pages);
    map.remove(start, start + pages);
    map.unlock();
    for (int at = start; at < start + pages; at++) {
      VmPage p = vm.kernelObject().lookup(at - Pmap.KERNEL_PAGE);
      if (p != null) {
        p.unwire(false);
        p.setBusy();
        p.free();
      }
    }
  }

  /**
   * A window of {@code pages} pages, pointed at nothing yet (PM31).
   *
   * @return null if address space is short
   */
  public @Nullable IoWindow window(int pages) {
    VmMap map = vm.kernelMap();
    map.lock();
    int start = map.findSpace(map.min, pages);
    boolean ok = start >= 0 && reserve(map, start, pages);
    map.unlock();
    return ok ? new IoWindow(map, start, pages) : null;
  }

  private static boolean reserve(VmMap map, int start, int pages) {
    return map.insert(
            null,
            0,
            start,
            start + pages,
            Protection.ALL,
            Protection.ALL,
            Inheritance.NONE,
            VmMapEntry.NOFAULT)
        .ok();
  }

  /** The physical address behind a kernel address of {@link #allocate}; -1 if there is none. */
  public long physicalAddress(int address) {
    return vm.kernelMap().pmap.extract(address);
  }
}
