// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.mmu.Mmu;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The address space of a process as its system calls and faults see it: byte addresses, 32 bits,
 * unsigned. Below it are a {@link VmMap} and a {@link Pmap}.
 *
 * <p>Reference counted: threads and vfork share one. Lengths are rounded up to whole pages;
 * addresses of mappings must be page aligned (else {@link KernReturn#INVALID_ARGUMENT}).
 */
@SuppressWarnings("DoNotCallSuggester") // the bodies follow
public final class VmSpace {
  /** Flag of {@link #mapObject}: the syncer need not write its pages. */
  public static final int NOSYNC = 1;

  /** Flag of {@link #remap}: the mapping may move. */
  public static final int MAY_MOVE = 1;

  /** Flag of {@link #remap}: the mapping shall move to the given address. */
  public static final int FIXED = 2;

  @Nullable VmSpace next;
  @Nullable VmSpace previous;

  private VmSpace() {}

  private static KernelPanic later() {
    return new KernelPanic("not there yet");
  }

  /** An empty address space; null if there is no memory for its page directory. */
  public static @Nullable VmSpace create(VmSystem vm, ProcessView process) {
    throw later();
  }

  /** The address space of a child (M60–M68); null if there is no memory for it. */
  public @Nullable VmSpace fork(ProcessView child) {
    throw later();
  }

  /** One more user of this space: a thread, or the child of vfork. */
  public void share() {}

  /** One user fewer; the last one tears it down (PM33). May sleep. */
  public void release() {}

  /** Throws all mappings away, for exec. May sleep. */
  public void clear() {}

  /** Makes a CPU translate by this space. */
  public void activate(Mmu cpu) {}

  /** Makes a CPU leave this space, if it is on it. */
  public void deactivate(Mmu cpu) {}

  /** The map. */
  public VmMap map() {
    throw later();
  }

  /** The pmap. */
  public Pmap pmap() {
    throw later();
  }

  /** The process it was made for; null once that has gone. */
  public @Nullable ProcessView process() {
    throw later();
  }

  /** A page fault of the running thread at {@code va} (F130–F133). May sleep. */
  public FaultResult fault(int va, int errorCode, boolean userMode) {
    throw later();
  }

  /**
   * Maps zero-filled memory.
   *
   * @param hint where: exactly there if {@code fixed}, replacing what is mapped; else the first
   *     free range at or above it
   */
  public MapResult mapAnonymous(
      int hint, int length, int protection, int maxProtection, boolean shared, boolean fixed) {
    throw later();
  }

  /**
   * Maps an object, whose reference the mapping takes over on success only.
   *
   * @param firstPage page of the object that the mapping begins at
   * @param shared false for a private copy
   * @param flags of {@link #NOSYNC}
   */
  public MapResult mapObject(
      int hint,
      int length,
      int protection,
      int maxProtection,
      boolean shared,
      VmObject object,
      int firstPage,
      boolean fixed,
      int flags) {
    throw later();
  }

  /** Reserves a main stack of {@code maxSize} bytes that ends at {@code top} (M71). */
  public KernReturn mapStack(int top, int maxSize, int protection) {
    throw later();
  }

  /** Removes mappings; holes are fine. */
  public KernReturn unmap(int address, int length) {
    throw later();
  }

  /**
   * Changes rights (M28–M30). On a hole {@link KernReturn#INVALID_ADDRESS}, after the part before
   * it has been changed.
   */
  public KernReturn protect(int address, int length, int protection) {
    throw later();
  }

  /** Resizes a mapping, in place or by moving it; {@code flags} as mremap's. */
  public MapResult remap(int old, int oldLength, int newLength, int flags, int newAddress) {
    throw later();
  }

  /** Says where the heap begins; the break stands there. */
  public void setHeap(int start) {}

  /** The break: first address after the heap. */
  public int currentBreak() {
    throw later();
  }

  /** Moves the break; on failure it stays where it is. */
  public KernReturn setBreak(int newBreak) {
    throw later();
  }

  /** Takes advice (M32–M34); {@link KernReturn#INVALID_ADDRESS} on a hole. */
  public KernReturn advise(int address, int length, Advice advice) {
    throw later();
  }

  /** Drops the pages at once: anonymous memory reads zero again, files are read again. */
  public KernReturn discard(int address, int length) {
    throw later();
  }

  /** Tells what is resident (M55–M57): a byte per page into {@code vector}. */
  public KernReturn inCore(int address, int length, byte[] vector) {
    throw later();
  }

  /** Writes back (M51–M54). */
  public KernReturn sync(int address, int length, boolean synchronous, boolean invalidate) {
    throw later();
  }

  /** Wires for the user (M40–M47). */
  public KernReturn wire(int address, int length) {
    throw later();
  }

  /** Undoes {@link #wire}. */
  public KernReturn unwire(int address, int length) {
    throw later();
  }

  /**
   * Faults in and holds the pages of a buffer, so that it can be used while locks are held (V35,
   * F98).
   *
   * @param pages receives one page per page touched
   * @return how many are held: fewer than the buffer has if a fault was refused
   */
  public int hold(int address, int length, boolean write, @Nullable VmPage[] pages) {
    throw later();
  }

  /** Releases what {@link #hold} held. */
  public void unhold(@Nullable VmPage[] pages, int count) {
    throw later();
  }

  /** Resident pages. */
  public int residentPages() {
    throw later();
  }

  /** Pages on swap, in proportion (D22). */
  public int swapPages() {
    throw later();
  }

  /** Mapped pages. */
  public int mappedPages() {
    throw later();
  }

  /** Pages of the main stack that are mapped. */
  public int stackPages() {
    throw later();
  }

  /** Shows every mapping, lowest first. Nobody may sleep meanwhile. */
  public void forEachMapping(Consumer<VmMapEntry> visitor) {}
}
