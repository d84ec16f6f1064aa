// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Violations;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What must hold of memory objects: all that some map entry, page or shadow leads to (O1, O2, O4,
 * O8, P4, S9).
 */
final class ObjectInvariants {
  /** An object and who was seen to refer to it. */
  private static final class Tally {
    final VmObject object;
    final List<VmMapEntry> entries = new ArrayList<>();
    final List<VmObject> shadows = new ArrayList<>();

    Tally(VmObject object) {
      this.object = object;
    }
  }

  private final VmSystem vm;
  private final Violations out;
  private final Map<Integer, Tally> all = new LinkedHashMap<>();

  ObjectInvariants(VmSystem vm, Violations out) {
    this.vm = vm;
    this.out = out;
  }

  void check(boolean atRest) {
    collect();
    long onSwap = 0;
    for (Tally t : all.values()) {
      checkObject(t, atRest);
      onSwap += t.object.type() == ObjectType.SWAP ? vm.swap().usedBy(t.object) : 0;
    }
    // A dying object that nobody leads to any more may still hold some.
    long used = vm.swap().usedPages();
    boolean accounted = atRest ? onSwap == used : onSwap <= used;
    out.require(accounted, "S9", used + " pages of swap in use, the objects have " + onSwap);
  }

  // ---- finding them --------------------------------------------------------------------------

  private void collect() {
    meet(vm.kernelObject());
    collect(vm.kernelMap());
    for (VmSpace s = vm.firstSpace(); s != null; s = s.next) {
      collect(s.map());
    }
    for (int f = 0; f < vm.memory.frames(); f++) {
      VmPage p = vm.allocator.frame(f);
      if (p != null && p.object != null) {
        meet(p.object);
      }
    }
    // Of a file in memory all may be on swap.
    vm.swap().eachObject(this::meet);
    // Some are on their way out: nothing leads to them, but they are still in front of others.
    List<Tally> todo = new ArrayList<>(all.values());
    for (int i = 0; i < todo.size(); i++) {
      VmObject o = todo.get(i).object;
      int bound = o.shadowCount();
      for (VmObject s = o.firstShadow; s != null && bound-- > 0; s = s.nextShadow) {
        if (!all.containsKey(s.id())) {
          todo.add(meet(s));
        }
      }
    }
  }

  private void collect(VmMap map) {
    int bound = map.count();
    for (VmMapEntry e = map.header.next; !map.isEnd(e) && bound-- > 0; e = e.next) {
      if (e.object != null) {
        meet(e.object).entries.add(e);
      }
    }
  }

  private Tally meet(VmObject object) {
    Tally result = null;
    VmObject o = object;
    VmObject shadow = null;
    while (o != null) {
      Tally t = all.get(o.id());
      boolean known = t != null;
      if (t == null) {
        t = new Tally(o);
        all.put(o.id(), t);
      }
      if (shadow != null) {
        t.shadows.add(shadow);
      }
      result = result == null ? t : result;
      if (known) {
        // What lies behind was counted before; this also ends a chain that is a ring.
        break;
      }
      shadow = o;
      o = o.backing();
    }
    return result == null ? new Tally(object) : result;
  }

  // ---- one object ----------------------------------------------------------------------------

  private void checkObject(Tally t, boolean atRest) {
    VmObject o = t.object;
    int own = o == vm.kernelObject() ? 1 : 0;
    int counted = t.entries.size() + t.shadows.size() + own;
    out.require(o.references() >= counted, "O2", describe(t));
    out.require(o.references() > 0 || !o.plain() || o.isDead(), "O2", describe(t));
    out.require(o.shadowCount() == t.shadows.size(), "O2", describe(t));
    if (o.isDead()) {
      out.require(counted == 0, "O5", describe(t));
    }
    if (atRest) {
      boolean mapped = o.plain() && counted > 0;
      out.require(!mapped || o.references() == counted, "O2", describe(t));
      out.require(o.paging() == 0, "F4", describe(t));
      out.require(!o.isDead(), "O8", describe(t));
    }
    out.require(o.paging() >= 0, "O4", describe(t));
    if (o.has(VmObject.ONEMAPPING)) {
      out.require(o.type().anonymous(), "O1", describe(t));
      out.require(disjoint(t), "M8", describe(t));
    }
    if (o.type() == ObjectType.DEFAULT) {
      out.require(vm.swap().usedBy(o) == 0, "DP1", describe(t));
    }
    checkShadows(o);
    checkPages(o, atRest);
    checkRing(o);
  }

  private String describe(Tally t) {
    VmObject o = t.object;
    return String.format(
        "%s: %d references, %d entries found, %d shadows of %d found, paging %d",
        o, o.references(), t.entries.size(), t.shadows.size(), o.shadowCount(), o.paging());
  }

  /** True if no two entries or shadows show the same page of the object. */
  private static boolean disjoint(Tally t) {
    List<long[]> windows = new ArrayList<>();
    for (VmMapEntry e : t.entries) {
      windows.add(new long[] {e.offset, e.offset + e.pages()});
    }
    for (VmObject s : t.shadows) {
      windows.add(new long[] {s.backingOffset(), (long) s.backingOffset() + s.size()});
    }
    for (int i = 0; i < windows.size(); i++) {
      for (int j = i + 1; j < windows.size(); j++) {
        long[] a = windows.get(i);
        long[] b = windows.get(j);
        if (a[0] < b[1] && b[0] < a[1]) {
          return false;
        }
      }
    }
    return true;
  }

  private void checkShadows(VmObject o) {
    int n = 0;
    VmObject before = null;
    for (VmObject s = o.firstShadow; s != null && n <= o.shadowCount(); s = s.nextShadow) {
      out.require(s.backing() == o && s.previousShadow == before, "O2", "shadow list of " + o);
      before = s;
      n++;
    }
    out.require(n == o.shadowCount(), "O2", "shadow list of " + o + " has " + n);
  }

  /** F69: no object is behind itself, however far. */
  private void checkRing(VmObject o) {
    int bound = all.size();
    VmObject behind = o.backing();
    while (behind != null && bound-- > 0) {
      behind = behind.backing();
    }
    out.require(behind == null, "F69", "a ring of objects from " + o);
  }

  private void checkPages(VmObject o, boolean atRest) {
    int n = 0;
    int writes = 0;
    VmPage before = null;
    for (VmPage p = o.firstPage(); p != null && n <= o.residentPages(); p = p.objectNext) {
      out.require(p.object == o && p.objectPrevious == before, "P4", p);
      out.require(o.lookup(p.index) == p, "P4", p);
      boolean inside = p.index >= 0 && p.index < o.size();
      out.require(inside || p.isBusy() || p.wireCount() > 0, "O17", "beyond its object: " + p);
      writes += p.softBusy();
      checkMarks(o, p, atRest);
      before = p;
      n++;
    }
    out.require(n == o.residentPages(), "P4", o + " has " + n + " resident pages");
    out.require(writes <= o.paging(), "PI6", o + " has " + writes + " writes in flight");
  }

  /** F90, P14: the object of a file knows that it may have something to write. */
  private void checkMarks(VmObject o, VmPage p, boolean atRest) {
    if (atRest && o.type() == ObjectType.VNODE && p.dirty() != 0 && p.valid() != 0) {
      out.require(o.mayHaveDirtyPages(), "P14", p);
    }
  }
}
