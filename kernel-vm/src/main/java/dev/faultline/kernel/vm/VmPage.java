// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * A page: one frame, the object and index whose content it holds, and the queue it is on.
 *
 * <p>A page is <em>hard-busy</em> while one thread changes what it is (P5), <em>soft-busy</em>
 * while it is being written out and may still be read (P6), <em>held</em> while somebody outside
 * the map uses its bytes (P8), <em>wired</em> while it must stay (P9). Wherever a thread may sleep,
 * one of these or the page's identity can change.
 */
public final class VmPage extends PageFrame {
  /** Flag: hard-busy. */
  static final int BUSY = FIRST_FREE_FLAG;

  /** Flag: somebody waits for the page. */
  static final int WANTED = FIRST_FREE_FLAG << 1;

  /** Flag: the frame is known to be full of zeros. */
  public static final int ZERO = FIRST_FREE_FLAG << 2;

  /** Flag: the syncer need not write it (V25). */
  public static final int NOSYNC = FIRST_FREE_FLAG << 3;

  /** Flag: swap I/O runs on it (S14, S22). */
  public static final int SWAPINPROG = FIRST_FREE_FLAG << 5;

  /** Flag: was once round the inactive queue (D11). */
  static final int WINATCFLS = FIRST_FREE_FLAG << 6;

  /** Flag: not a page but a place in a queue. */
  static final int MARKER = FIRST_FREE_FLAG << 7;

  /** Bytes in a chunk: the unit of the valid and dirty masks. */
  public static final int CHUNK = 512;

  final VmSystem vm;

  @Nullable VmObject object;
  int index;

  @Nullable PageQueue queue;
  @Nullable VmPage queueNext;
  @Nullable VmPage queuePrevious;

  /** Links of the hash chain and of the object's list. */
  @Nullable VmPage hashNext;

  @Nullable VmPage objectNext;
  @Nullable VmPage objectPrevious;

  /** How much recent use the page has shown, 0 to 64. */
  int activity;

  private int softBusy;

  VmPage(VmSystem vm, int frame, int flags) {
    super(frame, flags);
    this.vm = vm;
  }

  /**
   * A page that stands for a frame of a device (DV4): busy, wired, wholly valid, in no object yet.
   */
  public static VmPage fictitious(VmSystem vm, int frame) {
    VmPage p = new VmPage(vm, frame, FICTITIOUS | BUSY);
    p.setValid(ALL_CHUNKS);
    p.setWireCount(1);
    return p;
  }

  /** Points a fictitious page at another frame of its device. */
  public void pointAt(int frame) {
    setFrame(frame);
  }

  /** The object it belongs to; null for a free page or a page table. */
  public @Nullable VmObject object() {
    return object;
  }

  /** Its place in the object, in pages. */
  public int index() {
    return index;
  }

  /** Physical address of its first byte. */
  public int address() {
    return frame() << Page.SHIFT;
  }

  // ---- busy ----------------------------------------------------------------------------------

  /** True if hard-busy. */
  public boolean isBusy() {
    return has(BUSY);
  }

  /** Number of writes under way. */
  public int softBusy() {
    return softBusy;
  }

  /** True if a thread waits until it is no longer busy (V12). */
  public boolean isWanted() {
    return has(WANTED);
  }

  /** True if hard-busy or soft-busy. */
  boolean isBusyAtAll() {
    return softBusy > 0 || has(BUSY);
  }

  /** Takes the page for this thread alone; it must be idle (P5). */
  public void setBusy() {
    if (has(BUSY)) {
      throw new KernelPanic("page is busy already: " + this);
    }
    set(BUSY);
  }

  /** Gives the page back and wakes who waits for it. */
  public void wakeup() {
    if (!has(BUSY)) {
      throw new KernelPanic("page is not busy: " + this);
    }
    clear(BUSY);
    flash();
  }

  /** Wakes who waits, if somebody does. */
  void flash() {
    if (has(WANTED)) {
      clear(WANTED);
      vm.scheduler.wakeup(this);
    }
  }

  /** One more write under way (P6). */
  public void beginIo() {
    softBusy++;
    vm.writesInFlight++;
  }

