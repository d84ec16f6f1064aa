// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import org.jspecify.annotations.Nullable;

/**
 * The page daemon: keeps enough memory free or cached by taking pages that were not used lately,
 * writing dirty ones first (D1–D18); has idle processes taken out of memory (D19, {@link SwapOut}),
 * and the largest one killed when nothing else helps (D21, {@link OutOfMemory}).
 *
 * <p>Where the active queue needs no statistics it sleeps until it is asked, not for five seconds
 * at a time (D1): a machine that waits for its user then has no event to wake up for.
 */
final class PageDaemon {
  private static final long SECOND = 1_000_000_000L;
  private static final long BETWEEN_PASSES = SECOND / 2;
  private static final long STATISTICS_INTERVAL = 5 * SECOND;
  private static final long VNODE_PATIENCE = SECOND / 10;
  private static final int FIRST_LAUNDER_LIMIT = 32;
  private static final int LAUNDER_LIMIT = 10_000;

  private final VmSystem vm;
  private final PageQueues queues;
  private final ActiveScan active;
  private final SwapOut swapOut;
  private final OutOfMemory outOfMemory;
  private final VmPage marker;
  private final Object event = new Object();

  private @Nullable KernelThread thread;

  /** False while it waits for work: device events may then run on its Java stack. */
  private boolean awake;

  private boolean requested;
  private boolean mappingsRequested;
  private boolean sleepsForGood;
  private int pass;

  /** Counts of the scan that runs. */
  private int shortage;

  private int additional;
  private int launder;
  private int skippedVnodes;
  private int progress;

  PageDaemon(VmSystem vm) {
    this.vm = vm;
    queues = vm.queues;
    active = new ActiveScan(vm);
    swapOut = new SwapOut(vm);
    outOfMemory = new OutOfMemory(vm);
    marker = new VmPage(vm, -1, PageFrame.FICTITIOUS | VmPage.MARKER);
  }

  /** Starts its thread. */
  void start() {
    thread = vm.scheduler.spawn("pagedaemon", this::run);
  }

  /** True on the daemon's own thread. */
  boolean isCurrent() {
    return awake && vm.scheduler.current() == thread;
  }

  /** Asks for pages, unless that has been done. */
  void request() {
    if (!requested && !isCurrent()) {
      requested = true;
      vm.scheduler.wakeup(event);
    }
  }

  /** Asks it to drop mappings that faults can make again: there are nearly too many (PM30). */
  void requestMappings() {
    mappingsRequested = true;
    vm.scheduler.wakeup(event);
  }

  /** True if somebody asked for pages and has not got them. */
  boolean requested() {
    return requested;
  }

  /** Nobody needs pages any more. */
  void satisfied() {
    requested = false;
  }

  /** Pages have become few enough for {@link #statistics}: begins to run them. */
  void checkStatistics() {
    if (sleepsForGood && active.statisticsNeeded()) {
      vm.scheduler.wakeup(event);
    }
  }

  // ---- the loop (D1, D2, D4) -----------------------------------------------------------------

  private void run() {
    awake = true;
    while (true) {
      dropMappings();
      if (requested && !vm.allocator.belowMin()) {
        requested = vm.allocator.pagingNeeded();
        vm.allocator.wakeWaiters();
      }
      if (requested) {
        pass++;
        if (pass > 1) {
          sleep(vm.time.now() + BETWEEN_PASSES);
        }
      } else {
        pass = pass > 1 ? 1 : 0;
        if (!waitForRequest()) {
          pass = 0;
          statistics();
          continue;
        }
      }
      if (requested) {
        vm.meter.increment(Counter.V_PDWAKEUPS);
      }
      scan(pass);
    }
  }

  private WakeReason sleep(long deadline) {
    awake = false;
    WakeReason reason = vm.scheduler.sleep(event, false, deadline);
    awake = true;
    return reason;
  }

  /** True if pages are asked for; false if it is time for statistics (D1). */
  private boolean waitForRequest() {
    while (!requested) {
      dropMappings();
      sleepsForGood = !active.statisticsNeeded();
      long deadline = sleepsForGood ? Scheduler.NO_DEADLINE : vm.time.now() + STATISTICS_INTERVAL;
      WakeReason reason = sleep(deadline);
      sleepsForGood = false;
      if (!requested && reason == WakeReason.TIMED_OUT) {
        return false;
      }
    }
    return true;
  }

  private void dropMappings() {
    if (mappingsRequested) {
      mappingsRequested = false;
      vm.dropIdleMappings();
    }
  }

