// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * A memory object: a numbered sequence of pages, of which some are resident, some are with the
 * pager, and others may be found in the object behind it.
 *
 * <p>Copy on write makes chains of them: a <em>shadow</em> holds what was written since the copy,
 * its <em>backing object</em> what was there before (O6). Who holds an object holds a reference; a
 * shadow holds one on its backing object (O2).
 *
 * <p>Sizes and offsets are in pages.
 */
public final class VmObject {
  /** Flag of {@link #clean}: leave out pages that the syncer need not write (V25). */
  public static final int SKIP_NOSYNC = ObjectClean.SKIP_NOSYNC;

  /** Flag: the object has ended or is ending. */
  static final int DEAD = 1;

  /** Flag: each page is mapped by one map entry at most. */
  static final int ONEMAPPING = 1 << 1;

  /** Flag: must not be split at fork. */
  static final int NOSPLIT = 1 << 2;

  /** Flag: some page may be mapped writable. */
  static final int WRITEABLE = 1 << 3;

  /** Flag: some page may be dirty. */
  static final int MIGHTBEDIRTY = 1 << 4;

  /** Flag: the kernel wires pages of it, which no map entry shows. */
  static final int PINNED = 1 << 5;

  final VmSystem vm;
  private final int id;
  private final int hashSeed;
  private ObjectType type;
  private int size;
  private int references = 1;
  private int flags;
  private int generation;

  private @Nullable VmObject backing;
  private int backingOffset;
  private int shadowCount;
  @Nullable VmObject firstShadow;
  @Nullable VmObject nextShadow;
  @Nullable VmObject previousShadow;

  private final PageList pages = new PageList();
  private int paging;

  private final @Nullable Pager pager;
  private final @Nullable Object handle;
  private @Nullable Object pagerData;

  /** The byte size of a file's object; pages beyond it do not exist (V27). */
  private long byteSize;

  private VmObject(
      VmSystem vm, ObjectType type, int size, @Nullable Pager pager, @Nullable Object handle) {
    this.vm = vm;
    this.id = vm.nextObjectId();
    this.hashSeed = id * 0x9E37_79B1 >>> 1;
    this.type = type;
    this.size = size;
    this.pager = pager;
    this.handle = handle;
    this.byteSize = (long) size << Page.SHIFT;
    if (type.anonymous()) {
      flags = ONEMAPPING;
    }
  }

  /** Anonymous memory of {@code size} pages, all zero, with one reference (O1, DP1). */
  public static VmObject anonymous(VmSystem vm, int size) {
    return new VmObject(vm, ObjectType.DEFAULT, size, null, null);
  }

  /**
   * The object of a file, with one reference and one use of the vnode for it (V1, F20). The caller
   * keeps at most one per vnode.
   *
   * @param bytes the file's size
   */
  public static VmObject forVnode(VmSystem vm, VnodeRef vnode, Pager pager, long bytes) {
    VmObject o = new VmObject(vm, ObjectType.VNODE, pagesOf(bytes), pager, vnode);
    o.byteSize = bytes;
    vnode.use();
    return o;
  }

  /**
   * The object of a file that lives in memory (tmpfs), with one reference and one use of the vnode
   * for it: anonymous memory with a name. Its changes go to swap; it is never collapsed, split or
   * extended (O6, O10, M63), and what holds of a vnode's references holds of it (O5, O7).
   *
   * @param pager finds the pages that are not on swap, and knows those that are
   * @param bytes the file's size
   */
  public static VmObject forMemoryFile(VmSystem vm, VnodeRef vnode, Pager pager, long bytes) {
    VmObject o = new VmObject(vm, ObjectType.SWAP, pagesOf(bytes), pager, vnode);
    o.byteSize = bytes;
    o.flags = NOSPLIT;
    vnode.use();
    return o;
  }

  /** The object of a device's memory: its pager hands out fictitious pages (DV2). */
  public static VmObject forDevice(VmSystem vm, Object device, Pager pager, int size) {
    return new VmObject(vm, ObjectType.DEVICE, size, pager, device);
  }

  /** An object of frames that are never paged (PH1). */
  public static VmObject physical(VmSystem vm, Pager pager, int size) {
    return new VmObject(vm, ObjectType.PHYS, size, pager, null);
  }

