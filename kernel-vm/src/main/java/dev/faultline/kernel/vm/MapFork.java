// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;

/** Makes a child's map from its parent's (M60–M68). */
final class MapFork {
  private final VmMap parent;
  private final VmMap child;

  private MapFork(VmMap parent, VmMap child) {
    this.parent = parent;
    this.child = child;
  }

  /** Fills an empty map. On failure the child holds a part, for its owner to tear down. */
  static KernReturn fork(VmMap parent, VmMap child) {
    parent.lock();
    parent.inFork = true;
    child.lock();
    KernReturn result = new MapFork(parent, child).copyEntries();
    child.unlock();
    parent.inFork = false;
    parent.unlock();
    return result;
  }

  private KernReturn copyEntries() {
    if (!child.hasRoom(parent.count())) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    VmMapEntry last = child.header;
    for (VmMapEntry e = parent.header.next; !parent.isEnd(e); e = e.next) {
      if (e.has(VmMapEntry.IS_SUB_MAP)) {
        throw new KernelPanic("fork of a map with a submap: " + e);
      }
      if (e.inheritance == Inheritance.NONE || e.has(VmMapEntry.NOFORK)) {
        continue;
      }
      last = cloneOf(e, last);
      if (e.inheritance == Inheritance.SHARE) {
        share(e, last);
      } else {
        KernReturn copied = copy(e, last);
        if (!copied.ok()) {
          return copied;
        }
      }
    }
    return KernReturn.SUCCESS;
  }

  private VmMapEntry cloneOf(VmMapEntry e, VmMapEntry below) {
    VmMapEntry to = child.link(below, e.start, e.end);
    to.takeAttributes(e);
    to.object = null;
    to.wiredCount = 0;
    to.stackLeft = e.stackLeft;
    to.flags &=
        ~(VmMapEntry.USER_WIRED
            | VmMapEntry.IN_TRANSITION
            | VmMapEntry.NEEDS_WAKEUP
            | VmMapEntry.FRESHLY_WIRED);
    return to;
  }

  /** M62: the same object for both, made now if there is none yet. */
  private void share(VmMapEntry from, VmMapEntry to) {
    parent.giveObject(from);
    if (from.has(VmMapEntry.NEEDS_COPY)) {
      from.shadow();
    }
    VmObject o = from.object;
    if (o == null) {
      return;
    }
    if (o.plain() && o.mappedOnce()) {
      // What other entries show of it stays private.
      o = split(from, o);
    }
    o.reference();
    o.clear(VmObject.ONEMAPPING);
    to.object = o;
    to.offset = from.offset;
    to.flags &= ~VmMapEntry.NEEDS_COPY;
    parent.pmap.copyTo(child.pmap, from.start, from.end);
  }

  /** M63, M64. */
  private KernReturn copy(VmMapEntry from, VmMapEntry to) {
    if (from.wiredCount != 0) {
      boolean copied = parent.vm.fault.wiring.copyEntry(child, from, to);
      return copied ? KernReturn.SUCCESS : KernReturn.ABORTED;
    }
    VmObject o = from.object;
    if (o == null) {
      to.offset = 0;
      return KernReturn.SUCCESS;
    }
    if (from.writesThrough()) {
      return copyShared(o, from, to);
    }
    if (!from.has(VmMapEntry.NEEDS_COPY)) {
      parent.pmap.protect(from.start, from.end, Protection.READ);
    }
    if (o.plain()) {
      o.collapse();
      if (o.mappedOnce()) {
        o = split(from, o);
      }
    }
    o.reference();
    o.clear(VmObject.ONEMAPPING);
    from.flags |= VmMapEntry.COW | VmMapEntry.NEEDS_COPY;
    to.object = o;
    to.offset = from.offset;
    to.flags |= VmMapEntry.COW | VmMapEntry.NEEDS_COPY;
    parent.pmap.copyTo(child.pmap, from.start, from.end);
    return KernReturn.SUCCESS;
  }

  /**
   * M67: the parent's mapping stays shared. Of a file the child gets a private mapping; of memory
   * that others go on writing to, a copy now.
   */
  private static KernReturn copyShared(VmObject o, VmMapEntry from, VmMapEntry to) {
    if (o.plain()) {
      VmObject own = VmObject.anonymous(o.vm, from.pages());
      to.object = own;
      to.offset = 0;
      return ObjectCopy.copy(o, from.offset, own);
    }
    o.reference();
    to.object = o;
    to.flags |= VmMapEntry.COW | VmMapEntry.NEEDS_COPY;
    return KernReturn.SUCCESS;
  }

  /** M65: the entry's part of an object that several entries share becomes an object of its own. */
  private VmObject split(VmMapEntry e, VmObject o) {
    if (o.references() <= 1 || !parent.hasRoom(1)) {
      return o;
    }
    // Given back at the end, as the last one maybe: while this sleeps, a fault may let go of its.
    parent.deferObject(o, 0, 0, false);
    VmObject own = VmObject.anonymous(o.vm, e.pages());
    VmObject behind = o.backing();
    if (behind != null) {
      behind.reference();
      own.attach(behind, o.backingOffset() + e.offset);
    }
    for (int index : ObjectPages.residentIn(o, e.offset, e.offset + e.pages())) {
      VmPage p = o.lookup(index);
      while (p != null && p.sleepIfBusy(true)) {
        p = o.lookup(index);
      }
      if (p != null) {
        p.setBusy();
        p.rename(own, index - e.offset);
      }
    }
    if (o.type() == ObjectType.SWAP) {
      o.vm.swap().transfer(o, own, e.offset, false);
    }
    e.object = own;
    e.offset = 0;
    return own;
  }
}