  /** One scan: inactive pages, active pages, the free reserve (D3, D16–D19, D21). */
  void scan(int scanPass) {
    shortage = vm.allocator.pagingTarget() + vm.allocator.takeDeficit();
    additional = 0;
    skippedVnodes = 0;
    progress = 0;
    launder = scanPass == 0 ? FIRST_LAUNDER_LIMIT : LAUNDER_LIMIT;
    scanInactive(scanPass);
    scanActive();
    refillFree();
    if (vm.allocator.pagingTarget() > 0) {
      if (skippedVnodes > 0 && vm.allocator.belowMin()) {
        vm.hurrySyncer();
      }
      if (vm.allocator.belowTarget()) {
        progress += swapOut.run();
      }
      outOfMemory.judge(scanPass, progress, skippedVnodes);
    }
  }

  // ---- inactive queue (D6–D12) ---------------------------------------------------------------

  private void scanInactive(int scanPass) {
    int toLookAt = queues.inactive.size();
    VmPage p = queues.inactive.head;
    while (p != null && toLookAt-- > 0 && shortage > 0) {
      VmPage next = p.queueNext;
      if (!p.has(VmPage.MARKER)) {
        vm.meter.increment(Counter.V_PDPAGES);
        next = visitInactive(p, next, scanPass);
      }
      p = next;
    }
  }

  /** The page to go on with. */
  private @Nullable VmPage visitInactive(VmPage p, @Nullable VmPage next, int scanPass) {
    VmObject object = p.object;
    if (object == null) {
      return next;
    }
    if (p.holdCount() != 0) {
      toTail(queues.inactive, p);
      additional++;
    } else if (p.isBusyAtAll()) {
      additional++;
    } else if (!reactivated(p, object)) {
      return reclaim(p, object, next, scanPass);
    }
    return next;
  }

  private static void toTail(PageQueue queue, VmPage p) {
    queue.remove(p);
    queue.addLast(p);
  }

  /** D7, D8: a page that was used goes back to the active queue. */
  private boolean reactivated(VmPage p, VmObject object) {
    if (object.references() == 0) {
      p.clear(PageFrame.REFERENCED);
      vm.pmaps.clearReference(p);
      return false;
    }
    boolean flag = p.has(PageFrame.REFERENCED);
    int uses = vm.pmaps.referenced(p);
    if (!flag && uses == 0) {
      return false;
    }
    p.clear(PageFrame.REFERENCED);
    p.activate();
    ActiveScan.advance(p, uses + ActiveScan.ADVANCE + (flag ? 1 : 0));
    return true;
  }

  /** D9–D12. */
  private @Nullable VmPage reclaim(VmPage p, VmObject object, @Nullable VmPage next, int scanPass) {
    if (p.isDirty()) {
      p.makeDirty();
    }
    if (p.valid() == 0) {
      p.setBusy();
      p.free();
      vm.meter.increment(Counter.V_DFREE);
      made();
    } else if (p.dirty() == 0) {
      if (queues.cache(p)) {
        made();
      }
    } else if (!p.has(VmPage.WINATCFLS) && scanPass == 0) {
      p.set(VmPage.WINATCFLS);
      toTail(queues.inactive, p);
    } else if (launder > 0) {
      return launder(p, object, next);
    }
    return next;
  }

  private void made() {
    shortage--;
    progress++;
  }

  private @Nullable VmPage launder(VmPage p, VmObject object, @Nullable VmPage next) {
    if (object.isDead() || (object.type().anonymous() && !vm.swap().enabled())) {
      toTail(queues.inactive, p);
      return next;
    }
    queues.inactive.addAfter(p, marker);
    // Swap asks nothing of a file in memory: whoever writes to one holds its lock while he waits
    // for the memory that this makes.
    VnodeRef vnode = object.type() == ObjectType.VNODE ? object.vnode() : null;
    if (vnode == null) {
      write(p);
    } else if (!vnode.lockExclusive(vm.time.now() + VNODE_PATIENCE)) {
      skipped(object);
    } else {
      boolean same = p.queue == queues.inactive && p.object == object;
      if (!same || p.isBusyAtAll() || p.holdCount() != 0) {
        skipped(object);
      } else {
        write(p);
      }
      vnode.unlockExclusive();
    }
    VmPage after = marker.queueNext;
    queues.inactive.remove(marker);
    return after;
  }

  private void skipped(VmObject object) {
    if (object.mayHaveDirtyPages()) {
      skippedVnodes++;
    }
  }

  private void write(VmPage p) {
    if (vm.pageOut.cleanCluster(p) > 0) {
      made();
      launder--;
    }
  }

  // ---- active queue, free reserve (D16, D18) -------------------------------------------------

  private void scanActive() {
    active.scan(
        vm.allocator.pagingTarget()
            + vm.allocator.reserves().inactiveTarget()
            - queues.inactive.size()
            + additional);
  }

  /** D18. */
  private void refillFree() {
    while (queues.free.size() < vm.allocator.reserves().reserved()
        && vm.allocator.freeOneCached()) {
      vm.meter.increment(Counter.V_DFREE);
    }
  }

  /** D15. */
  void statistics() {
    active.statistics();
  }
}
