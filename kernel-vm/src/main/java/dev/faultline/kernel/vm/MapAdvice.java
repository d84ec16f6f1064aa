// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.mmu.Page;

/** What a process may say and ask of its mappings: madvise, mincore, msync (M32–M34, M51–M57). */
final class MapAdvice {
  /** Bits of {@link #inCore}. */
  static final int INCORE = 1;

  static final int REFERENCED = 2;
  static final int MODIFIED = 4;
  static final int REFERENCED_OTHER = 8;
  static final int MODIFIED_OTHER = 16;

  private final VmMap map;
  private final VmSystem vm;

  MapAdvice(VmMap map) {
    this.map = map;
    this.vm = map.vm;
  }

  // ---- madvise -------------------------------------------------------------------------------

  KernReturn advise(int start, int end, Advice advice) {
    return switch (advice) {
      case WILLNEED, DONTNEED, FREE -> advisePages(start, end, advice);
      default -> adviseEntries(start, end, advice);
    };
  }

  /** M32: remembered with the entries. */
  private KernReturn adviseEntries(int start, int end, Advice advice) {
    map.lock();
    boolean room = MapClip.clipRange(map, start, end);
    for (VmMapEntry e = map.ceiling(start); room && map.isBefore(e, end); e = map.after(e)) {
      switch (advice) {
        case NOSYNC -> e.flags |= VmMapEntry.NOSYNC;
        case AUTOSYNC -> e.flags &= ~VmMapEntry.NOSYNC;
        case NOCORE -> e.flags |= VmMapEntry.NOCOREDUMP;
        case CORE -> e.flags &= ~VmMapEntry.NOCOREDUMP;
        case NOFORK -> e.flags |= VmMapEntry.NOFORK;
        case FORK -> e.flags &= ~VmMapEntry.NOFORK;
        default -> e.behaviour = advice;
      }
    }
    MapClip.simplifyRange(map, start, end);
    map.unlock();
    return room ? KernReturn.SUCCESS : KernReturn.RESOURCE_SHORTAGE;
  }

  /** M33, M34: acts on pages, entries stay as they are. */
  private KernReturn advisePages(int start, int end, Advice advice) {
    int at = start;
    while (at < end) {
      map.lock.lockShared();
      VmMapEntry e = map.ceiling(at);
      if (map.isEnd(e) || e.start >= end) {
        map.lock.unlockShared();
        return KernReturn.SUCCESS;
      }
      int from = Math.max(at, e.start);
      int count = Math.min(end, e.end) - from;
      at = from + count;
      VmObject o = e.object;
      if (o == null) {
        map.lock.unlockShared();
        continue;
      }
      int index = from - e.start + e.offset;
      o.reference();
      if (advice == Advice.WILLNEED) {
        vm.fault.prefault().preload(map, o, index, from, count, e.protection, false, true);
      }
      map.lock.unlockShared();
      ObjectAdvice.advise(o, index, count, advice);
      o.deallocate();
    }
    return KernReturn.SUCCESS;
  }

  // ---- discard -------------------------------------------------------------------------------

  /** Drops the pages of private mappings at once; shared ones are only unmapped. */
  KernReturn discard(int start, int end) {
    map.lock();
    KernReturn result = KernReturn.SUCCESS;
    VmMapEntry e = map.ceiling(start);
    while (map.isBefore(e, end) && result.ok()) {
      if (e.wiredCount != 0) {
        result = KernReturn.INVALID_ARGUMENT;
      } else {
        result = discard(e, Math.max(start, e.start), Math.min(end, e.end));
      }
      e = map.ceiling(e.end);
    }
    map.unlock();
    return result;
  }

  private KernReturn discard(VmMapEntry e, int from, int to) {
    map.pmap.remove(from, to);
    VmObject o = e.object;
    boolean isPrivate = e.has(VmMapEntry.COW) || (o != null && o.plain() && !e.shared());
    if (o == null || !isPrivate) {
      return KernReturn.SUCCESS;
    }
    VmObject behind = o.backing();
    boolean aloneHere = !e.has(VmMapEntry.NEEDS_COPY) && o.plain() && o.mappedOnce();
    if (aloneHere && (behind == null || behind.vnode() != null)) {
      if (!map.hasRoom(1)) {
        return KernReturn.RESOURCE_SHORTAGE;
      }
      o.reference();
      map.deferObject(o, from - e.start + e.offset, to - from, true);
      return KernReturn.SUCCESS;
    }
    if (o.vnode() != null) {
      return KernReturn.SUCCESS;
    }
    return replaceObject(e, from, to);
  }

