// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PageFaultError;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The address space of a process as its system calls and faults see it: byte addresses, 32 bits,
 * unsigned. Below it are a {@link VmMap} and a {@link Pmap}.
 *
 * <p>Reference counted: threads and vfork share one. Lengths are rounded up to whole pages;
 * addresses of mappings must be page aligned (else {@link KernReturn#INVALID_ARGUMENT}).
 */
public final class VmSpace {
  /** Flag of {@link #mapObject}: the syncer need not write its pages. */
  public static final int NOSYNC = 1;

  /** Flag of {@link #remap}: the mapping may move. */
  public static final int MAY_MOVE = 1;

  /** Flag of {@link #remap}: the mapping shall move to the given address. */
  public static final int FIXED = 2;

  /** The lowest address where a mapping goes that did not ask for a place. */
  public static final int LOWEST = 0x1_0000;

  /** The lowest page is never mapped: null pointers fault. */
  private static final int FIRST_PAGE = 1;

  final VmSystem vm;
  private final VmMap map;
  private final Pmap pmap;
  private final MapAdvice advice;
  private final UserWiring wiring;
  private final Heap heap = new Heap(this);
  private @Nullable ProcessView process;
  private int users = 1;

  @Nullable VmSpace next;
  @Nullable VmSpace previous;

  private int stackPages;

  /** Faults under way. */
  private int faults;

  private boolean swappedOut;

  private VmSpace(VmSystem vm, Pmap pmap, ProcessView process) {
    this.vm = vm;
    this.pmap = pmap;
    this.process = process;
    map = new VmMap(vm, pmap, FIRST_PAGE, Pmap.KERNEL_PAGE, false);
    advice = new MapAdvice(map);
    wiring = new UserWiring(map);
  }

  /** An empty address space; null if there is no memory for its page directory. May sleep. */
  public static @Nullable VmSpace create(VmSystem vm, ProcessView process) {
    Pmap pmap = vm.pmaps.create();
    while (pmap == null) {
      if (!vm.waitForMemory()) {
        return null;
      }
      pmap = vm.pmaps.create();
    }
    VmSpace space = new VmSpace(vm, pmap, process);
    vm.addSpace(space);
    return space;
  }

  /** The address space of a child (M60–M68); null if there is no memory for it. May sleep. */
  public @Nullable VmSpace fork(ProcessView child) {
    VmSpace space = create(vm, child);
    if (space == null) {
      return null;
    }
    space.stackPages = stackPages;
    space.heap.inherit(heap);
    if (!MapFork.fork(map, space.map).ok()) {
      space.release();
      return null;
    }
    return space;
  }

  /** One more user of this space: a thread, or the child of vfork. */
  public void share() {
    users++;
  }

  /** One user fewer; the last one tears it down (PM33). May sleep. */
  public void release() {
    if (--users > 0) {
      return;
    }
    clear();
    vm.removeSpace(this);
    process = null;
    pmap.destroy();
  }

  /** Throws all mappings away, for exec. May sleep. */
  public void clear() {
    map.lock();
    pmap.removeUnwired();
    map.remove(map.min, map.max);
    map.unlock();
    stackPages = 0;
    heap.begin(0);
    wiring.setFuture(false);
  }

  /** Makes a CPU translate by this space. */
  public void activate(Mmu cpu) {
    pmap.activate(cpu);
  }

  /** Makes a CPU leave this space, if it is on it. */
  public void deactivate(Mmu cpu) {
    pmap.deactivate(cpu);
  }

  /** The map. */
  public VmMap map() {
    return map;
  }

  /** The pmap. */
  public Pmap pmap() {
    return pmap;
  }

  /** The heap. */
  public Heap heap() {
    return heap;
  }

  /** What the process wires. */
  public UserWiring wiring() {
    return wiring;
  }

  /** The process it was made for; null once that has gone. */
  public @Nullable ProcessView process() {
    return process;
  }

  // ---- faults --------------------------------------------------------------------------------

  /** A page fault of the running thread at {@code va} (F130–F133). May sleep. */
  public FaultResult fault(int va, int errorCode, boolean userMode) {
    int at = Page.number(va);
    boolean write = (errorCode & PageFaultError.WRITE) != 0;
    int type = write ? Protection.READ | Protection.WRITE : Protection.READ;
    int flags = write ? FaultState.DIRTY : FaultState.NORMAL;
    if (at >= Pmap.KERNEL_PAGE) {
      return userMode ? FaultResult.NO_ENTRY : vm.fault.fault(vm.kernelMap(), at, type, flags);
    }
    if (!growStack(at)) {
      return FaultResult.STACK_LIMIT;
    }
    return userFault(at, type, flags);
  }

  /** A fault in this space, which stays in memory meanwhile (F132). */
  FaultResult userFault(int at, int type, int flags) {
    faults++;
    if (swappedOut) {
      swapIn();
    }
    FaultResult result = vm.fault.fault(map, at, type, flags);
    faults--;
    return result;
  }

  /** True while a fault is under way: the process must not be taken out of memory (F132). */
  boolean faulting() {
    return faults > 0;
  }

  /** True from {@link SwapOut} to the next fault. */
  boolean swappedOut() {
    return swappedOut;
  }

  void setSwappedOut() {
    swappedOut = true;
  }

  /** Comes back when memory is no longer below its minimum, or at once if it is to die. */
  private void swapIn() {
    while (vm.allocator.belowMin() && vm.waitForMemory()) {
      // Being woken guarantees nothing (D20).
    }
    swappedOut = false;
  }

  /** F131. False if growth is refused. */
  boolean growStack(int at) {
    if (map.entryAt(at) != null) {
      return true;
    }
    ProcessView p = process;
    long stackLimit = p == null ? Long.MAX_VALUE : p.stackLimit();
    int grown = StackGrowth.grow(map, at, stackPages, stackLimit, spaceLimit());
    if (grown > 0) {
      stackPages += grown;
      int start = map.floor(at).start;
      wiring.added(start, start + grown);
    }
    return grown >= 0;
  }

  private long spaceLimit() {
    ProcessView p = process;
    return p == null ? Long.MAX_VALUE : p.addressSpaceLimit();
  }

  // ---- mapping -------------------------------------------------------------------------------

  static int pagesIn(int length) {
    return VmObject.pagesOf(Integer.toUnsignedLong(length));
  }

  private static boolean aligned(int address) {
    return (address & Page.OFFSET_MASK) == 0;
  }

  /** True if the range is aligned and in user space. */
  private static boolean valid(int address, int length) {
    return aligned(address) && Page.number(address) + pagesIn(length) <= Pmap.KERNEL_PAGE;
  }

  boolean withinLimit(int more) {
    return map.pages() + (long) more <= spaceLimit() >>> Page.SHIFT;
  }

  /**
   * Maps zero-filled memory.
   *
   * @param hint where: exactly there if {@code fixed}, replacing what is mapped; else the first
   *     free range at or above it
   */
  public MapResult mapAnonymous(
      int hint, int length, int protection, int maxProtection, boolean shared, boolean fixed) {
    Inheritance inheritance = shared ? Inheritance.SHARE : Inheritance.COPY;
    VmObject object = null;
    if (shared) {
      // Its own object from the start: never joined with a neighbour's.
      object = VmObject.anonymous(vm, Math.max(1, pagesIn(length)));
      object.set(VmObject.NOSPLIT);
    }
    MapResult result =
        map(object, 0, hint, length, protection, maxProtection, inheritance, 0, fixed);
    if (object != null && !result.code().ok()) {
      object.deallocate();
    }
    return result;
  }

  /**
   * Maps an object, whose reference the mapping takes over on success only.
   *
   * @param firstPage page of the object that the mapping begins at
   * @param shared false for a private copy
   * @param flags of {@link #NOSYNC}
   */
  public MapResult mapObject(
      int hint,
      int length,
      int protection,
      int maxProtection,
      boolean shared,
      VmObject object,
      int firstPage,
      boolean fixed,
      int flags) {
    boolean share = shared || object.type() == ObjectType.DEVICE;
    int entryFlags = share ? 0 : VmMapEntry.COW | VmMapEntry.NEEDS_COPY;
    entryFlags |= (flags & NOSYNC) != 0 ? VmMapEntry.NOSYNC : 0;
    Inheritance inheritance = share ? Inheritance.SHARE : Inheritance.COPY;
    MapResult result =
        map(
            object,
            firstPage,
            hint,
            length,
            protection,
            maxProtection,
            inheritance,
            entryFlags,
            fixed);
    if (result.code().ok()) {
      preload(object, firstPage, result.address(), length, protection);
    }
    return result;
  }

  /** A cached file is mapped at once, as far as it is resident (PM28). */
  private void preload(VmObject object, int firstPage, int address, int length, int protection) {
    int count = pagesIn(length);
    vm.fault
        .prefault()
        .preload(map, object, firstPage, Page.number(address), count, protection, true, false);
  }

  private MapResult map(
      @Nullable VmObject object,
      int offset,
      int hint,
      int length,
      int protection,
      int maxProtection,
      Inheritance inheritance,
      int flags,
      boolean fixed) {
    int count = pagesIn(length);
    if (count == 0 || (fixed && !valid(hint, length))) {
      return MapResult.refused(KernReturn.INVALID_ARGUMENT);
    }
    if (!withinLimit(count)) {
      return MapResult.refused(KernReturn.RESOURCE_SHORTAGE);
    }
    map.lock();
    int start = Page.number(hint);
    KernReturn result = KernReturn.SUCCESS;
    if (fixed) {
      result = map.hasRoom(3) ? map.remove(start, start + count) : KernReturn.RESOURCE_SHORTAGE;
    } else {
      start = map.findSpace(pagesIn(hint), count);
      result = start < 0 ? KernReturn.NO_SPACE : KernReturn.SUCCESS;
    }
    if (result.ok()) {
      result =
          map.insert(
              object, offset, start, start + count, protection, maxProtection, inheritance, flags);
    }
    map.unlock();
    if (!result.ok()) {
      return MapResult.refused(result);
    }
    wiring.added(start, start + count);
    return MapResult.at(start << Page.SHIFT);
  }

  /** Reserves a main stack of {@code maxSize} bytes that ends at {@code top} (M71). */
  public KernReturn mapStack(int top, int maxSize, int protection) {
    int max = pagesIn(maxSize);
    int end = Page.number(top);
    if (!aligned(top) || max == 0 || end - max < map.min || end > map.max) {
      return KernReturn.INVALID_ARGUMENT;
    }
    int initial = Math.min(max, StackGrowth.STEP);
    map.lock();
    KernReturn result = KernReturn.NO_SPACE;
    if (map.ceiling(end - max).start >= end) {
      result =
          map.insert(null, 0, end - initial, end, protection, Protection.ALL, Inheritance.COPY, 0);
      VmMapEntry e = map.entryAt(end - 1);
      if (result.ok() && e != null) {
        e.stackLeft = max - initial;
        stackPages = initial;
      }
    }
    map.unlock();
    return result;
  }

  /** Removes mappings; holes are fine. */
  public KernReturn unmap(int address, int length) {
    if (!valid(address, length)) {
      return KernReturn.INVALID_ARGUMENT;
    }
    int start = Page.number(address);
    map.lock();
    KernReturn result = map.remove(start, start + pagesIn(length));
    map.unlock();
    return result;
  }

  /**
   * Changes rights (M28–M30). On a hole {@link KernReturn#INVALID_ADDRESS}, after the part before
   * it has been changed.
   */
  public KernReturn protect(int address, int length, int protection) {
    if (!valid(address, length)) {
      return aligned(address) ? KernReturn.INVALID_ADDRESS : KernReturn.INVALID_ARGUMENT;
    }
    int start = Page.number(address);
    int end = start + pagesIn(length);
    map.lock();
    int covered = map.coveredEnd(start, end);
    KernReturn result = map.protect(start, covered, protection, false);
    map.unlock();
    return result.ok() && covered < end ? KernReturn.INVALID_ADDRESS : result;
  }

  /** True if the process has these rights on every byte of a range (M35). */
  public boolean permits(int address, int length, int rights) {
    long end = Integer.toUnsignedLong(address) + Integer.toUnsignedLong(length);
    return map.checkProtection(Page.number(address), VmObject.pagesOf(end), rights);
  }

  /** Says what a child will get of a range, in which there may be holes (M31). */
  public KernReturn inherit(int address, int length, Inheritance inheritance) {
    if (!valid(address, length)) {
      return KernReturn.INVALID_ARGUMENT;
    }
    int start = Page.number(address);
    map.lock();
    KernReturn result = map.inherit(start, start + pagesIn(length), inheritance);
    map.unlock();
    return result;
  }

  /**
   * Resizes a mapping, in place or by moving it; {@code flags} as mremap's. With an old length of 0
   * shared memory is mapped once more, from {@code old} on, and the old mapping stays.
   */
  public MapResult remap(int old, int oldLength, int newLength, int flags, int newAddress) {
    boolean fixed = (flags & FIXED) != 0;
    if (!valid(old, oldLength)
        || pagesIn(newLength) == 0
        || pagesIn(newLength) > Pmap.KERNEL_PAGE
        || (fixed && (!valid(newAddress, newLength) || Page.number(newAddress) < map.min))) {
      return MapResult.refused(KernReturn.INVALID_ARGUMENT);
    }
    int more = pagesIn(newLength) - pagesIn(oldLength);
    if (more > 0 && !withinLimit(more)) {
      return MapResult.refused(KernReturn.RESOURCE_SHORTAGE);
    }
    MapResult moved =
        new MapMove(map, Page.number(old), pagesIn(oldLength), pagesIn(newLength))
            .remap((flags & MAY_MOVE) != 0, fixed ? Page.number(newAddress) : -1);
    if (moved.code().ok()) {
      int start = Page.number(moved.address());
      wiring.added(start + pagesIn(oldLength), start + pagesIn(newLength));
    }
    return moved;
  }

  // ---- advice, state, write-back -------------------------------------------------------------

  /** Takes advice (M32–M34); {@link KernReturn#INVALID_ADDRESS} on a hole. */
  public KernReturn advise(int address, int length, Advice kind) {
    if (!valid(address, length)) {
      return KernReturn.INVALID_ARGUMENT;
    }
    int start = Page.number(address);
    int end = start + pagesIn(length);
    boolean covered = map.covers(start, end);
    KernReturn result = advice.advise(start, end, kind);
    return result.ok() && !covered ? KernReturn.INVALID_ADDRESS : result;
  }

  /** Drops the pages at once: anonymous memory reads zero again, files are read again. */
  public KernReturn discard(int address, int length) {
    if (!valid(address, length)) {
      return KernReturn.INVALID_ARGUMENT;
    }
    int start = Page.number(address);
    int end = start + pagesIn(length);
    boolean covered = map.covers(start, end);
    KernReturn result = advice.discard(start, end);
    return result.ok() && !covered ? KernReturn.INVALID_ADDRESS : result;
  }

  /** Tells what is resident (M55–M57): a byte per page into {@code vector}. */
  public KernReturn inCore(int address, int length, byte[] vector) {
    if (!aligned(address) || vector.length < pagesIn(length)) {
      return KernReturn.INVALID_ARGUMENT;
    }
    if (!valid(address, length)) {
      return KernReturn.INVALID_ADDRESS;
    }
    int start = Page.number(address);
    return advice.inCore(start, start + pagesIn(length), vector);
  }

  /** Writes back (M51–M54); a length of 0 means the whole entry that holds the address. */
  public KernReturn sync(int address, int length, boolean synchronous, boolean invalidate) {
    if (!aligned(address)) {
      return KernReturn.INVALID_ARGUMENT;
    }
    if (!valid(address, length)) {
      return KernReturn.INVALID_ADDRESS;
    }
    int start = Page.number(address);
    if (length == 0) {
      VmMapEntry e = map.entryAt(start);
      return e == null
          ? KernReturn.INVALID_ADDRESS
          : advice.sync(e.start, e.end, synchronous, invalidate);
    }
    return advice.sync(start, start + pagesIn(length), synchronous, invalidate);
  }

  // ---- bringing in ---------------------------------------------------------------------------

  /** Wires for the user: {@link UserWiring#wire}. */
  public KernReturn wire(int address, int length) {
    return wiring.wire(address, length);
  }

  /** Unwires for the user: {@link UserWiring#unwire}. */
  public KernReturn unwire(int address, int length) {
    return wiring.unwire(address, length);
  }

  /**
   * Touches every page of a range as its process would: private memory that may be written is
   * written to. Stops at the first refusal. May sleep.
   */
  public void populate(int address, int length) {
    int start = Page.number(address);
    for (int at = start; at < start + pagesIn(length); at++) {
      VmMapEntry e = map.entryAt(at);
      boolean write = e != null && !e.shared() && (e.protection() & Protection.WRITE) != 0;
      int type = write ? Protection.READ | Protection.WRITE : Protection.READ;
      int flags = write ? FaultState.DIRTY : FaultState.NORMAL;
      if (e == null || !vm.fault.fault(map, at, type, flags).ok()) {
        return;
      }
    }
  }

  // ---- for displays --------------------------------------------------------------------------

  /** Resident pages. */
  public int residentPages() {
    return pmap.residentCount();
  }

  /** The most resident pages there have been. */
  public int residentPeak() {
    return pmap.residentPeak();
  }

  /** Pages on swap, in proportion (D22). */
  public int swapPages() {
    long sum = 0;
    for (VmMapEntry e = map.header.next; !map.isEnd(e); e = e.next) {
      VmObject o = e.object;
      if (o != null && o.type() == ObjectType.SWAP && o.size() > 0) {
        int used = vm.swap().usedBy(o);
        sum += used == 0 ? 0 : (long) used * e.pages() / o.size() + 1;
      }
    }
    return (int) Math.min(sum, Integer.MAX_VALUE);
  }

  /** How the mappings of a range use memory; byte addresses, {@code end} 0 for the very end. */
  public MappingUsage usage(int start, int end) {
    return MappingUsage.of(map, Page.number(start), Page.number(end - 1) + 1);
  }

  /** Mapped pages. */
  public int mappedPages() {
    return map.pages();
  }

  /** Pages of the main stack that are mapped. */
  public int stackPages() {
    return stackPages;
  }

  /** Shows every mapping, lowest first. The visitor must not sleep. */
  public void forEachMapping(Consumer<VmMapEntry> visitor) {
    for (VmMapEntry e = map.header.next; !map.isEnd(e); e = e.next) {
      visitor.accept(e);
    }
  }
}
