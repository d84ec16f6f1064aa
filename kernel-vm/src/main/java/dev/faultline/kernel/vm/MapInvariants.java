// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.pmap.Violations;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the entries of every map (M1, M4, M25, M40, M50), and of what the page tables
 * map against what the entries say (F73, M11, M30), and of wired pages (M45, P9).
 */
final class MapInvariants {
  private static final int TRANSIENT = VmMapEntry.NEEDS_WAKEUP | VmMapEntry.FRESHLY_WIRED;

  private final VmSystem vm;
  private final Violations out;

  /** By frame: how many wired entries show the page. */
  private final int[] wirings;

  private boolean inTransition;

  MapInvariants(VmSystem vm, Violations out) {
    this.vm = vm;
    this.out = out;
    wirings = new int[vm.memory.frames()];
  }

  void check(boolean atRest) {
    check(vm.kernelMap(), atRest);
    for (VmSpace s = vm.firstSpace(); s != null; s = s.next) {
      check(s.map(), atRest);
      new MappingCheck(s.map()).run();
    }
    checkWirings();
  }

  // ---- entries -------------------------------------------------------------------------------

  private void check(VmMap map, boolean atRest) {
    List<VmMapEntry> tree = map.entries.inOrder();
    int pages = 0;
    int count = 0;
    VmMapEntry before = map.header;
    for (VmMapEntry e = map.header.next; !map.isEnd(e) && count <= map.count(); e = e.next) {
      out.require(e.start < e.end && e.start >= map.min && e.end <= map.max, "M1", e);
      out.require(before == map.header || before.end <= e.start, "M1", e);
      out.require(e.previous == before, "M1", e);
      out.require(count < tree.size() && tree.get(count) == e, "M4", e);
      out.require(EntryTree.isBalanced(e), "M10", e);
      checkEntry(e, atRest);
      pages += e.pages();
      count++;
      before = e;
    }
    out.require(map.header.previous == before, "M1", map.header.previous);
    out.require(count == map.count() && tree.size() == count, "M1", "entries, found " + count);
    out.require(pages == map.pages(), "M1", "pages of a map, found " + pages);
    out.require(atRest ? map.lock.isFree() : map.lock.isSane(), "F4", "the lock of a map");
    out.require(!atRest || !map.inFork, "M60", "a map is still in fork");
  }

  private void checkEntry(VmMapEntry e, boolean atRest) {
    out.require(Protection.permits(e.maxProtection, e.protection), "M1", e);
    out.require(!e.has(VmMapEntry.NEEDS_COPY) || e.has(VmMapEntry.COW), "M1", e);
    out.require(e.stackLeft >= 0, "M72", e);
    out.require(e.wiredCount >= (e.has(VmMapEntry.USER_WIRED) ? 1 : 0), "M40", e);
    boolean moving = e.has(VmMapEntry.IN_TRANSITION);
    out.require(moving || !e.has(TRANSIENT), "M50", e);
    out.require(!moving || !atRest, "M50", e);
    inTransition |= moving;
    out.require(e.has(VmMapEntry.IS_SUB_MAP) == (e.submap != null), "M17", e);
    VmObject o = e.object;
    if (o == null) {
      return;
    }
    out.require(e.submap == null, "M17", e);
    out.require(e.offset >= 0, "M25", e);
    // A file may have shrunk below its mappings; anonymous memory may not.
    out.require(!o.plain() || e.offset + e.pages() <= o.size(), "M25", e + " of " + o);
    if (e.wiredCount > 0 && !moving) {
      countWirings(e, o);
    }
  }

  // ---- wiring --------------------------------------------------------------------------------

  private void countWirings(VmMapEntry e, VmObject top) {
    for (int i = 0; i < e.pages(); i++) {
      VmPage p = wiredPage(top, e.offset + i);
      if (p == null) {
        out.add("M45", "page " + i + " of a wired entry is not wired: " + e);
      } else if (!p.has(PageFrame.FICTITIOUS)) {
        wirings[p.frame()]++;
      }
    }
  }

  private static @Nullable VmPage wiredPage(VmObject top, int topIndex) {
    int index = topIndex;
    for (VmObject o = top; o != null; o = o.backing()) {
      VmPage p = o.lookup(index);
      if (p != null && p.wireCount() > 0) {
        return p;
      }
      index += o.backingOffset();
    }
    return null;
  }

  /** Each wired entry holds each of its pages once, and nothing else holds pages but the kernel. */
  private void checkWirings() {
    for (int f = 0; f < wirings.length; f++) {
      VmPage p = vm.allocator.frame(f);
      if (p == null || p.object == null || !p.managed() || p.object == vm.kernelObject()) {
        continue;
      }
      boolean more = inTransition || p.object.has(VmObject.PINNED);
      boolean right = more ? p.wireCount() >= wirings[f] : p.wireCount() == wirings[f];
      out.require(right, "P9", "wired by " + wirings[f] + " entries: " + p);
    }
  }

  // ---- mappings ------------------------------------------------------------------------------

  /** Goes through the mappings of a pmap and the entries of its map side by side. */
  private final class MappingCheck {
    private final VmMap map;
    private VmMapEntry entry;

    MappingCheck(VmMap map) {
      this.map = map;
      entry = map.header.next;
    }

    void run() {
      map.pmap.forEachMapping(this::mapping);
    }

    private void mapping(int at, @Nullable PageFrame frame, boolean writable) {
      while (!map.isEnd(entry) && entry.end <= at) {
        entry = entry.next;
      }
      if (map.isEnd(entry) || entry.start > at) {
        out.add("M11", String.format("page %05x is mapped without entry", at));
        return;
      }
      if (entry.submap != null) {
        return;
      }
      if (writable) {
        boolean may = (entry.protection & Protection.WRITE) != 0;
        out.require(may, "M30", String.format("page %05x is writable, %s", at, entry));
        boolean mine = !entry.has(VmMapEntry.NEEDS_COPY);
        out.require(mine, "M20", String.format("page %05x is writable, %s", at, entry));
      }
      VmObject o = entry.object;
      if (frame instanceof VmPage p && o != null) {
        if (writable && p.object != o) {
          out.add("F73", String.format("page %05x is writable below the first object", at));
        }
        checkShown(at, p, o, at - entry.start + entry.offset);
      } else if (frame != null) {
        out.add("M23", String.format("page %05x is mapped, but its entry has no object", at));
      }
    }

    /** The mapped page is the one that a fault would find (O16). */
    private void checkShown(int at, VmPage mapped, VmObject top, int topIndex) {
      int index = topIndex;
      for (VmObject o = top; o != null; o = o.backing()) {
        VmPage p = o.lookup(index);
        if (p == mapped) {
          return;
        }
        // A busy page is still becoming what it will be.
        boolean covers = p == null ? storedAt(o, index) : p.valid() != 0 && !p.isBusy();
        if (covers) {
          out.add("O16", String.format("page %05x shows %s, not what covers it", at, mapped));
          return;
        }
        index += o.backingOffset();
      }
      out.add("O16", String.format("page %05x shows %s, not of its chain", at, mapped));
    }

    private boolean storedAt(VmObject o, int index) {
      return o.type() == ObjectType.SWAP && o.pagerHas(index, vm.around);
    }
  }
}
