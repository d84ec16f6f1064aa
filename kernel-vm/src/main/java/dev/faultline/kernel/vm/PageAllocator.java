// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.FrameSource;
import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Gives frames out and takes them back: allocation classes and reserves (P20–P25), waiting for
 * memory (D20), waking the page daemon.
 */
final class PageAllocator implements FrameSource {
  private static final class Event {
    private final String name;

    Event(String name) {
      this.name = name;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private final VmSystem vm;
  private final PageQueues queues;
  private final @Nullable VmPage[] pages;
  private final int colors;
  private final Reserves reserves;

  /** What threads sleep on for want of memory; two, so that one sees who waits in a fault. */
  final Object memoryEvent = new Event("vmwait");

  final Object faultEvent = new Event("pfault");

  /** What the page daemon itself sleeps on when it needs a page. */
  final Object daemonEvent = new Event("pageout wait");

  private boolean daemonWaits;
  private int zeroFrames;
  private int deficit;
  private boolean zeroing = true;

  /** A test's hook: allocations that fail although there is memory; 0 means none. */
  private int failAfter = -1;

  PageAllocator(VmSystem vm, PageQueues queues, int frames, int firstFrame, int colors) {
    this.vm = vm;
    this.queues = queues;
    this.colors = colors;
    pages = new @Nullable VmPage[frames];
    for (int f = firstFrame; f < frames; f++) {
      VmPage p = new VmPage(vm, f, VmPage.ZERO);
      pages[f] = p;
      queues.free.addLast(p);
    }
    zeroFrames = queues.free.size();
    reserves = Reserves.of(queues.free.size(), colors);
  }

  Reserves reserves() {
    return reserves;
  }

  /** Number of frames on the free queue that are known to be zero. */
  int zeroFrames() {
    return zeroFrames;
  }

  // ---- how much there is (P22) ---------------------------------------------------------------

  /** So little that faults wait. */
  boolean severe() {
    return reserves.severe() > queues.available();
  }

  /** So little that whoever waits goes on waiting. */
  boolean belowMin() {
    return reserves.min() > queues.available();
  }

  boolean belowTarget() {
    return reserves.target() > queues.available();
  }

  /** How many pages the page daemon should make available. */
  int pagingTarget() {
    return reserves.target() + reserves.cacheMin() - queues.available();
  }

  boolean pagingNeeded() {
    return reserves.reserved() + reserves.cacheMin() > queues.available();
  }

  /** Pages above the reserve; may be negative (H22). */
  int spare() {
    return queues.available() - reserves.reserved();
  }

  @Override
  public boolean scarce() {
    return queues.free.size() < reserves.reserved();
  }

  /** Allocations that failed since the last scan; the scan makes up for them (D3). */
  int takeDeficit() {
    int d = deficit;
    deficit = 0;
    return d;
  }

  // ---- allocation ----------------------------------------------------------------------------

  /**
   * A busy, invalid page at an index of an object that has none there (P23). Never sleeps.
   *
   * @return null if the class finds nothing (P21)
   */
  @Nullable VmPage allocate(VmObject object, int index, AllocationClass c) {
    VmPage p = take(c, colors == 1 ? 0 : index + object.color());
    if (p != null) {
      object.insertPage(p, index);
    }
    return p;
  }

  private @Nullable VmPage take(AllocationClass wanted, int color) {
    AllocationClass c = wanted;
    if (failAfter >= 0 && failAfter-- == 0) {
      return refuse();
    }
    if (queues.free.size() <= reserves.reserved()) {
      if (c != AllocationClass.INTERRUPT && vm.daemon.isCurrent()) {
        c = AllocationClass.SYSTEM;
      }
      if (!reachReserve(c)) {
        return refuse();
      }
    }
    VmPage p = choose(c, color);
    if (p == null) {
      return refuse();
    }
    queues.free.remove(p);
    if (p.has(VmPage.ZERO)) {
      zeroFrames--;
    }
    p.recycle();
    checkPaging();
    return p;
  }

  private @Nullable VmPage refuse() {
    deficit++;
    vm.daemon.request();
    return null;
  }

  /** Makes a free frame permissible to the class, reusing cached pages if need be (P21). */
  private boolean reachReserve(AllocationClass c) {
    while (queues.free.size() <= reserves.reserved()) {
      if (c == AllocationClass.INTERRUPT) {
        return queues.free.size() > 0;
      }
      if (c == AllocationClass.SYSTEM
          && queues.cache.size() == 0
          && queues.free.size() > reserves.interruptFreeMin()) {
        return true;
      }
      if (!freeOneCached()) {
        return false;
      }
    }
    return true;
  }

  /** Frees the oldest usable cached page; unusable ones met go to the inactive queue. */
  boolean freeOneCached() {
    VmPage p = queues.cache.head;
    while (p != null) {
      VmPage next = p.queueNext;
      if (p.isBusyAtAll() || p.holdCount() != 0 || p.wireCount() != 0 || p.dirty() != 0) {
        queues.unqueueQuietly(p);
        queues.deactivate(p, false);
      } else {
        p.setBusy();
        p.unmap();
        p.free();
        return true;
      }
      p = next;
    }
    return false;
  }

  private @Nullable VmPage choose(AllocationClass c, int color) {
    boolean fromTail = c == AllocationClass.ZERO;
    VmPage first = fromTail ? queues.free.tail : queues.free.head;
    if (colors == 1) {
      return first;
    }
    int wanted = Math.floorMod(color, colors);
    for (VmPage p = first; p != null; p = fromTail ? p.queuePrevious : p.queueNext) {
      if (p.frame() % colors == wanted) {
        return p;
      }
    }
    return first;
  }

  /** For tests: lets {@code n} allocations succeed, then one fail. */
  void failAfter(int n) {
    failAfter = n;
  }

  @Override
  public @Nullable PageFrame allocateTable() {
    VmPage p = take(AllocationClass.ZERO, 0);
    if (p == null) {
      return null;
    }
    if (!p.has(VmPage.ZERO)) {
      vm.memory.fillFrame(p.frame(), 0);
    }
    p.setValid(PageFrame.ALL_CHUNKS);
    p.clear(VmPage.BUSY | VmPage.ZERO);
    p.set(PageFrame.UNMANAGED);
    queues.wire(p);
    return p;
  }

  @Override
  public void freeTable(PageFrame table) {
    VmPage p = (VmPage) table;
    queues.unwire(p, false);
    p.freeZero();
  }

  @Override
  public @Nullable VmPage frame(int number) {
    return Integer.compareUnsigned(number, pages.length) < 0 ? pages[number] : null;
  }

  @Override
  public void mappingsHigh() {
    vm.daemon.requestMappings();
  }

  /** A frame that stays the kernel's own: contiguous memory for devices is not needed. */
  @Nullable VmPage allocateWired() {
    return (VmPage) allocateTable();
  }

  // ---- free ----------------------------------------------------------------------------------

  /** P10; {@link VmPage#free} and {@link VmPage#freeZero} say whether the frame is zero. */
  void free(VmPage p) {
    if (p.softBusy() > 0
        || p.queue == queues.free
        || (p.object != null && !p.isBusy())
        || (p.wireCount() != 0 && !p.has(VmPage.FICTITIOUS))) {
      throw new KernelPanic("page cannot be freed: " + p);
    }
    vm.meter.increment(Counter.V_TFREE);
    p.unmap();
    queues.unqueueQuietly(p);
    if (p.object != null) {
      p.object.removePage(p);
    } else {
      p.clear(VmPage.BUSY);
      p.flash();
    }
    if (p.has(VmPage.FICTITIOUS)) {
      return;
    }
    p.setMasks(0, 0);
    p.clear(PageFrame.UNMANAGED);
    if (p.holdCount() != 0) {
      p.clear(VmPage.ZERO);
      queues.held.addLast(p);
      return;
    }
    toFree(p);
  }

  private void toFree(VmPage p) {
    if (p.has(VmPage.ZERO)) {
      queues.free.addLast(p);
      zeroFrames++;
    } else {
      queues.free.addFirst(p);
    }
    memoryFreed();
  }

  /** The last hold on a page is gone: if it was freed meanwhile, now it is free (P8). */
  void released(VmPage p) {
    if (p.queue == queues.held) {
      queues.held.remove(p);
      toFree(p);
    }
  }

  /** A page became free or cached: wakes who waits for that (P24). */
  void memoryFreed() {
    if (daemonWaits && queues.available() >= reserves.pageoutFreeMin()) {
      daemonWaits = false;
      vm.scheduler.wakeup(daemonEvent);
    }
    if (vm.daemon.requested() && !belowMin()) {
      vm.daemon.satisfied();
      wakeWaiters();
    }
  }

  /** Wakes every thread that waits for memory. */
  void wakeWaiters() {
    vm.scheduler.wakeup(faultEvent);
    vm.scheduler.wakeup(memoryEvent);
  }

  /** Wakes the page daemon if pages are getting few. */
  void checkPaging() {
    if (pagingNeeded()) {
      vm.daemon.request();
    } else {
      vm.daemon.checkStatistics();
    }
  }

  // ---- waiting (D20) -------------------------------------------------------------------------

  /**
   * Sleeps until memory may be available. Being woken guarantees nothing: test again.
   *
   * @return false if the thread is killed and must not wait (D21)
   */
  boolean waitForMemory(boolean inFault) {
    if (vm.daemon.isCurrent()) {
      daemonWaits = true;
      vm.scheduler.sleep(daemonEvent, false, Scheduler.NO_DEADLINE);
      return true;
    }
    KernelThread self = vm.scheduler.current();
    if (self.killPending()) {
      return false;
    }
    vm.daemon.request();
    vm.scheduler.sleep(inFault ? faultEvent : memoryEvent, false, Scheduler.NO_DEADLINE);
    return !self.killPending();
  }

  // ---- zeroing in idle time (P35) ------------------------------------------------------------

  /**
   * Zeroes one free frame, if few of them are zero. For idle time; stops at four fifths and begins
   * again below two thirds.
   *
   * @return true if there was something to do
   */
  boolean zeroIdleFrame() {
    int total = queues.free.size();
    if (zeroing) {
      zeroing = zeroFrames < total - total / 5;
    } else {
      zeroing = zeroFrames < total * 2 / 3;
    }
    VmPage p = queues.free.head;
    if (!zeroing || p == null || p.has(VmPage.ZERO)) {
      return false;
    }
    queues.free.remove(p);
    vm.memory.fillFrame(p.frame(), 0);
    p.set(VmPage.ZERO);
    queues.free.addLast(p);
    zeroFrames++;
    return true;
  }
}