  static int pagesOf(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, (bytes + Page.OFFSET_MASK) >>> Page.SHIFT);
  }

  // ---- what it is ----------------------------------------------------------------------------

  /** Its type. */
  public ObjectType type() {
    return type;
  }

  /** Anonymous memory gets the swap pager at its first page-out (O1, S10). */
  public void becomeSwap() {
    if (type == ObjectType.DEFAULT) {
      type = ObjectType.SWAP;
    }
  }

  /** Nothing of it is on swap any more (S33). */
  public void becomeDefault() {
    if (type == ObjectType.SWAP) {
      type = ObjectType.DEFAULT;
    }
  }

  /** Size in pages. */
  public int size() {
    return size;
  }

  void setPages(int newSize) {
    size = newSize;
    byteSize = (long) newSize << Page.SHIFT;
  }

  /** Size in bytes; for a file not always whole pages. */
  public long byteSize() {
    return byteSize;
  }

  void setByteSize(long bytes) {
    byteSize = bytes;
    size = pagesOf(bytes);
  }

  /** What stands behind it, if not anonymous: a {@link VnodeRef} or a device. */
  public @Nullable Object handle() {
    return handle;
  }

  /** The vnode of a file's object, on a disk or in memory, else null. */
  public @Nullable VnodeRef vnode() {
    return handle instanceof VnodeRef v ? v : null;
  }

  /** What the pager knows of this object. */
  public @Nullable Object pagerData() {
    return pagerData;
  }

  /** Hangs the pager's knowledge to the object. */
  public void setPagerData(@Nullable Object data) {
    pagerData = data;
  }

  /** Unnamed anonymous memory: what may be collapsed, split, extended. */
  boolean plain() {
    return type.anonymous() && handle == null;
  }

  /** True if no page of it is mapped by two entries, and it may be split. */
  boolean mappedOnce() {
    return (flags & (ONEMAPPING | NOSPLIT)) == ONEMAPPING;
  }

  boolean has(int anyFlag) {
    return (flags & anyFlag) != 0;
  }

  /** Says that its pages are wired by the kernel itself, beside maps: a cache of buffers. */
  public void setPinned() {
    flags |= PINNED;
  }

  void set(int someFlags) {
    flags |= someFlags;
  }

  void clear(int someFlags) {
    flags &= ~someFlags;
  }

  /** True once the object ends. */
  public boolean isDead() {
    return has(DEAD);
  }

  int id() {
    return id;
  }

  int hashSeed() {
    return hashSeed;
  }

  int color() {
    return id;
  }

  /** Moves with every page that comes or goes and every change of the shadow list (O3). */
  int generation() {
    return generation;
  }

  // ---- references ----------------------------------------------------------------------------

  /** Number of references. */
  public int references() {
    return references;
  }

  /** One more reference; on a file's object it holds the vnode too (O5). */
  public void reference() {
    if (isDead()) {
      throw new KernelPanic("reference to a dead object: " + this);
    }
    references++;
    VnodeRef vnode = vnode();
    if (vnode != null) {
      vnode.use();
    }
  }

  /** One reference fewer, where the caller knows that it is not the last. */
  void dropReference() {
    references--;
  }

  /**
   * Gives a reference back (O7). The last one ends an anonymous object and goes on with its backing
   * object; the last but one may let its only shadow absorb it. May sleep: no lock may be held that
   * a fault needs (H21).
   */
  public void deallocate() {
    ObjectTermination.deallocate(this);
  }

  /**
   * Ends the object (O8): waits for paging, writes a file's dirty pages, frees all pages, tells the
   * pager. For a file's object, whose references may have gone long before, the caller is the
   * vnode's reclaim and holds its lock exclusively.
   */
  public void terminate() {
    ObjectTermination.terminate(this);
  }

  /** The object is gone; wakes who waits for that. */
  void becomeDead() {
    type = ObjectType.DEAD;
    vm.scheduler.wakeup(this);
  }

  /** Sleeps until a dying object is gone (V1). */
  public void waitDead() {
    while (type != ObjectType.DEAD) {
      vm.scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
  }

  // ---- paging in progress (O4) ---------------------------------------------------------------

  /** Operations under way that need the object to stay as it is. */
  public int paging() {
    return paging;
  }

  /** One more operation. */
  public void beginPaging() {
    paging++;
  }

  /** {@code n} operations more. */
  public void beginPaging(int n) {
    paging += n;
  }

  /** One operation fewer; the last one wakes who waits. */
  public void endPaging() {
    endPaging(1);
  }

  /** {@code n} operations fewer. */
  public void endPaging(int n) {
    paging -= n;
    if (paging < 0) {
      throw new KernelPanic("paging count below zero: " + this);
    }
    if (paging == 0) {
      vm.scheduler.wakeup(this);
    }
  }

  void waitPaging() {
    while (paging != 0) {
      vm.scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
  }

  // ---- the chain -----------------------------------------------------------------------------

  /** The object behind it, or null. */
  public @Nullable VmObject backing() {
    return backing;
  }

  /** Where this object begins in its backing object, in pages. */
  public int backingOffset() {
    return backingOffset;
  }

  /** Number of objects that have this one as their backing object. */
  public int shadowCount() {
    return shadowCount;
  }

  /** Puts this object before another, whose reference it takes over. */
  void attach(VmObject behind, int offset) {
    backing = behind;
    backingOffset = offset;
    nextShadow = behind.firstShadow;
    previousShadow = null;
    if (behind.firstShadow != null) {
      behind.firstShadow.previousShadow = this;
    }
    behind.firstShadow = this;
    behind.shadowCount++;
    behind.generation++;
  }

  /** Takes this object off its backing object; the reference is the caller's. */
  void detach() {
    VmObject behind = backing;
    if (behind == null) {
      return;
    }
    if (previousShadow == null) {
      behind.firstShadow = nextShadow;
    } else {
      previousShadow.nextShadow = nextShadow;
    }
    if (nextShadow != null) {
      nextShadow.previousShadow = previousShadow;
    }
    nextShadow = null;
    previousShadow = null;
    behind.shadowCount--;
    behind.generation++;
    backing = null;
    backingOffset = 0;
  }

  /**
   * An object for private changes to {@code length} pages from {@code offset} (O6). If the caller
   * is the only user of anonymous memory it is this object itself; else a new one before it, which
   * begins at {@code offset} and takes over the caller's reference.
   */
  public VmObject shadow(int offset, int length) {
    if (references == 1 && plain()) {
      return this;
    }
    VmObject o = anonymous(vm, length);
    o.attach(this, offset);
    return o;
  }

  /** Takes over or steps around backing objects while that is possible (O10–O15). */
  public void collapse() {
    ObjectCollapse.collapse(this);
  }

  // ---- pages ---------------------------------------------------------------------------------

  /** Number of resident pages. */
  public int residentPages() {
    return pages.size();
  }

  /** The resident page at an index, or null. */
  public @Nullable VmPage lookup(int index) {
    return vm.hash.find(this, index);
  }

  /** The resident page that came first, or null; {@link #after} leads to all others. */
  @Nullable VmPage firstPage() {
    return pages.first();
  }

  /** The resident page that came after another one, or null. */
  @Nullable VmPage after(VmPage p) {
    return vm.hash.after(p);
  }

  /** Adds a page that is in no object; nothing may be resident at the index (P4, P16). */
  public void insertPage(VmPage p, int index) {
    if (p.object != null || lookup(index) != null) {
      throw new KernelPanic("index " + index + " of " + this + " is taken, no place for " + p);
    }
    p.object = this;
    p.index = index;
    vm.hash.add(this, p);
    pages.add(p);
    generation++;
    if (p.has(VmPage.WRITEABLE) || (p.valid() & p.dirty()) != 0) {
      set(WRITEABLE | MIGHTBEDIRTY);
    }
  }

  /** Takes a busy page out; it ends in no object and not busy. */
  void removePage(VmPage p) {
    if (!p.isBusy()) {
      throw new KernelPanic("page must be busy to leave its object: " + p);
    }
    vm.hash.remove(this, p);
    pages.remove(p);
    p.object = null;
    generation++;
    p.wakeup();
  }

  /** Notes that pages may be dirty, here and with the vnode (F90, P14). */
  void mightBeDirty() {
    if (!has(MIGHTBEDIRTY)) {
      set(MIGHTBEDIRTY);
    }
    VnodeRef vnode = vnode();
    if (vnode != null) {
      vnode.markObjectDirty();
    }
  }

  /** True if pages may have changed since the last clean. */
  public boolean mayHaveDirtyPages() {
    return has(MIGHTBEDIRTY);
  }

  /**
   * The busy page at an index, allocated if nothing is resident (P31). It may be invalid: then its
   * content is the caller's to provide. Give it back with {@link VmPage#wakeup}.
   *
   * @param mayWait whether to sleep for a busy page or for memory
   * @return null if it would have to wait, or the thread is killed
   */
  public @Nullable VmPage grabPage(int index, boolean mayWait) {
    return grabPage(index, mayWait, AllocationClass.NORMAL);
  }

  /**
   * As {@link #grabPage(int)}, from the reserve if need be: for what must be read so that pages can
   * be written out.
   */
  public @Nullable VmPage grabSystemPage(int index) {
    return grabPage(index, true, AllocationClass.SYSTEM);
  }

  private @Nullable VmPage grabPage(int index, boolean mayWait, AllocationClass c) {
    while (true) {
      VmPage p = lookup(index);
      if (p == null) {
        p = vm.allocator.allocate(this, index, c);
        if (p != null) {
          return p;
        }
        if (!mayWait || !vm.allocator.waitForMemory(false)) {
          return null;
        }
      } else if (!p.isBusyAtAll()) {
        p.setBusy();
        return p;
      } else if (!mayWait) {
        return null;
      } else {
        p.sleepIfBusy(true);
      }
    }
  }

  /** As {@link #grabPage(int, boolean)}, waiting as long as it takes. */
  public @Nullable VmPage grabPage(int index) {
    return grabPage(index, true);
  }

  // ---- the pager -----------------------------------------------------------------------------

  /** Who provides the pages, by type (table of the rules PI). */
  Pager pager() {
    Pager named = pager;
    return switch (type) {
      case DEFAULT -> vm.defaultPager;
      case SWAP -> named == null ? vm.swap() : named;
      case DEAD -> vm.deadPager;
      case VNODE, DEVICE, PHYS -> {
        if (named == null) {
          throw new KernelPanic("no pager behind " + this);
        }
        yield named;
      }
    };
  }

  /** Asks the pager for a page (PI5); memory that was never paged out has none (DP1). */
  public boolean pagerHas(int index, Pager.Neighbours around) {
    return pager().hasPage(this, index, around);
  }

  /** Reads pages through the pager; on success the wanted one is wholly valid (PI1, PI2). */
  public PagerResult getPages(VmPage[] pages, int count, int wanted) {
    int index = pages[wanted].index;
    PagerResult result = pager().getPages(this, pages, count, wanted);
    if (result == PagerResult.OK) {
      VmPage p = lookup(index);
      if (p != null && !p.fullyValid()) {
        p.zeroInvalid(true);
      }
    }
    return result;
  }

  // ---- operations on ranges of pages ---------------------------------------------------------

  /**
   * Frees the pages from {@code start} to before {@code end} (O17).
   *
   * @param end 0 means all to the end
   * @param cleanOnly leaves dirty pages alone
   */
  public void removePages(int start, int end, boolean cleanOnly) {
    ObjectPages.remove(this, start, end, cleanOnly);
  }

  /**
   * Writes the dirty pages of a file's object (O21).
   *
   * @param end 0 means all to the end
   * @param flags of {@link Pager#SYNC}, {@link Pager#INVALIDATE}, {@link #SKIP_NOSYNC}
   * @return false if some page could not be written
   */
  public boolean clean(int start, int end, int flags) {
    return ObjectClean.clean(this, start, end, flags);
  }

  /**
   * The file has another size (V27–V29). The caller holds the vnode's lock exclusively, so no fault
   * is under way (F18).
   */
  public void setSize(long bytes) {
    ObjectPages.setSize(this, bytes);
  }

  @Override
  public String toString() {
    return type + " object " + id;
  }
}
