// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.devices.EventQueue;
import dev.faultline.kernel.io.MemoryDisk;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.RefusedPageFault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RAM, one CPU, a scheduler and a virtual-memory system; threads load and store through the MMU as
 * guest code would. After every {@link #run} all invariants are checked.
 */
final class TestMachine {
  static final int RW = Protection.READ | Protection.WRITE;
  static final int R = Protection.READ;
  static final int RWX = Protection.ALL;
  static final int PAGE = Page.SIZE;

  /** Who runs in a thread: what the switch listener loads. */
  private static final class Guest implements ProcessThread {
    final VmSpace space;

    Guest(VmSpace space) {
      this.space = space;
    }

    @Override
    public ProcessView process() {
      ProcessView p = space.process();
      if (p == null) {
        throw new IllegalStateException("the space has no process any more");
      }
      return p;
    }
  }

  private final class Time implements TimeBase {
    @Override
    public long now() {
      return now;
    }

    @Override
    public boolean idle(long deadline) {
      long next = Math.min(deadline, events.nextTime());
      if (next == Scheduler.NO_DEADLINE || next - start > timeLimit) {
        return false;
      }
      now = Math.max(now, next);
      events.runDue(now);
      return true;
    }
  }

  final PhysicalMemory memory;
  final Mmu mmu;
  final EventQueue events = new EventQueue();
  final TimeBase time = new Time();
  final Scheduler scheduler;
  final VmSystem vm;
  final List<String> messages = new ArrayList<>();
  final List<TestVnode> vnodes = new ArrayList<>();
  long now;
  private final long start = 0;
  long timeLimit = 3_600_000_000_000L;
  FaultResult lastRefusal = FaultResult.RESOLVED;
  private int lastPid = 99;

  TestMachine(int megabytes) {
    this(megabytes, VmOptions.defaults());
  }

  TestMachine(int megabytes, VmOptions options) {
    memory = new PhysicalMemory(megabytes << 20);
    mmu = new Mmu(new PhysicalBus(memory), 64);
    scheduler = new Scheduler(time, 1000);
    vm = new VmSystem(memory, scheduler, time, options.withLog(messages::add));
    mmu.loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_PG | ControlRegisters.CR0_WP);
    vm.addCpu(mmu);
    mmu.setPageFaultHandler(this::handleFault);
    scheduler.setSwitchListener(
        to -> {
          if (to.owner() instanceof Guest g && g.space.process() != null) {
            g.space.activate(mmu);
          }
          mmu.voidTranslations();
        });
  }

  static TestMachine small() {
    return new TestMachine(4);
  }

  /** The page daemon runs too. */
  TestMachine withDaemon() {
    vm.start();
    return this;
  }

  TestSwap swap(int pages) {
    TestSwap swap = new TestSwap(vm, pages);
    vm.setSwap(swap);
    return swap;
  }

  /** A disk for swap or files. */
  MemoryDisk disk(String name, int sectors) {
    return new MemoryDisk(name, 0xFE00, events, time, scheduler, memory, sectors);
  }

  private boolean handleFault(int va, int errorCode) {
    if (!(scheduler.current().owner() instanceof Guest g)) {
      throw new IllegalStateException("fault in a thread without address space");
    }
    FaultResult result = g.space.fault(va, errorCode, true);
    if (!result.ok()) {
      lastRefusal = result;
    }
    return result.ok();
  }

  /** Runs a test's body as a kernel thread, then checks that all is well and at rest. */
  void run(Runnable body) {
    scheduler.execute("test", body);
    check();
  }

  void check() {
    vm.checkInvariants();
    VmInvariants.checkIdle(vm);
    for (TestVnode v : vnodes) {
      if (!v.isUnlocked()) {
        throw new AssertionError("a vnode is still locked");
      }
    }
  }

  /** Starts another thread; it runs when the current one sleeps or yields. */
  KernelThread thread(VmSpace space, Runnable body) {
    KernelThread t = scheduler.spawn("other", body);
    t.setOwner(new Guest(space));
    if (space.process() instanceof TestProcess p) {
      Runnable before = p.onKill;
      p.onKill =
          () -> {
            before.run();
            t.setKillPending();
          };
    }
    return t;
  }

  // ---- spaces and mappings -------------------------------------------------------------------

  TestProcess process() {
    return new TestProcess(++lastPid);
  }

  VmSpace space() {
    return space(process());
  }

  VmSpace space(TestProcess p) {
    VmSpace s = VmSpace.create(vm, p);
    if (s == null) {
      throw new AssertionError("no memory for an address space");
    }
    return s;
  }

  VmSpace fork(VmSpace parent) {
    VmSpace child = parent.fork(process());
    if (child == null) {
      throw new AssertionError("fork failed");
    }
    return child;
  }

  static TestProcess processOf(VmSpace s) {
    if (s.process() instanceof TestProcess p) {
      return p;
    }
    throw new AssertionError("no process");
  }

  /** Private anonymous memory. */
  int anon(VmSpace s, int pages) {
    return anon(s, pages, RW);
  }

  int anon(VmSpace s, int pages, int protection) {
    return ok(s.mapAnonymous(0x1000_0000, pages * PAGE, protection, RWX, false, false));
  }

  static int ok(MapResult r) {
    if (!r.code().ok()) {
      throw new AssertionError("mapping refused: " + r.code());
    }
    return r.address();
  }

  /** A file with its object. */
  final class TestFile {
    final TestVnode vnode = new TestVnode(scheduler);
    final TestPager pager = new TestPager(vm);
    final VmObject object;

    TestFile(int pages, long bytes) {
      pager.filled(pages, 0x40);
      vnodes.add(vnode);
      object = VmObject.forVnode(vm, vnode, pager, bytes);
    }

    int map(VmSpace s, int firstPage, int pages, int protection, boolean shared) {
      object.reference();
      return ok(
          s.mapObject(
              0x2000_0000, pages * PAGE, protection, RWX, shared, object, firstPage, false, 0));
    }
  }

  TestFile file(int pages) {
    return new TestFile(pages, (long) pages * PAGE);
  }

  VmMapEntry entry(VmSpace s, int va) {
    VmMapEntry e = s.map().entryAt(Page.number(va));
    if (e == null) {
      throw new AssertionError(String.format("no entry at %08x", va));
    }
    return e;
  }

  VmObject object(VmSpace s, int va) {
    VmObject o = entry(s, va).object;
    if (o == null) {
      throw new AssertionError(String.format("no object at %08x", va));
    }
    return o;
  }

  /** The page that is mapped at an address. */
  VmPage page(VmSpace s, int va) {
    if (s.pmap().pageAt(va) instanceof VmPage p) {
      return p;
    }
    throw new AssertionError(String.format("nothing is mapped at %08x", va));
  }

  // ---- access through the MMU ----------------------------------------------------------------

  /** Makes the current thread one of the space's process. */
  void become(VmSpace s) {
    KernelThread self = scheduler.current();
    if (!(self.owner() instanceof Guest g) || g.space != s) {
      self.setOwner(new Guest(s));
    }
    s.activate(mmu);
  }

  void store(VmSpace s, int va, int value) {
    if (!tryStore(s, va, value)) {
      throw new AssertionError(String.format("store at %08x refused: %s", va, lastRefusal));
    }
  }

  int load(VmSpace s, int va) {
    int value = tryLoad(s, va);
    if (value < 0) {
      throw new AssertionError(String.format("load at %08x refused: %s", va, lastRefusal));
    }
    return value;
  }

  boolean tryStore(VmSpace s, int va, int value) {
    become(s);
    try {
      mmu.write8(va, value);
      return true;
    } catch (RefusedPageFault refused) {
      return false;
    }
  }

  /** The byte, or -1 if the access was refused. */
  int tryLoad(VmSpace s, int va) {
    become(s);
    try {
      return mmu.read8(va);
    } catch (RefusedPageFault refused) {
      return -1;
    }
  }

  /** A fault without the MMU around it. */
  FaultResult fault(VmSpace s, int va, int type, int flags) {
    become(s);
    return vm.fault.fault(s.map(), Page.number(va), type, flags);
  }

  FaultResult readFault(VmSpace s, int va) {
    return fault(s, va, Protection.READ, FaultState.NORMAL);
  }

  FaultResult writeFault(VmSpace s, int va) {
    return fault(s, va, RW, FaultState.DIRTY);
  }

  /** Lets the other threads run until they all sleep or have ended. */
  void settle() {
    for (int i = 0; i < 20; i++) {
      scheduler.yieldNow();
    }
  }

  /** Writes an anonymous page to swap and frees its frame; it may lie anywhere in the chain. */
  void swapOut(VmSpace s, int va) {
    int index = Page.number(va) - entry(s, va).start + entry(s, va).offset;
    VmPage p = null;
    for (VmObject o = object(s, va); o != null && p == null; o = o.backing()) {
      p = o.lookup(index);
      index += o.backingOffset();
    }
    if (p == null) {
      throw new AssertionError(String.format("no page at %08x to be swapped out", va));
    }
    p.unmap();
    p.deactivate();
    if (vm.pageOut.cleanCluster(p) == 0) {
      throw new AssertionError("not written: " + p);
    }
    p.setBusy();
    p.free();
  }

  /** Takes memory until faults have to wait for it; the space that has it. */
  VmSpace hogMemory() {
    VmSpace hog = space();
    int va = anon(hog, vm.state().free());
    for (int i = 0; !vm.allocator.severe(); i++) {
      store(hog, va + i * PAGE, 1);
    }
    return hog;
  }

  /** True if a thread sleeps on a channel of this name. */
  boolean someoneWaitsFor(String channel) {
    return scheduler.threads().stream().anyMatch(t -> String.valueOf(t.channel()).equals(channel));
  }

  // ---- observation ---------------------------------------------------------------------------

  long count(Counter c) {
    return vm.meter.get(c);
  }

  /** How far a counter moves while something is done. */
  long moved(Counter c, Runnable action) {
    long before = count(c);
    action.run();
    return count(c) - before;
  }

  /** Pages of an object, counting the whole chain. */
  static int chainLength(@Nullable VmObject top) {
    int n = 0;
    for (VmObject o = top; o != null; o = o.backing()) {
      n++;
    }
    return n;
  }
}
