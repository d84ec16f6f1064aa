// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * An address map: the sorted, disjoint entries of one address space (M1).
 *
 * <p>Addresses here are page numbers, 0 to 0x100000: positive numbers, so that no compare needs to
 * be unsigned. What changes entries holds the lock exclusively. References that an operation gives
 * up are given back when the lock is released, because that may sleep (H21).
 */
public final class VmMap {
  /** Access modifier of a lookup: judge by the rights that may be given (M18). */
  static final int OVERRIDE_WRITE = 8;

  final VmSystem vm;
  final Pmap pmap;
  final MapLock lock;
  final int min;
  final int max;
  private final boolean system;

  /** What is mapped. */
  final EntryTree entries;

  /** Before the first and after the last entry. */
  final VmMapEntry header;

  /** True while a child's map is made from this one (F81). */
  boolean inFork;

  /** Removed entries whose objects are to be given back. */
  private @Nullable VmMapEntry deferred;

  VmMap(VmSystem vm, Pmap pmap, int min, int max, boolean system) {
    this.vm = vm;
    this.pmap = pmap;
    this.min = min;
    this.max = max;
    this.system = system;
    lock = new MapLock(vm.scheduler);
    entries = new EntryTree(min, max);
    header = entries.header;
  }

  static VmMap kernel(VmSystem vm, Pmap pmap) {
    return new VmMap(vm, pmap, Pmap.KERNEL_PAGE, Pmap.END_PAGE - 1, true);
  }

  /** True for the kernel's map and its submaps. */
  boolean isSystem() {
    return system;
  }

  /** Number of entries. */
  public int count() {
    return entries.count();
  }

  /** Sum of the entries' lengths, in pages. */
  public int pages() {
    return entries.pages();
  }

  /** Moves whenever the map may have changed (M2). */
  public int timestamp() {
    return lock.timestamp();
  }

  // ---- locking -------------------------------------------------------------------------------

  /** Locks exclusively. */
  void lock() {
    lock.lockExclusive();
  }

  /** Unlocks, then gives back what was removed meanwhile. May sleep after unlocking. */
  void unlock() {
    VmMapEntry e = deferred;
    deferred = null;
    lock.unlockExclusive();
    while (e != null) {
      VmMapEntry after = e.right;
      e.right = null;
      MapRemove.release(vm, e);
      e = after;
    }
  }

  /** Gives an entry that was taken out back when the map is unlocked, and its object. */
  void defer(VmMapEntry e) {
    e.right = deferred;
    deferred = e;
  }

  /**
   * Gives a reference back when the map is unlocked, and the pages with it that only one entry
   * showed.
   *
   * @param rangeStays true if an entry goes on showing the range
   */
  void deferObject(VmObject o, int offset, int length, boolean rangeStays) {
    VmMapEntry e = vm.entries.take();
    e.object = o;
    e.offset = offset;
    e.start = 0;
    e.end = length;
    e.flags = rangeStays ? VmMapEntry.CONTENT_ONLY : 0;
    defer(e);
  }

  // ---- finding (M4) --------------------------------------------------------------------------

  /** The entry that holds the page, or null. */
  @Nullable VmMapEntry entryAt(int at) {
    VmMapEntry e = entries.floor(at);
    return e != header && at < e.end ? e : null;
  }

  /** The last entry that begins at or before the page, or the header. */
  VmMapEntry floor(int at) {
    return entries.floor(at);
  }

  /** The first entry that ends after the page, or the header. */
  VmMapEntry ceiling(int at) {
    VmMapEntry e = entries.floor(at);
    return e != header && at < e.end ? e : e.next;
  }

  boolean isEnd(VmMapEntry e) {
    return e == header;
  }

  /** True for an entry, as opposed to the header, that begins before the page. */
  boolean isBefore(VmMapEntry e, int end) {
    return e != header && e.start < end;
  }

  /** The next entry, or the header. */
  VmMapEntry after(VmMapEntry e) {
    return entries.after(e);
  }

