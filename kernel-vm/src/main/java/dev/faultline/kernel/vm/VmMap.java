// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
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

  /** Before the first and after the last entry. */
  final VmMapEntry header = new VmMapEntry();

  private final EntryTree tree = new EntryTree();
  private int count;
  private int pages;

  /** No free page lies between these two: where a search for space may begin. */
  private int fullFrom;

  private int fullTo;

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
    header.start = max;
    header.end = 0;
    fullFrom = min;
    fullTo = min;
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
    return count;
  }

  /** Sum of the entries' lengths, in pages. */
  public int pages() {
    return pages;
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
      release(e);
      e = after;
    }
  }

  private void defer(VmMapEntry e) {
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

  /** M12: pages that only this entry showed go now, if the object lives on; then its reference. */
  private void release(VmMapEntry e) {
    VmObject o = e.object;
    if (o != null) {
      if (e.pages() > 0) {
        purge(o, e.offset, e.offset + e.pages(), e.has(VmMapEntry.CONTENT_ONLY));
      }
      o.deallocate();
    }
    vm.entries.give(e);
  }

  private void purge(VmObject o, int from, int to, boolean rangeStays) {
    if (!o.type().anonymous() || o.references() == 1 || !onlyMappedOnce(o)) {
      return;
    }
    if (!rangeStays) {
      o.collapse();
    }
    o.removePages(from, to, false);
    if (o.type() == ObjectType.SWAP) {
      vm.swap().free(o, from, to - from);
    }
    if (!rangeStays && to >= o.size() && from < o.size()) {
      o.setPages(from);
    }
  }

  static boolean onlyMappedOnce(VmObject o) {
    return o.has(VmObject.ONEMAPPING) && !o.has(VmObject.NOSPLIT);
  }

  // ---- finding (M4) --------------------------------------------------------------------------

  /** The entry that holds the page, or null. */
  @Nullable VmMapEntry entryAt(int at) {
    VmMapEntry e = tree.near(at);
    return e != null && at >= e.start && at < e.end ? e : null;
  }

  /** The last entry that begins at or before the page, or the header. */
  VmMapEntry floor(int at) {
    VmMapEntry e = tree.near(at);
    if (e == null) {
      return header;
    }
    return e.start <= at ? e : e.previous;
  }

  /** The first entry that ends after the page, or the header. */
  VmMapEntry ceiling(int at) {
    VmMapEntry e = floor(at);
    return e != header && at < e.end ? e : e.next;
  }

  boolean isEnd(VmMapEntry e) {
    return e == header;
  }

  /** First fit at or above {@code from}; -1 if there is none (M10). */
  int findSpace(int from, int length) {
    int at = Math.max(from, min);
    if (length <= 0 || length > max - min) {
      return -1;
    }
    boolean contiguous = at >= fullFrom && at <= fullTo;
    if (contiguous) {
      at = fullTo;
    }
    VmMapEntry e = ceiling(at);
    while (true) {
      if (e != header && e.start <= at) {
        at = Math.max(at, e.end);
        if (contiguous) {
          fullTo = at;
        }
      } else if (e.start - at >= length) {
        break;
      } else if (e == header) {
        return -1;
      } else {
        contiguous = false;
        at = e.end;
      }
      e = e.next;
    }
    if (!contiguous && from > fullTo) {
      // Searches tend to begin at the same place: remember what lies right above it.
      rememberFull(Math.max(from, min));
    }
    return at;
  }

  private void rememberFull(int from) {
    VmMapEntry e = entryAt(from);
    if (e != null) {
      fullFrom = from;
      fullTo = e.end;
    }
  }

  // ---- entries -------------------------------------------------------------------------------

  /** True if {@code n} more entries are allowed. */
  boolean hasRoom(int n) {
    return vm.entries.has(n) && (system || count + n <= vm.options.maxEntriesPerMap());
  }

  /** Links a new entry above {@code below}; the caller has checked {@link #hasRoom}. */
  VmMapEntry link(VmMapEntry below, int start, int end) {
    VmMapEntry e = vm.entries.take();
    e.start = start;
    e.end = end;
    e.previous = below;
    e.next = below.next;
    below.next.previous = e;
    below.next = e;
    tree.add(e, below == header ? null : below);
    count++;
    pages += end - start;
    return e;
  }

  /** Moves an entry, unlinked already, to a free range (mremap). */
  void relink(VmMapEntry e, int newStart) {
    VmMapEntry below = floor(newStart);
    e.end = newStart + e.pages();
    e.start = newStart;
    e.previous = below;
    e.next = below.next;
    below.next.previous = e;
    below.next = e;
    tree.add(e, below == header ? null : below);
    count++;
    pages += e.pages();
  }

  void unlink(VmMapEntry e) {
    tree.remove(e);
    e.previous.next = e.next;
    e.next.previous = e.previous;
    count--;
    pages -= e.pages();
    if (e.end > fullFrom) {
      fullTo = Math.max(fullFrom, Math.min(fullTo, e.start));
    }
  }

  /** Makes an entry longer at its upper end. */
  private void extend(VmMapEntry e, int end) {
    pages += end - e.end;
    e.end = end;
  }

  /** Splits so that {@code e} begins at {@code at}; the lower part is a new entry (M25). */
  void clipStart(VmMapEntry e, int at) {
    if (at <= e.start) {
      return;
    }
    giveObject(e);
    VmMapEntry low = vm.entries.take();
    copyAttributes(e, low);
    low.start = e.start;
    low.end = at;
    low.stackLeft = e.stackLeft;
    e.stackLeft = 0;
    e.offset += at - e.start;
    e.start = at;
    insertClipped(low, e.previous);
  }

  /** Splits so that {@code e} ends at {@code at}; the upper part is a new entry (M25). */
  void clipEnd(VmMapEntry e, int at) {
    if (at >= e.end) {
      return;
    }
    giveObject(e);
    VmMapEntry high = vm.entries.take();
    copyAttributes(e, high);
    high.start = at;
    high.end = e.end;
    high.offset = e.offset + (at - e.start);
    e.end = at;
    insertClipped(high, e);
  }

  private void insertClipped(VmMapEntry part, VmMapEntry below) {
    if (part.object != null) {
      part.object.reference();
    }
    part.previous = below;
    part.next = below.next;
    below.next.previous = part;
    below.next = part;
    tree.add(part, below == header ? null : below);
    count++;
  }

  static void copyAttributes(VmMapEntry from, VmMapEntry to) {
    to.object = from.object;
    to.submap = from.submap;
    to.offset = from.offset;
    to.protection = from.protection;
    to.maxProtection = from.maxProtection;
    to.inheritance = from.inheritance;
    to.wiredCount = from.wiredCount;
    to.lastRead = from.lastRead;
    to.flags = from.flags;
    to.behaviour = from.behaviour;
  }

  /** Untouched memory gets its object before it is split, so that the parts share it. */
  void giveObject(VmMapEntry e) {
    if (e.object == null && e.submap == null && !system) {
      e.object = VmObject.anonymous(vm, e.pages());
      e.offset = 0;
    }
  }

  /** Clips whatever crosses the ends of the range; false if there is no room for that. */
  boolean clipRange(int start, int end) {
    if (start >= end) {
      return true;
    }
    if (!hasRoom(2)) {
      return false;
    }
    VmMapEntry e = entryAt(start);
    if (e != null) {
      clipStart(e, start);
    }
    e = entryAt(end - 1);
    if (e != null) {
      clipEnd(e, end);
    }
    return true;
  }

  /** Joins an entry with its neighbours where nothing tells them apart (M26, M27). */
  void simplify(VmMapEntry e) {
    if (e.has(VmMapEntry.IN_TRANSITION | VmMapEntry.IS_SUB_MAP)) {
      vm.meter.increment(Counter.V_INTRANS_COLL);
      return;
    }
    VmMapEntry low = e.previous;
    if (low != header && joinable(low, e)) {
      unlink(low);
      pages += low.pages();
      e.start = low.start;
      e.offset = low.offset;
      e.stackLeft = low.stackLeft;
      giveBackJoined(low);
    }
    VmMapEntry high = e.next;
    if (high != header && joinable(e, high)) {
      unlink(high);
      pages += high.pages();
      e.end = high.end;
      giveBackJoined(high);
    }
  }

  private void giveBackJoined(VmMapEntry gone) {
    gone.end = gone.start;
    defer(gone);
  }

  private static boolean joinable(VmMapEntry low, VmMapEntry high) {
    return low.end == high.start
        && low.object == high.object
        && (low.object == null || low.offset + low.pages() == high.offset)
        && low.flags == high.flags
        && !low.has(VmMapEntry.IN_TRANSITION | VmMapEntry.IS_SUB_MAP)
        && low.protection == high.protection
        && low.maxProtection == high.maxProtection
        && low.inheritance == high.inheritance
        && low.wiredCount == high.wiredCount
        && low.behaviour == high.behaviour
        && high.stackLeft == 0;
  }

  void simplifyRange(int start, int end) {
    for (VmMapEntry e = ceiling(start); e != header && e.start <= end; e = e.next) {
      simplify(e);
    }
  }

  // ---- insert (M5–M9) ------------------------------------------------------------------------

  /**
   * Puts an object, or zero-filled memory, into a free range. The map is locked exclusively; the
   * entry takes over the caller's reference if this succeeds.
   *
   * @param flags of {@link VmMapEntry}
   */
  KernReturn insert(
      @Nullable VmObject given,
      int givenOffset,
      int start,
      int end,
      int protection,
      int maxProtection,
      Inheritance inheritance,
      int flags) {
    if (start < min || end > max || start >= end) {
      return KernReturn.INVALID_ADDRESS;
    }
    VmMapEntry below = floor(start);
    if ((below != header && below.end > start) || below.next.start < end) {
      return KernReturn.NO_SPACE;
    }
    VmObject object = given;
    int offset = givenOffset;
    if (object != null) {
      if (object.references() > 1 || object.shadowCount() != 0) {
        object.clear(VmObject.ONEMAPPING);
      }
    } else if (below.inheritance == inheritance && continues(below, start, end, flags)) {
      if (below.protection == protection && below.maxProtection == maxProtection) {
        extend(below, end);
        simplify(below);
        return KernReturn.SUCCESS;
      }
      object = below.object;
    }
    if (!hasRoom(1)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    if (object != null && given == null) {
      object.reference();
      offset = below.offset + below.pages();
    }
    VmMapEntry e = link(below, start, end);
    e.object = object;
    e.offset = offset;
    e.protection = protection;
    e.maxProtection = maxProtection;
    e.inheritance = inheritance;
    e.flags = flags;
    return KernReturn.SUCCESS;
  }

  /** True if the object of the entry below can go on over the new range (M6). */
  private boolean continues(VmMapEntry below, int start, int end, int flags) {
    return below != header
        && below.end == start
        && below.flags == flags
        && below.wiredCount == 0
        && below.behaviour == Advice.NORMAL
        && below.submap == null
        && (below.object == null || coalesce(below, end - start));
  }

  /** Extends the object of an entry over the pages behind it, if that is possible (O20). */
  boolean coalesce(VmMapEntry e, int more) {
    VmObject o = e.object;
    if (o == null || !o.plain()) {
      return false;
    }
    o.collapse();
    int next = e.offset + e.pages();
    if (o.backing() != null || (o.references() > 1 && o.size() != next)) {
      return false;
    }
    if (next < o.size()) {
      o.removePages(next, next + more, false);
      if (o.type() == ObjectType.SWAP) {
        vm.swap().free(o, next, more);
      }
    }
    if (next + more > o.size()) {
      o.setPages(next + more);
    }
    return true;
  }

  // ---- remove (M11–M14) ----------------------------------------------------------------------

  /**
   * Removes everything from a range; holes are fine. The map is locked exclusively, and may be
   * unlocked meanwhile.
   */
  KernReturn remove(int start, int end) {
    if (start >= end) {
      return KernReturn.SUCCESS;
    }
    int from = start;
    while (true) {
      VmMapEntry e = awaitTransition(from, end);
      if (e == header || e.start >= end) {
        return KernReturn.SUCCESS;
      }
      boolean clips = e.start < from || e.end > end;
      if (clips && !hasRoom(2)) {
        return KernReturn.RESOURCE_SHORTAGE;
      }
      clipStart(e, from);
      clipEnd(e, end);
      from = e.end;
      removeEntry(e);
      if (from >= end) {
        return KernReturn.SUCCESS;
      }
    }
  }

  private void removeEntry(VmMapEntry e) {
    if (e.wiredCount != 0) {
      vm.fault.wiring.unwire(this, e.start, e.end);
      e.wiredCount = 0;
    }
    pmap.remove(e.start, e.end);
    unlink(e);
    defer(e);
  }

  /** The first entry of the range that nobody is at work on; waits for those before it (M14). */
  private VmMapEntry awaitTransition(int from, int end) {
    VmMapEntry e = ceiling(from);
    while (e != header && e.start < end && e.has(VmMapEntry.IN_TRANSITION)) {
      waitTransition(e);
      e = ceiling(from);
    }
    return e;
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

  // ---- protect, inherit (M28–M31) ------------------------------------------------------------

  /** M28–M30. The map is locked exclusively. */
  KernReturn protect(int start, int end, int protection, boolean setMax) {
    for (VmMapEntry e = ceiling(start); e != header && e.start < end; e = e.next) {
      if (e.has(VmMapEntry.IS_SUB_MAP)) {
        return KernReturn.INVALID_ARGUMENT;
      }
      if (!Protection.permits(e.maxProtection, protection)) {
        return KernReturn.PROTECTION_FAILURE;
      }
    }
    if (!clipRange(start, end)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    for (VmMapEntry e = ceiling(start); e != header && e.start < end; e = e.next) {
      int old = e.protection;
      if (setMax) {
        e.maxProtection = protection;
        e.protection = old & protection;
      } else {
        e.protection = protection;
      }
      if (e.protection != old) {
        int withheld = e.has(VmMapEntry.COW) ? Protection.WRITE : 0;
        pmap.protect(e.start, e.end, readable(e.protection) & ~withheld);
      }
    }
    simplifyRange(start, end);
    return KernReturn.SUCCESS;
  }

  /** The hardware cannot tell execution from reading (PM16). */
  private static int readable(int protection) {
    return protection == Protection.NONE ? protection : protection | Protection.READ;
  }

  /** M31. The map is locked exclusively. */
  KernReturn inherit(int start, int end, Inheritance inheritance) {
    if (!clipRange(start, end)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    for (VmMapEntry e = ceiling(start); e != header && e.start < end; e = e.next) {
      e.inheritance = inheritance;
    }
    simplifyRange(start, end);
    return KernReturn.SUCCESS;
  }

  /** True if there is no hole in the range and every entry permits the access (M35). */
  boolean checkProtection(int start, int end, int wanted) {
    int at = start;
    VmMapEntry e = ceiling(start);
    while (at < end) {
      if (e == header || e.start > at || !Protection.permits(e.protection, wanted)) {
        return false;
      }
      at = e.end;
      e = e.next;
    }
    return true;
  }

  /** True if there is no hole in the range. */
  boolean covers(int start, int end) {
    return checkProtection(start, end, Protection.NONE);
  }

  // ---- lookup for a fault (M16–M24) ----------------------------------------------------------

  /**
   * Finds what a fault needs. On {@link FaultResult#RESOLVED} the map that {@code found} names is
   * locked shared; otherwise nothing is locked.
   *
   * @param type {@link Protection} bits, perhaps with {@link #OVERRIDE_WRITE}
   */
  FaultResult lookup(int at, int type, MapLookup found) {
    VmMap map = this;
    while (true) {
      map.lock.lockShared();
      VmMapEntry e = map.entryAt(at);
      if (e == null) {
        map.lock.unlockShared();
        return FaultResult.NO_ENTRY;
      }
      if (e.submap != null) {
        map.lock.unlockShared();
        map = e.submap;
        continue;
      }
      if (!permits(e, at, type)) {
        map.lock.unlockShared();
        return FaultResult.PROTECTION;
      }
      if (map.fill(e, at, type, found)) {
        return FaultResult.RESOLVED;
      }
    }
  }

  private static boolean permits(VmMapEntry e, int at, int type) {
    boolean override = (type & OVERRIDE_WRITE) != 0;
    int rights = override ? e.maxProtection : e.protection;
    if (!Protection.permits(rights, type & Protection.ALL)) {
      return false;
    }
    if (!e.has(VmMapEntry.USER_WIRED)
        || !e.has(VmMapEntry.COW)
        || (type & Protection.WRITE) == 0
        || override) {
      return true;
    }
    // Its private page was made when it was wired; only where it was not, a write is refused (H20).
    VmObject o = e.object;
    return o != null && !e.has(VmMapEntry.NEEDS_COPY) && o.lookup(at - e.start + e.offset) != null;
  }

  /** False if the lock was lost on the way: look up again. */
  private boolean fill(VmMapEntry e, int at, int type, MapLookup found) {
    boolean wired = e.wiredCount != 0;
    int protection = e.protection;
    int access = wired ? e.protection : type;
    if (e.has(VmMapEntry.NEEDS_COPY) && e.object != null) {
      if ((access & Protection.WRITE) == 0) {
        protection &= ~Protection.WRITE;
      } else {
        if (!lock.upgrade()) {
          return false;
        }
        shadow(e);
        lock.downgrade();
      }
    }
    if (e.object == null && !system) {
      if (!lock.upgrade()) {
        return false;
      }
      giveObject(e);
      lock.downgrade();
    }
    found.map = this;
    found.entry = e;
    found.object = e.object;
    found.index = at - e.start + e.offset;
    found.protection = protection;
    found.wired = wired;
    return true;
  }

  /** The entry's own object from now on (M22). */
  void shadow(VmMapEntry e) {
    VmObject o = e.object;
    if (o == null) {
      throw new KernelPanic("nothing to shadow in " + e);
    }
    VmObject own = o.shadow(e.offset, e.pages());
    if (own != o) {
      e.object = own;
      e.offset = 0;
    }
    e.flags &= ~VmMapEntry.NEEDS_COPY;
  }
}
