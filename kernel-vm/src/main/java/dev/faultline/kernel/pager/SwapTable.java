// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmSystem;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Which page of which object lies in which swap block (S4, S8): a hash table of records, by object
 * and index divided by 32. It knows nothing of blocks but their numbers; who unlinks one frees it.
 *
 * <p>Never sleeps.
 */
final class SwapTable {
  private static final int FRAMES_PER_BUCKET = 2;
  private static final int MIN_BUCKETS = 64;

  private final SwapRecords memory;
  private final int buckets;

  /** Made with the first record. */
  private @Nullable SwapRecord @Nullable [] table;

  private @Nullable SwappedObject firstObject;
  private int lastSeed;

  SwapTable(VmSystem vm) {
    memory = new SwapRecords(vm);
    int wanted = Math.max(MIN_BUCKETS, vm.memory().frames() / FRAMES_PER_BUCKET);
    buckets = Integer.highestOneBit(wanted);
  }

  SwapRecords memory() {
    return memory;
  }

  // ---- objects ---------------------------------------------------------------------------------

  /** What is known of an object; null if nothing of it is on swap. */
  static @Nullable SwappedObject of(VmObject object) {
    return (SwappedObject) object.pagerData();
  }

  /** The first of all objects of which something is on swap. */
  @Nullable SwappedObject firstObject() {
    return firstObject;
  }

  private SwappedObject make(VmObject object) {
    SwappedObject o = of(object);
    if (o == null) {
      lastSeed += 0x9E37_79B1;
      o = new SwappedObject(object, lastSeed);
      o.next = firstObject;
      if (firstObject != null) {
        firstObject.previous = o;
      }
      firstObject = o;
      object.setPagerData(o);
    }
    return o;
  }

  private void forget(SwappedObject o) {
    if (o.previous == null) {
      firstObject = o.next;
    } else {
      o.previous.next = o.next;
    }
    if (o.next != null) {
      o.next.previous = o.previous;
    }
    o.object.setPagerData(null);
  }

  // ---- slots -----------------------------------------------------------------------------------

  /** The block of a page, or {@link SwapBlocks#NONE}. */
  int query(VmObject object, int index) {
    SwappedObject o = of(object);
    SwapRecord r = o == null ? null : find(o, index >>> SwapRecord.SHIFT);
    return r == null ? SwapBlocks.NONE : r.blocks[index & SwapRecord.SLOTS - 1];
  }

  /**
   * Notes a block.
   *
   * @return the block that was there before, which is the caller's to free (S5)
   */
  int assign(VmObject object, int index, int block) {
    SwappedObject o = make(object);
    SwapRecord r = findOrAdd(o, index >>> SwapRecord.SHIFT);
    int slot = index & SwapRecord.SLOTS - 1;
    int before = r.blocks[slot];
    r.blocks[slot] = block;
    if (before == SwapBlocks.NONE) {
      r.used++;
      o.pages++;
    }
    return before;
  }

  /** Takes a page's block out of its slot, and gives it. */
  int pop(VmObject object, int index) {
    SwappedObject o = of(object);
    SwapRecord r = o == null ? null : find(o, index >>> SwapRecord.SHIFT);
    return r == null ? SwapBlocks.NONE : pop(r, index & SwapRecord.SLOTS - 1);
  }

  /** The same for a slot of a record, which may be the record's last. */
  int pop(SwapRecord r, int slot) {
    int block = r.blocks[slot];
    SwappedObject o = r.owner;
    if (block == SwapBlocks.NONE || o == null) {
      return SwapBlocks.NONE;
    }
    r.blocks[slot] = SwapBlocks.NONE;
    o.pages--;
    if (--r.used == 0) {
      remove(o, r);
    }
    return block;
  }

  // ---- records ---------------------------------------------------------------------------------

  private int bucket(SwappedObject o, int group) {
    int h = o.seed + group * 0x85EB_CA6B;
    return (h ^ h >>> 15) & buckets - 1;
  }

  /** The record of a group of pages, or null. */
  @Nullable SwapRecord find(SwappedObject o, int group) {
    @Nullable SwapRecord[] all = table;
    if (all == null) {
      return null;
    }
    SwapRecord r = all[bucket(o, group)];
    while (r != null && (r.owner != o || r.group != group)) {
      r = r.hashNext;
    }
    return r;
  }

  private SwapRecord findOrAdd(SwappedObject o, int group) {
    SwapRecord found = find(o, group);
    if (found != null) {
      return found;
    }
    @Nullable SwapRecord[] all = table;
    if (all == null) {
      all = new SwapRecord[buckets];
      table = all;
    }
    SwapRecord r = memory.take();
    int bucket = bucket(o, group);
    r.owner = o;
    r.group = group;
    r.hashNext = all[bucket];
    all[bucket] = r;
    r.ownerPrevious = null;
    r.ownerNext = o.firstRecord;
    if (o.firstRecord != null) {
      o.firstRecord.ownerPrevious = r;
    }
    o.firstRecord = r;
    o.records++;
    return r;
  }

  private void remove(SwappedObject o, SwapRecord r) {
    unhash(o, r);
    if (r.ownerPrevious == null) {
      o.firstRecord = r.ownerNext;
    } else {
      r.ownerPrevious.ownerNext = r.ownerNext;
    }
    if (r.ownerNext != null) {
      r.ownerNext.ownerPrevious = r.ownerPrevious;
    }
    r.ownerNext = null;
    r.ownerPrevious = null;
    r.owner = null;
    o.records--;
    memory.give(r);
    if (o.records == 0) {
      forget(o);
    }
  }

  private void unhash(SwappedObject o, SwapRecord r) {
    @Nullable SwapRecord[] all = table;
    int bucket = bucket(o, r.group);
    SwapRecord before = all == null ? null : all[bucket];
    if (all != null && before == r) {
      all[bucket] = r.hashNext;
      return;
    }
    while (before != null && before.hashNext != r) {
      before = before.hashNext;
    }
    if (before == null) {
      throw new KernelPanic("swap record is not in the table: group " + r.group);
    }
    before.hashNext = r.hashNext;
  }

  // ---- checking --------------------------------------------------------------------------------

  /** The blocks that slots name; panics if two name the same one, or a count is wrong (S4, S9). */
  BitSet blocks() {
    BitSet blocks = new BitSet();
    int records = 0;
    for (SwappedObject o = firstObject; o != null; o = o.next) {
      int own = 0;
      int pages = 0;
      for (SwapRecord r = o.firstRecord; r != null; r = r.ownerNext) {
        int used = 0;
        for (int block : r.blocks) {
          if (block != SwapBlocks.NONE) {
            require(!blocks.get(block), "S9: block " + block + " is in two slots");
            blocks.set(block);
            used++;
          }
        }
        require(used == r.used && used > 0, "S4: a record counts " + r.used + " of " + used);
        require(find(o, r.group) == r, "S4: a record is not found, group " + r.group);
        own++;
        pages += used;
      }
      require(own == o.records && pages == o.pages, "S4: counts of " + o.object);
      require(of(o.object) == o && !o.object.isDead(), "S7: an object that has ended has records");
      records += own;
    }
    require(records == memory.used(), "S4: records in use");
    return blocks;
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new KernelPanic(what);
    }
  }
}