  /** One write finished. */
  public void endIo() {
    if (softBusy <= 0) {
      throw new KernelPanic("page has no I/O to end: " + this);
    }
    vm.writesInFlight--;
    if (--softBusy == 0) {
      flash();
    }
  }

  /**
   * If the page is busy, sleeps once until somebody says that it no longer is (P7). Afterwards the
   * page may be anything: look it up again.
   *
   * @param alsoSoft whether soft-busy counts as busy
   * @return true if it slept
   */
  public boolean sleepIfBusy(boolean alsoSoft) {
    if (!has(BUSY) && !(alsoSoft && softBusy > 0)) {
      return false;
    }
    set(WANTED | REFERENCED);
    vm.scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    return true;
  }

  // ---- hold, wire, queues --------------------------------------------------------------------

  /**
   * Keeps the frame's content from reuse, whatever happens to the page (P8). Of a device's frame
   * nobody can take it (DV7).
   */
  public void hold() {
    if (!has(FICTITIOUS)) {
      setHoldCount(holdCount() + 1);
    }
  }

  /** Undoes one {@link #hold}; the last one frees a frame that was freed meanwhile. */
  public void unhold() {
    if (has(FICTITIOUS)) {
      return;
    }
    if (holdCount() <= 0) {
      throw new KernelPanic("page is not held: " + this);
    }
    setHoldCount(holdCount() - 1);
    if (holdCount() == 0) {
      vm.allocator.released(this);
    }
  }

  /** Keeps the page in memory (P9). */
  public void wire() {
    vm.queues.wire(this);
  }

  /** Undoes one {@link #wire}; at zero the page goes to the active or the inactive queue. */
  public void unwire(boolean activate) {
    vm.queues.unwire(this, activate);
  }

  /** Notes a use: to the end of the active queue (P26). */
  public void activate() {
    vm.queues.activate(this);
  }

  /** To the end of the inactive queue; mappings stay (P27). */
  public void deactivate() {
    vm.queues.deactivate(this, false);
  }

  /** To the cache queue, if it is clean and idle (P29). */
  public void cache() {
    vm.queues.cache(this);
  }

  /** Not needed soon (P28). */
  public void dontNeed() {
    vm.queues.dontNeed(this);
  }

  /** Off its queue; leaving the cache may wake the page daemon (P30). */
  public void unqueue() {
    vm.queues.unqueue(this);
  }

  /** Which queue it is on, for tests and displays. */
  public String queueName() {
    if (queue == null) {
      return "none";
    }
    String name = queue.toString();
    return name.substring(0, name.indexOf('('));
  }

  // ---- free, rename --------------------------------------------------------------------------

  /** Gives the frame back; the page must be busy (P10, P11). */
  public void free() {
    clear(ZERO);
    vm.allocator.free(this);
  }

  /** Gives back a frame that is known to be full of zeros (P11). */
  public void freeZero() {
    set(ZERO);
    vm.allocator.free(this);
  }

  /** Moves the busy page to another object; it ends dirty and not busy (P15). */
  public void rename(VmObject to, int newIndex) {
    if (object != null) {
      object.removePage(this);
    }
    to.insertPage(this, newIndex);
    if (queue == vm.queues.cache) {
      vm.queues.deactivate(this, false);
    }
    makeDirty();
  }

  // ---- protection and dirt -------------------------------------------------------------------

  /** Removes all mappings, collecting what the hardware noted (P12). */
  public void unmap() {
    if (has(MAPPED | WRITEABLE)) {
      vm.pmaps.removeAll(this);
      clear(MAPPED | WRITEABLE);
    }
  }

  /** Takes write permission from all mappings, collecting their dirty bits (P12). */
  public void writeProtect() {
    if (has(WRITEABLE)) {
      vm.pmaps.writeProtect(this);
    }
  }

  /** Takes note of stores through mappings; the table entries are left alone (P13). */
  public void testDirty() {
    if (dirty() != ALL_CHUNKS && has(MAPPED) && vm.pmaps.isModified(this)) {
      makeDirty();
    }
  }

  /** Dirty by mask or by a mapping's dirty bit. */
  boolean isDirty() {
    testDirty();
    return dirty() != 0;
  }

  @Override
  protected void becameDirty() {
    if (queue != null && (queue == vm.queues.cache || queue == vm.queues.free)) {
      throw new KernelPanic("a page without owner becomes dirty: " + this);
    }
    if (object != null && object.vnode() != null) {
      object.mightBeDirty();
    }
  }