  /** Others see the same chain: this entry begins anew, with the file or with nothing. */
  private KernReturn replaceObject(VmMapEntry e, int from, int to) {
    if (!map.hasRoom(3)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    MapClip.clipStart(map, e, from);
    MapClip.clipEnd(map, e, to);
    VmObject o = e.object;
    VmObject bottom = e.bottomObject();
    if (o == null || bottom == null) {
      return KernReturn.SUCCESS;
    }
    int bottomOffset = e.bottomOffset();
    map.deferObject(o, e.offset, e.pages(), false);
    if (bottom.vnode() != null) {
      bottom.reference();
      e.object = bottom;
      e.offset = bottomOffset;
      e.flags |= VmMapEntry.COW | VmMapEntry.NEEDS_COPY;
    } else {
      e.object = null;
      e.offset = 0;
      e.flags &= ~(VmMapEntry.COW | VmMapEntry.NEEDS_COPY);
    }
    return KernReturn.SUCCESS;
  }

  // ---- mincore -------------------------------------------------------------------------------

  /** M55–M57. */
  KernReturn inCore(int start, int end, byte[] vector) {
    map.lock.lockShared();
    boolean hole = false;
    for (int at = start; at < end; at++) {
      VmMapEntry e = map.entryAt(at);
      hole |= e == null;
      vector[at - start] = (byte) (e == null ? 0 : stateOf(e, at));
    }
    map.lock.unlockShared();
    return hole ? KernReturn.INVALID_ADDRESS : KernReturn.SUCCESS;
  }

  private int stateOf(VmMapEntry e, int at) {
    int va = at << Page.SHIFT;
    if (map.pmap.isMapped(va)) {
      PageFrame p = map.pmap.pageAt(va);
      return p == null ? INCORE : mappedState(va, p);
    }
    VmObject o = e.object;
    VmPage p = o == null ? null : o.lookup(at - e.start + e.offset);
    return p == null || p.valid() == 0 ? 0 : INCORE | otherState(p);
  }

  private int mappedState(int va, PageFrame p) {
    int state = INCORE;
    if (map.pmap.isDirty(va)) {
      state |= MODIFIED | MODIFIED_OTHER;
    }
    if (map.pmap.isAccessed(va)) {
      state |= REFERENCED | REFERENCED_OTHER;
    }
    return state | otherState(p);
  }

  private int otherState(PageFrame p) {
    boolean modified = p.dirty() != 0 || vm.pmaps.isModified(p);
    boolean referenced = p.has(PageFrame.REFERENCED) || vm.pmaps.isReferenced(p);
    return (modified ? MODIFIED_OTHER : 0) | (referenced ? REFERENCED_OTHER : 0);
  }

  // ---- msync ---------------------------------------------------------------------------------

  /** M51–M54. The map is not locked while anything is written. */
  KernReturn sync(int start, int end, boolean synchronous, boolean invalidate) {
    map.lock.lockShared();
    KernReturn checked = check(start, end);
    if (checked.ok() && invalidate) {
      map.pmap.remove(start, end);
    }
    map.lock.unlockShared();
    if (!checked.ok()) {
      return checked;
    }
    boolean ok = true;
    int at = start;
    while (at < end) {
      map.lock.lockShared();
      VmMapEntry e = map.ceiling(at);
      if (map.isEnd(e) || e.start >= end) {
        map.lock.unlockShared();
        break;
      }
      int from = Math.max(at, e.start);
      at = Math.min(end, e.end);
      ok &= syncEntry(e, from, at, synchronous, invalidate);
    }
    return ok ? KernReturn.SUCCESS : KernReturn.FAILURE;
  }

  private KernReturn check(int start, int end) {
    if (!map.covers(start, end)) {
      return KernReturn.INVALID_ADDRESS;
    }
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      if (e.has(VmMapEntry.IS_SUB_MAP)) {
        return KernReturn.INVALID_ARGUMENT;
      }
    }
    return KernReturn.SUCCESS;
  }

  /** One entry, of a map locked shared; unlocks it. */
  private boolean syncEntry(
      VmMapEntry e, int from, int to, boolean synchronous, boolean invalidate) {
    VmObject bottom = e.bottomObject();
    int index = e.bottomOffset() + (from - e.start);
    boolean writable = (e.protection & Protection.WRITE) != 0;
    VnodeRef vnode = bottom == null ? null : bottom.vnode();
    if (bottom == null || (vnode == null && bottom.type() != ObjectType.DEVICE)) {
      map.lock.unlockShared();
      return true;
    }
    bottom.reference();
    map.lock.unlockShared();
    int end = Math.min(index + (to - from), bottom.size());
    boolean ok = true;
    if (vnode != null && index < end) {
      vnode.lockExclusive(Scheduler.NO_DEADLINE);
      if (writable) {
        ok = bottom.clean(index, end, syncFlags(synchronous, invalidate));
      }
      if (invalidate) {
        bottom.removePages(index, end, true);
      }
      vnode.unlockExclusive();
      if (writable && synchronous) {
        ok &= vnode.makeDurable();
      }
    }
    bottom.deallocate();
    return ok;
  }

  private static int syncFlags(boolean synchronous, boolean invalidate) {
    return (synchronous || invalidate ? Pager.SYNC : Pager.CLUSTER)
        | (invalidate ? Pager.INVALIDATE : 0);
  }
}
