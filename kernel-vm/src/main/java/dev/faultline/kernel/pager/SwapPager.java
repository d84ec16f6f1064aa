// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.SwapSpace;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The pager of anonymous memory on disks (rules S). Where the pages of an object lie is in the
 * {@link SwapTable}, which blocks are free in {@link SwapBlocks}; {@link SwapReader} and {@link
 * SwapWriter} move pages, straight between the disk and their frames. {@link SwapDisks} switches
 * disks on and off.
 *
 * <p>Threading: under the kernel token; only reading and writing sleep.
 */
public final class SwapPager implements SwapSpace {
  /** Pages before and after one that could come with it (S26). */
  private static final int MOST_NEIGHBOURS = 7;

  private final SwapBlocks blocks;
  private final SwapTable table;
  private final SwapReader reader;
  private final SwapWriter writer;
  private final SwapDisks disks;

  /** Swap space without a disk yet. */
  public SwapPager(VmSystem vm) {
    blocks = new SwapBlocks(vm::log);
    table = new SwapTable(vm);
    reader = new SwapReader(vm, blocks, table);
    writer = new SwapWriter(vm, blocks, table);
    disks = new SwapDisks(vm, blocks, table, this);
  }

  /** Switches disks on and off. */
  public SwapDisks disks() {
    return disks;
  }

  SwapBlocks blocks() {
    return blocks;
  }

  SwapTable table() {
    return table;
  }

  @Override
  public boolean enabled() {
    return blocks.areaCount() > 0;
  }

  // ---- pages in and out ------------------------------------------------------------------------

  /** S26. */
  @Override
  public boolean hasPage(VmObject object, int index, Neighbours around) {
    int block = table.query(object, index);
    if (block == SwapBlocks.NONE) {
      around.set(0, 0);
      return false;
    }
    int before = 0;
    while (before < MOST_NEIGHBOURS
        && index - before > 0
        && block - before - 1 > SwapBlocks.NONE
        && table.query(object, index - before - 1) == block - before - 1) {
      before++;
    }
    int after = 0;
    while (after < MOST_NEIGHBOURS && table.query(object, index + after + 1) == block + after + 1) {
      after++;
    }
    around.set(before, after);
    return true;
  }

  @Override
  public PagerResult getPages(VmObject object, VmPage[] pages, int count, int wanted) {
    return reader.read(object, pages, count, wanted);
  }

  /** S10: the object is swap's from now on, even if not a page can be written. */
  @Override
  public void putPages(
      VmObject object, VmPage[] pages, int count, int flags, PagerResult[] results) {
    object.becomeSwap();
    if (enabled()) {
      writer.write(object, pages, count, (flags & (SYNC | INVALIDATE)) != 0, results);
    } else {
      Arrays.fill(results, 0, count, PagerResult.FAIL);
    }
  }

  // ---- release and transfer --------------------------------------------------------------------

  /** S30. */
  @Override
  public void unswapped(VmPage page) {
    VmObject object = page.object();
    if (object != null) {
      free(table.pop(object, page.index()));
    }
  }

  private void free(int block) {
    if (block != SwapBlocks.NONE) {
      blocks.free(block);
    }
  }

  /** S6. */
  @Override
  public void free(VmObject object, int start, int count) {
    SwappedObject o = SwapTable.of(object);
    if (o == null || count <= 0) {
      return;
    }
    long end = (long) start + count;
    int firstGroup = start >>> SwapRecord.SHIFT;
    int lastGroup = (int) (end - 1 >>> SwapRecord.SHIFT);
    if (lastGroup - firstGroup > o.records) {
      SwapRecord next;
      for (SwapRecord r = o.firstRecord; r != null; r = next) {
        next = r.ownerNext;
        freeIn(r, start, end);
      }
      return;
    }
    for (int group = firstGroup; group <= lastGroup; group++) {
      SwapRecord r = table.find(o, group);
      if (r != null) {
        freeIn(r, start, end);
      }
    }
  }

  private void freeIn(SwapRecord r, int start, long end) {
    int base = r.firstIndex();
    int left = r.used;
    for (int slot = 0; slot < SwapRecord.SLOTS && left > 0; slot++) {
      if (r.blocks[slot] != SwapBlocks.NONE) {
        left--;
        if (base + slot >= start && base + slot < end) {
          free(table.pop(r, slot));
        }
      }
    }
  }

  /** S7, S32: the object has ended. */
  @Override
  public void dealloc(VmObject object) {
    free(object, 0, Integer.MAX_VALUE);
  }

  /** S33. */
  @Override
  public void transfer(VmObject source, VmObject target, int offset, boolean destroy) {
    SwappedObject from = SwapTable.of(source);
    SwapRecord next;
    for (SwapRecord r = from == null ? null : from.firstRecord; r != null; r = next) {
      next = r.ownerNext;
      transferRecord(r, target, offset, destroy);
    }
    if (destroy) {
      source.becomeDefault();
    }
  }

  private void transferRecord(SwapRecord r, VmObject target, int offset, boolean destroy) {
    int base = r.firstIndex() - offset;
    int left = r.used;
    for (int slot = 0; slot < SwapRecord.SLOTS && left > 0; slot++) {
      if (r.blocks[slot] == SwapBlocks.NONE) {
        continue;
      }
      left--;
      int index = base + slot;
      boolean inside = index >= 0 && index < target.size();
      if (inside && table.query(target, index) == SwapBlocks.NONE) {
        int block = table.pop(r, slot);
        table.assign(target, index, block);
        target.becomeSwap();
      } else if (inside || destroy) {
        free(table.pop(r, slot));
      }
    }
  }

  // ---- how much there is -----------------------------------------------------------------------

  @Override
  public int freePages() {
    return blocks.freePages();
  }

  @Override
  public int usedPages() {
    return blocks.usedPages();
  }

  @Override
  public int totalPages() {
    return blocks.totalPages();
  }

  @Override
  public boolean full() {
    return blocks.full();
  }

  @Override
  public int usedBy(VmObject object) {
    SwappedObject o = SwapTable.of(object);
    return o == null ? 0 : o.pages;
  }

  @Override
  public void eachObject(Consumer<VmObject> to) {
    for (SwappedObject o = table.firstObject(); o != null; o = o.next) {
      to.accept(o.object);
    }
  }

  @Override
  public int writesInFlight() {
    return writer.pagesUnderWay();
  }

  /** Panics if a block is lost, or used twice, or a count is wrong (S2, S4, S9). */
  public void check() {
    blocks.check(table.blocks());
  }
}