  /**
   * Marks chunks dirty that a write by the kernel has touched, and the object with them; what the
   * pager has of a file in memory is worthless (S30).
   */
  public void makeDirty(int from, int size) {
    setDirty(dirty() | chunks(from, size));
    becameDirty();
    if (object != null && object.type() == ObjectType.SWAP) {
      object.pager().unswapped(this);
    }
  }

  /** Forgets the dirty mask; dirty bits of mappings stay (P14). */
  public void undirty() {
    setDirty(0);
  }

  /** The content is on the backing store as of now: mask and dirty bits are cleared (S17). */
  public void cleaned() {
    setDirty(0);
    if (has(MAPPED)) {
      vm.pmaps.clearModify(this);
    }
  }

  // ---- content -------------------------------------------------------------------------------

  /** The mask of all chunks that the bytes touch (P32). */
  public static int chunks(int from, int size) {
    if (size == 0) {
      return 0;
    }
    int first = from / CHUNK;
    int last = (from + size - 1) / CHUNK;
    return (2 << last) - (1 << first) & ALL_CHUNKS;
  }

  /** The mask of the chunks that lie wholly inside the bytes. */
  static int wholeChunks(int from, int size) {
    int first = (from + CHUNK - 1) / CHUNK;
    int end = (from + size) / CHUNK;
    return end <= first ? 0 : (1 << end) - (1 << first) & ALL_CHUNKS;
  }

  /**
   * Says that these bytes are valid and as the backing store has them (P33). The rest of a chunk at
   * the edge that was not valid becomes zero; only whole chunks become clean.
   */
  public void setValidClean(int from, int size) {
    if (size == 0) {
      return;
    }
    int firstChunk = from / CHUNK;
    if (from % CHUNK != 0 && (valid() & 1 << firstChunk) == 0) {
      vm.memory.fill(address() + firstChunk * CHUNK, from % CHUNK, 0);
    }
    int end = from + size;
    if (end % CHUNK != 0 && (valid() & 1 << end / CHUNK) == 0) {
      vm.memory.fill(address() + end, CHUNK - end % CHUNK, 0);
    }
    setValid(valid() | chunks(from, size));
    setDirty(dirty() & ~wholeChunks(from, size));
    if (size == Page.SIZE) {
      cleaned();
      clear(NOSYNC);
    }
  }

  /** Fills invalid chunks with zeros (P34). */
  public void zeroInvalid(boolean andSetValid) {
    for (int i = 0; i < Page.SIZE / CHUNK; i++) {
      if ((valid() & 1 << i) == 0) {
        vm.memory.fill(address() + i * CHUNK, CHUNK, 0);
      }
    }
    if (andSetValid) {
      setValid(ALL_CHUNKS);
    }
  }

  /** Copies another page's bytes; all become valid, dirtiness is the caller's duty (P17). */
  void copyFrom(VmPage from) {
    vm.memory.copyFrame(from.frame(), frame());
    clear(ZERO);
    setValid(ALL_CHUNKS);
  }

  /** Copies the chunks that are valid in another page and not here (fault hazard H8). */
  void takeChunks(VmPage from) {
    int missing = from.valid() & ~valid();
    for (int i = 0; i < Page.SIZE / CHUNK; i++) {
      if ((missing & 1 << i) != 0) {
        for (int at = i * CHUNK; at < (i + 1) * CHUNK; at += 8) {
          vm.memory.write64(address() + at, vm.memory.read64(from.address() + at));
        }
      }
    }
    clear(ZERO);
    setValid(valid() | from.valid());
  }

  /** For tests: makes the page's masks what they say. */
  void setMasks(int valid, int dirty) {
    setValid(valid);
    setDirty(dirty);
  }

  void changeWireCount(int by) {
    setWireCount(wireCount() + by);
  }

  /** Readies a frame that was free: hard-busy, of its flags only ZERO is kept (P23). */
  void recycle() {
    keepFlags(ZERO);
    set(BUSY);
    activity = 0;
  }

  @Override
  public String toString() {
    return String.format(
        "page of frame %x, index %d of %s, flags %x, %s", frame(), index, object, flags(), queue);
  }
}
