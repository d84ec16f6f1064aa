// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import org.jspecify.annotations.Nullable;

/**
 * Where one call of the fault handler stands: what was asked, what the lookup said, which page is
 * in hand, what is locked and referenced (table in section 2 of the rules F).
 *
 * <p>States are reused, so that a fault allocates nothing. The fields of the asked part live as
 * long as the call; all others one attempt.
 */
final class FaultState {
  static final int NORMAL = 0;
  static final int CHANGE_WIRING = 1;
  static final int USER_WIRE = 2;
  static final int WIRE_MASK = CHANGE_WIRING | USER_WIRE;
  static final int HOLD = 4;
  static final int DIRTY = 8;

  /** Most pages of one cluster read. */
  static final int CLUSTER = 16;

  // ---- asked: never changed by an attempt (F5, H1)

  private @Nullable VmMap askedMap;
  int at;
  int askedType;
  int flags;

  // ---- across attempts

  /** Pager reads that satisfied this call (F3). */
  int hardFaults;

  // ---- the lookup

  final MapLookup found = new MapLookup();
  int access;
  int protection;
  boolean wired;

  /** True if each page of the entry is wired for it: none of the wiring is still under way. */
  boolean wiringDone;

  int generation;
  boolean mapLocked;

  /** Copies of the entry, which may be gone once the map is unlocked (H3). */
  Advice behaviour = Advice.NORMAL;

  int entryStart;
  int entryEnd;
  int lastRead;
  boolean noSync;

  // ---- the walk

  private @Nullable VmObject first;
  int firstIndex;
  private @Nullable VmObject current;
  int index;
  @Nullable VnodeRef vnode;

  /** The busy page in hand, at the current object and index. */
  @Nullable VmPage page;

  /** True if this attempt allocated {@link #page}. */
  boolean allocated;

  /** The busy page that keeps others from the first index while the walk is below (F35). */
  @Nullable VmPage placeholder;

  boolean placeholderAllocated;

  /**
   * The busy page, met below the first object, of which only some chunks are valid: what it lacks
   * is looked for further down (H8). Its object's paging count stays raised.
   */
  @Nullable VmPage partial;

  // ---- the cluster

  final VmPage[] cluster = new VmPage[CLUSTER];
  int clusterCount;
  int clusterWanted;
  final Pager.Neighbours around = new Pager.Neighbours();

  /** Why the attempt ended, if it did not succeed; null asks for another one. */
  @Nullable FaultResult refusal;

  /** Next unused state. */
  @Nullable FaultState nextFree;

  void begin(VmMap map, int atPage, int type, int faultFlags) {
    askedMap = map;
    at = atPage;
    askedType = type;
    flags = faultFlags;
    hardFaults = 0;
  }

  /** Takes over what the lookup found, with the map locked. */
  void start() {
    VmMapEntry e = found.entry;
    VmObject o = found.object;
    if (e == null || o == null) {
      throw new KernelPanic(String.format("lookup of page %05x found no object", at));
    }
    protection = found.protection;
    wired = found.wired;
    wiringDone = wired && !(e.has(VmMapEntry.FRESHLY_WIRED) && e.wiredCount == 1);
    access = wired ? e.protection : askedType & Protection.ALL;
    generation = map().timestamp();
    mapLocked = true;
    behaviour = e.behaviour;
    entryStart = e.start;
    entryEnd = e.end;
    lastRead = e.lastRead;
    noSync = e.has(VmMapEntry.NOSYNC);
    first = o;
    current = o;
    firstIndex = found.index;
    index = found.index;
    vnode = null;
    page = null;
    allocated = false;
    placeholder = null;
    placeholderAllocated = false;
    partial = null;
    refusal = null;
  }

  /** Takes over what may have changed, with the map locked again (F84). */
  void relocked(VmMap map, VmMapEntry e) {
    found.map = map;
    found.entry = e;
    mapLocked = true;
    wired = e.wiredCount != 0;
    protection &= e.has(VmMapEntry.NEEDS_COPY) ? e.protection & ~Protection.WRITE : e.protection;
    entryStart = e.start;
    entryEnd = e.end;
    noSync = e.has(VmMapEntry.NOSYNC);
  }

  /** Lets go of all objects, so that a pooled state keeps nothing alive. */
  void end() {
    askedMap = null;
    found.forget();
    first = null;
    current = null;
    vnode = null;
    page = null;
    placeholder = null;
    partial = null;
    for (int i = 0; i < CLUSTER && clusterCount > 0; i++) {
      forgetClusterPage(i);
    }
    clusterCount = 0;
  }

  @SuppressWarnings("NullAway") // slots at and above clusterCount are never read
  private void forgetClusterPage(int i) {
    cluster[i] = null;
  }

  /** The map that was asked, where every attempt begins (F5). */
  VmMap askedMap() {
    return checked(askedMap, "map");
  }

  /** The map that the lookup reached (F15). */
  VmMap map() {
    return checked(found.map, "map");
  }

  VmObject first() {
    return checked(first, "object");
  }

  VmObject current() {
    return checked(current, "object");
  }

  void setCurrent(VmObject o) {
    current = o;
  }

  VmPage page() {
    return checked(page, "page");
  }

  private static <T> T checked(@Nullable T thing, String what) {
    if (thing == null) {
      throw new KernelPanic("fault without " + what);
    }
    return thing;
  }

  void unlockMap() {
    if (mapLocked) {
      mapLocked = false;
      map().lock.unlockShared();
    }
  }

  void unlockVnode() {
    VnodeRef v = vnode;
    if (v != null) {
      vnode = null;
      v.unlockShared();
    }
  }

  boolean inFirst() {
    return current == first;
  }

  boolean writes() {
    return (access & Protection.WRITE) != 0;
  }

  boolean wiring() {
    return (flags & WIRE_MASK) != 0;
  }

  /** True if nobody has had the map exclusively since the lookup (section 10). */
  boolean lookupStillTrue() {
    return mapLocked || map().timestamp() == generation;
  }

  @Override
  public String toString() {
    return String.format("fault at page %05x, type %d, flags %x", at, askedType, flags);
  }
}