  /** First fit at or above {@code from}; -1 if there is none (M10). */
  int findSpace(int from, int length) {
    return length <= 0 || length > max - min ? -1 : entries.findGap(from, length);
  }

  // ---- entries -------------------------------------------------------------------------------

  /** True if {@code n} more entries are allowed. */
  boolean hasRoom(int n) {
    return vm.entries.has(n) && (system || count() + n <= vm.options.maxEntriesPerMap());
  }

  /** A new entry above {@code below}; the caller has checked {@link #hasRoom}. */
  VmMapEntry link(VmMapEntry below, int start, int end) {
    VmMapEntry e = vm.entries.take();
    e.start = start;
    e.end = end;
    entries.add(e, below);
    return e;
  }

  /** Untouched memory gets its object before it is split, so that the parts share it. */
  void giveObject(VmMapEntry e) {
    if (e.object == null && e.submap == null && !system) {
      e.object = VmObject.anonymous(vm, e.pages());
      e.offset = 0;
    }
  }

  // ---- operations on ranges ------------------------------------------------------------------

  /**
   * Puts an object, or zero-filled memory, into a free range (M5–M9). The map is locked
   * exclusively; the entry takes over the caller's reference if this succeeds.
   *
   * @param flags of {@link VmMapEntry}
   */
  KernReturn insert(
      @Nullable VmObject object,
      int offset,
      int start,
      int end,
      int protection,
      int maxProtection,
      Inheritance inheritance,
      int flags) {
    return MapInsert.insert(
        this, object, offset, start, end, protection, maxProtection, inheritance, flags);
  }

  /**
   * Removes everything from a range; holes are fine (M11–M14). The map is locked exclusively, and
   * may be unlocked meanwhile.
   */
  KernReturn remove(int start, int end) {
    return MapRemove.remove(this, start, end);
  }

  /**
   * Changes the rights of a range, or the rights that may be given (M28–M30). Holes are skipped; on
   * failure nothing has changed. The map is locked exclusively.
   */
  KernReturn protect(int start, int end, int protection, boolean setMax) {
    return MapProtect.protect(this, start, end, protection, setMax);
  }

  /** Says what a child gets of a range (M31). The map is locked exclusively. */
  KernReturn inherit(int start, int end, Inheritance inheritance) {
    return MapProtect.inherit(this, start, end, inheritance);
  }

  /** True if there is no hole in the range and every entry permits the access (M35). */
  boolean checkProtection(int start, int end, int wanted) {
    return MapProtect.permittedEnd(this, start, end, wanted) == end;
  }

  /** Where the first hole at or above {@code start} begins, or {@code end}. */
  int coveredEnd(int start, int end) {
    return MapProtect.permittedEnd(this, start, end, Protection.NONE);
  }

  /** True if there is no hole in the range. */
  boolean covers(int start, int end) {
    return coveredEnd(start, end) == end;
  }

  /** Sleeps, with the map unlocked, until the entry's transition ends (M50). */
  void waitTransition(VmMapEntry e) {
    e.flags |= VmMapEntry.NEEDS_WAKEUP;
    vm.meter.increment(Counter.V_INTRANS_COLL);
    unlock();
    vm.scheduler.sleep(header, false, Scheduler.NO_DEADLINE);
    vm.meter.increment(Counter.V_INTRANS_WAIT);
    lock();
  }

  /** Ends a transition and wakes who waits for it. */
  void endTransition(VmMapEntry e) {
    boolean wanted = e.has(VmMapEntry.NEEDS_WAKEUP);
    e.flags &= ~(VmMapEntry.IN_TRANSITION | VmMapEntry.NEEDS_WAKEUP);
    if (wanted) {
      vm.scheduler.wakeup(header);
    }
  }

  /**
   * Finds what a fault needs (M16–M24). On {@link FaultResult#RESOLVED} the map that {@code found}
   * names is locked shared; otherwise nothing is locked.
   *
   * @param type {@link Protection} bits, perhaps with {@link #OVERRIDE_WRITE}
   */
  FaultResult lookup(int at, int type, MapLookup found) {
    return found.find(this, at, type);
  }
}
