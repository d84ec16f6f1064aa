// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.mmu.Page;

/**
 * How a range of an address space uses memory, in pages: what its page tables map, in how many
 * places each of these pages is mapped, and what is on swap instead.
 *
 * @param shared resident pages that are mapped elsewhere too
 * @param sharedDirty those of them that differ from their backing store
 * @param owned resident pages that are mapped here only
 * @param ownedDirty those of them that differ from their backing store
 * @param referenced resident pages that were used of late
 * @param anonymous resident pages of private memory that is no file's
 * @param swapped pages that would be read from swap if they were touched
 * @param proportional bytes: each resident page divided by the number of its mappings
 */
public record MappingUsage(
    int shared,
    int sharedDirty,
    int owned,
    int ownedDirty,
    int referenced,
    int anonymous,
    int swapped,
    long proportional) {

  /** Resident pages. */
  public int resident() {
    return shared + owned;
  }

  /** Counts for a range of a map, which nobody changes meanwhile; never sleeps. */
  static MappingUsage of(VmMap map, int start, int end) {
    Count count = new Count(map);
    for (VmMapEntry e = map.ceiling(start); map.isBefore(e, end); e = map.after(e)) {
      count.add(e, Math.max(start, e.start), Math.min(end, e.end));
    }
    return count.result();
  }

  private static final class Count {
    private final VmMap map;
    private int shared;
    private int sharedDirty;
    private int owned;
    private int ownedDirty;
    private int referenced;
    private int anonymous;
    private int swapped;
    private long proportional;

    Count(VmMap map) {
      this.map = map;
    }

    MappingUsage result() {
      return new MappingUsage(
          shared, sharedDirty, owned, ownedDirty, referenced, anonymous, swapped, proportional);
    }

    void add(VmMapEntry e, int from, int to) {
      boolean maySwap = false;
      for (VmObject o = e.object; o != null; o = o.backing()) {
        maySwap |= o.type() == ObjectType.SWAP;
      }
      for (int at = from; at < to; at++) {
        int va = at << Page.SHIFT;
        if (map.pmap.isMapped(va)) {
          addResident(e, va);
        } else if (maySwap && isSwapped(e, at - e.start + e.offset)) {
          swapped++;
        }
      }
    }

    private void addResident(VmMapEntry e, int va) {
      PageFrame frame = map.pmap.pageAt(va);
      boolean dirty = map.pmap.isDirty(va) || frame != null && frame.dirty() != 0;
      // What is not RAM under paging belongs to a device, and so to others too.
      int mappings = frame == null ? 2 : map.vm.pmaps.mappings(frame);
      proportional += frame == null ? 0 : Page.SIZE / mappings;
      if (mappings > 1) {
        shared++;
        sharedDirty += dirty ? 1 : 0;
      } else {
        owned++;
        ownedDirty += dirty ? 1 : 0;
      }
      boolean used = map.pmap.isAccessed(va) || frame != null && frame.has(PageFrame.REFERENCED);
      referenced += used ? 1 : 0;
      boolean plain = frame instanceof VmPage p && p.object != null && p.object.plain();
      anonymous += plain && !e.shared() ? 1 : 0;
    }

    private static boolean isSwapped(VmMapEntry e, int topIndex) {
      int index = topIndex;
      for (VmObject o = e.object; o != null; o = o.backing()) {
        VmPage p = o.lookup(index);
        if (p != null && p.valid() != 0) {
          return false;
        }
        if (o.type() == ObjectType.SWAP && o.pagerHas(index, o.vm.around)) {
          return true;
        }
        index += o.backingOffset();
      }
      return false;
    }
  }
}
