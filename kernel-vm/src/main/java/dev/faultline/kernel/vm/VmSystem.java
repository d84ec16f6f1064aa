// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.PmapSystem;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalMemory;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The virtual-memory system of one machine: its pages, queues, pmaps, fault handler and page
 * daemon, and the kernel's own map.
 */
public final class VmSystem {
  /** Frame 0 stays unused: a zero in a table is never a frame. */
  private static final int FIRST_FRAME = 1;

  private static final int PV_PER_FRAME = 4;
  private static final int MIN_PV_ENTRIES = 16_384;

  final PhysicalMemory memory;
  final Scheduler scheduler;
  final TimeBase time;
  final VmOptions options;
  final VmMeter meter = new VmMeter();
  final PageHash hash;
  final PageQueues queues;
  final PageDaemon daemon;
  final PageAllocator allocator;
  final PmapSystem pmaps;
  final PageOut pageOut;
  final VmFault fault;
  final EntryPool entries;

  /** Scratch for questions to the pager of anonymous memory, which never sleep. */
  final Pager.Neighbours around = new Pager.Neighbours();

  /** Page writes under way, counted per page. */
  int writesInFlight;

  private final VmMap kernelMap;
  private final VmObject kernelObject;
  private final KernelMemory kernelMemory = new KernelMemory(this);
  private SwapSpace swap = new NoSwap();
  final Pager defaultPager = new DefaultPager(this);
  final Pager deadPager = new DeadPager();
  private Runnable syncer = () -> {};
  private int lastObjectId;
  private @Nullable VmSpace firstSpace;

  /** A virtual-memory system over all of {@code memory}; all frames but the first are free. */
  public VmSystem(PhysicalMemory memory, Scheduler scheduler, TimeBase time, VmOptions options) {
    this.memory = memory;
    this.scheduler = scheduler;
    this.time = time;
    this.options = options;
    hash = new PageHash(memory.frames());
    queues = new PageQueues(this);
    daemon = new PageDaemon(this);
    allocator = new PageAllocator(this, queues, memory.frames(), FIRST_FRAME, options.pageColors());
    int pvLimit = options.pvLimit();
    if (pvLimit == 0) {
      pvLimit = Math.max(PV_PER_FRAME * memory.frames(), MIN_PV_ENTRIES);
    }
    pmaps = new PmapSystem(memory, allocator, pvLimit);
    pageOut = new PageOut(this);
    fault = new VmFault(this);
    entries = new EntryPool(options.maxMapEntries());
    kernelMap = VmMap.kernel(this, pmaps.kernel());
    kernelObject = VmObject.anonymous(this, Pmap.END_PAGE - Pmap.KERNEL_PAGE);
  }

  /** Starts the page daemon. Called once, when the scheduler can run threads. */
  public void start() {
    daemon.start();
  }

  /** Makes a CPU known, before any address space is activated on it. */
  public void addCpu(Mmu cpu) {
    pmaps.addCpu(cpu);
  }

  /** Names the pager of anonymous memory; until then there is none. */
  public void setSwap(SwapSpace newSwap) {
    swap = newSwap;
  }

  /** The pager of anonymous memory. */
  public SwapSpace swap() {
    return swap;
  }

  /** Names what is called when dirty file pages should be written soon (D19). */
  public void setSyncer(Runnable newSyncer) {
    syncer = newSyncer;
  }

  void hurrySyncer() {
    syncer.run();
  }

  /** RAM. */
  public PhysicalMemory memory() {
    return memory;
  }

  /** The scheduler whose threads run here. */
  public Scheduler scheduler() {
    return scheduler;
  }

  /** Virtual time. */
  public TimeBase time() {
    return time;
  }

  /** The counters. */
  public VmMeter meter() {
    return meter;
  }

  /** All pmaps. */
  public PmapSystem pmaps() {
    return pmaps;
  }

  /** The map of the kernel's own addresses, from 0xC0000000 up. */
  public VmMap kernelMap() {
    return kernelMap;
  }

  /** Wired memory at kernel addresses. */
  public KernelMemory kernelMemory() {
    return kernelMemory;
  }

  /** The object of the kernel's own wired pages, which always count as found (F29). */
  VmObject kernelObject() {
    return kernelObject;
  }

  /**
   * Drops the mappings of all idle unwired pages, which faults make again (PM30).
   *
   * @return false if there were none
   */
  boolean dropIdleMappings() {
    boolean any = false;
    for (int f = FIRST_FRAME; f < memory.frames(); f++) {
      VmPage p = allocator.frame(f);
      if (p != null && p.has(VmPage.MAPPED) && !p.isBusyAtAll() && p.wireCount() == 0) {
        p.unmap();
        any = true;
      }
    }
    return any;
  }

  /** Sizes right now, for displays. */
  public MemoryState state() {
    return new MemoryState(
        memory.frames(),
        queues.free.size(),
        queues.cache.size(),
        queues.inactive.size(),
        queues.active.size(),
        queues.wired(),
        allocator.reserves().target(),
        swap.totalPages(),
        swap.freePages());
  }

