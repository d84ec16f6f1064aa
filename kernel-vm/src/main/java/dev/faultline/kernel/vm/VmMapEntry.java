// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** A range of a map with one object and one set of attributes. Addresses are page numbers. */
public final class VmMapEntry {
  /** Flag: private; writers get their own copy. */
  static final int COW = 1;

  /** Flag: the first write must make a shadow object; always with {@link #COW}. */
  static final int NEEDS_COPY = 1 << 1;

  /** Flag: a fault here is a bug (F13). */
  static final int NOFAULT = 1 << 2;

  /** Flag: pages written through it need no syncing (F91). */
  static final int NOSYNC = 1 << 3;

  /** Flag: left out of core dumps. */
  static final int NOCOREDUMP = 1 << 4;

  /** Flag: wired by its process, which counts once (M40). */
  static final int USER_WIRED = 1 << 5;

  /** Flag: a range operation is under way that may sleep (M50). */
  static final int IN_TRANSITION = 1 << 6;

  /** Flag: somebody waits for that to end. */
  static final int NEEDS_WAKEUP = 1 << 7;

  /** Flag: leads to another map instead of an object. */
  static final int IS_SUB_MAP = 1 << 8;

  /** Flag: this call has wired it, and must undo that if it fails (M43). */
  static final int FRESHLY_WIRED = 1 << 9;

  /** Flag of a removed entry whose range stays mapped: only its pages go. */
  static final int CONTENT_ONLY = 1 << 10;

  /** Flag: left out of children, whatever the inheritance says, until that is taken back. */
  static final int NOFORK = 1 << 11;

  int start;
  int end;
  @Nullable VmObject object;
  @Nullable VmMap submap;

  /** Page of the object that the entry begins at. */
  int offset;

  int protection;
  int maxProtection;
  Inheritance inheritance = Inheritance.COPY;
  int wiredCount;

  /** Pages that a stack may still grow below this entry. */
  int stackLeft;

  /** Object index after the last cluster read: where sequential access would go on (F48). */
  int lastRead;

  int flags;
  Advice behaviour = Advice.NORMAL;

  /** Neighbours by address, through the map's header. */
  VmMapEntry next = this;

  VmMapEntry previous = this;

  /** Children in the map's tree. */
  @Nullable VmMapEntry left;

  @Nullable VmMapEntry right;

  /** Height of the subtree. */
  int height;

  /** Most free pages right above an entry of the subtree. */
  int largestGap;

  VmMapEntry() {}

  boolean has(int anyFlag) {
    return (flags & anyFlag) != 0;
  }

  int pages() {
    return end - start;
  }

  /** Makes this entry, whose bounds stay its own, like another one. */
  void takeAttributes(VmMapEntry from) {
    object = from.object;
    submap = from.submap;
    offset = from.offset;
    protection = from.protection;
    maxProtection = from.maxProtection;
    inheritance = from.inheritance;
    wiredCount = from.wiredCount;
    lastRead = from.lastRead;
    flags = from.flags;
    behaviour = from.behaviour;
  }

  /** An object of its own from now on (M22). */
  void shadow() {
    VmObject o = object;
    if (o == null) {
      throw new KernelPanic("nothing to shadow in " + this);
    }
    VmObject own = o.shadow(offset, pages());
    if (own != o) {
      object = own;
      offset = 0;
    }
    flags &= ~NEEDS_COPY;
  }

  /** Byte address of its first page. */
  public int startAddress() {
    return start << Page.SHIFT;
  }

  /** Byte address after its last page; 0 at the end of the address space. */
  public int endAddress() {
    return end << Page.SHIFT;
  }

  /** Current rights, {@link Protection} bits. */
  public int protection() {
    return protection;
  }

  /** The rights that may be given. */
  public int maxProtection() {
    return maxProtection;
  }

  /** True if writes are seen by others, or will be by a child. */
  public boolean shared() {
    return inheritance == Inheritance.SHARE || writesThrough();
  }

  /**
   * True if what is written through it reaches a file, a device, or memory that was made to be
   * shared or that another entry shows too: it must never become a private mapping (M67).
   */
  boolean writesThrough() {
    VmObject o = object;
    return o != null && !has(COW) && !(o.plain() && o.mappedOnce());
  }

  /** True if the main stack grows down from it. */
  public boolean growsDown() {
    return stackLeft > 0;
  }

  /** The object it leads to first; null if untouched anonymous memory. */
  public @Nullable VmObject object() {
    return object;
  }

  /** The object at the end of its chain: a file's if it maps a file. */
  public @Nullable VmObject bottomObject() {
    VmObject o = object;
    while (o != null && o.backing() != null) {
      o = o.backing();
    }
    return o;
  }

  /** Offset of its first page in {@link #bottomObject}, in pages. */
  public int bottomOffset() {
    int at = offset;
    VmObject o = object;
    while (o != null && o.backing() != null) {
      at += o.backingOffset();
      o = o.backing();
    }
    return at;
  }

  @Override
  public String toString() {
    return String.format("%05x-%05x %d/%d flags %x", start, end, protection, maxProtection, flags);
  }
}