  /** What the pages hold right now, for displays. */
  public PageCensus census() {
    return PageCensus.of(this);
  }

  /** Tells every counter, and every size and threshold of the page queues, by its name. */
  public void report(ObjLongConsumer<String> to) {
    meter.report(to);
    Reserves r = allocator.reserves();
    to.accept("v_page_count", memory.frames() - FIRST_FRAME);
    to.accept("v_free_count", queues.free.size());
    to.accept("v_zero_count", allocator.zeroFrames());
    to.accept("v_cache_count", queues.cache.size());
    to.accept("v_inactive_count", queues.inactive.size());
    to.accept("v_active_count", queues.active.size());
    to.accept("v_wire_count", queues.wired());
    to.accept("v_interrupt_free_min", r.interruptFreeMin());
    to.accept("v_pageout_free_min", r.pageoutFreeMin());
    to.accept("v_free_reserved", r.reserved());
    to.accept("v_free_severe", r.severe());
    to.accept("v_free_min", r.min());
    to.accept("v_free_target", r.target());
    to.accept("v_cache_min", r.cacheMin());
    to.accept("v_cache_max", r.cacheMax());
    to.accept("v_inactive_target", r.inactiveTarget());
    to.accept("v_pv_entries", pmaps.pvEntries());
  }

  /**
   * A frame that the kernel keeps for itself: full of zeros, wired, in no object.
   *
   * @return its number, or -1 if memory is short
   */
  public int allocateWiredFrame() {
    VmPage p = allocator.allocateWired();
    return p == null ? -1 : p.frame();
  }

  /** Gives a frame back that {@link #allocateWiredFrame} gave. */
  public void freeWiredFrame(int frame) {
    VmPage p = allocator.frame(frame);
    if (p == null) {
      throw new KernelPanic("not a frame of RAM: " + frame);
    }
    queues.unwire(p, false);
    p.free();
  }

  /**
   * The page that a mapping leads to, whether under paging or not; null where nothing is mapped, or
   * the memory of a device.
   */
  @Nullable VmPage pageBehind(Pmap pmap, int va) {
    long address = pmap.extract(va);
    return address < 0 ? null : allocator.frame((int) (address >>> Page.SHIFT));
  }

  /** The page in a frame of RAM, or null. */
  public @Nullable VmPage pageOfFrame(int frame) {
    return allocator.frame(frame);
  }

  /**
   * Sleeps until memory may be available (D20): test again afterwards.
   *
   * @return false if the calling thread is killed and must not wait (D21)
   */
  public boolean waitForMemory() {
    return allocator.waitForMemory(false);
  }

  /** True if so little memory is free or cached that writers should write synchronously (V18). */
  public boolean pageoutMemoryLow() {
    return queues.available() < allocator.reserves().pageoutFreeMin();
  }

  /**
   * A page that was {@link PagerResult#PEND} is written, or not: undoes what its writer did (PI6).
   * For the completion of an asynchronous write, at interrupt time.
   *
   * @param result {@link PagerResult#OK} or {@link PagerResult#ERROR}
   */
  public void pageWritten(VmObject object, VmPage page, PagerResult result) {
    pageOut.finish(object, page, result);
  }

  /** Zeroes one free frame in idle time; true if there was something to do (P35). */
  public boolean zeroIdleFrame() {
    return allocator.zeroIdleFrame();
  }

  /** Checks what must always hold, between two operations; panics on a violation. */
  public void checkInvariants() {
    VmInvariants.check(this);
  }

  /** What is broken that must always hold, a line each; for the dump of a panic. Never throws. */
  public List<String> brokenInvariants() {
    return VmInvariants.find(this);
  }

  /**
   * True if so little memory is free or cached that the page daemon is at work, or should be: who
   * can wait with taking more does.
   */
  public boolean memoryShort() {
    return allocator.pagingNeeded() || allocator.belowMin();
  }

  /** True on the page daemon's own thread, the only one that need not wait for writes (S11). */
  public boolean onPageDaemon() {
    return daemon.isCurrent();
  }

  /** A line for the console. */
  public void log(String line) {
    options.log().message(line);
  }

  int nextObjectId() {
    return ++lastObjectId;
  }

  /** The process that the current thread belongs to; null for a daemon. */
  @Nullable ProcessView currentProcess() {
    KernelThread self = scheduler.current();
    return self.owner() instanceof ProcessThread t ? t.process() : null;
  }

  // ---- address spaces ------------------------------------------------------------------------

  @Nullable VmSpace firstSpace() {
    return firstSpace;
  }

  void addSpace(VmSpace s) {
    s.next = firstSpace;
    if (firstSpace != null) {
      firstSpace.previous = s;
    }
    firstSpace = s;
  }

  void removeSpace(VmSpace s) {
    if (s.previous == null) {
      firstSpace = s.next;
    } else {
      s.previous.next = s.next;
    }
    if (s.next != null) {
      s.next.previous = s.previous;
    }
  }
}
