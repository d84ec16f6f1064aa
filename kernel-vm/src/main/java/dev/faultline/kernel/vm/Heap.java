// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Protection;

/**
 * The heap of an address space: zero-filled memory between the end of the program and the break.
 * Addresses are in bytes, unsigned; the mapping behind them is in whole pages.
 */
public final class Heap {
  private final VmSpace space;
  private int start;
  private int end;

  Heap(VmSpace space) {
    this.space = space;
  }

  /** Says where the heap begins; the break stands there. */
  public void begin(int address) {
    start = address;
    end = address;
  }

  /** A child's heap is where its parent's is. */
  void inherit(Heap parent) {
    start = parent.start;
    end = parent.end;
  }

  /** Where the heap begins; 0 if there is none. */
  public int start() {
    return start;
  }

  /** The break: first address after the heap. */
  public int end() {
    return end;
  }

  /**
   * Moves the break; on failure it stays where it is. May sleep.
   *
   * @return {@link KernReturn#INVALID_ARGUMENT} below the start of the heap, {@link
   *     KernReturn#RESOURCE_SHORTAGE} beyond a limit of the process, {@link KernReturn#NO_SPACE} if
   *     another mapping is in the way
   */
  public KernReturn setEnd(int newEnd) {
    if (Integer.compareUnsigned(newEnd, start) < 0) {
      return KernReturn.INVALID_ARGUMENT;
    }
    long size = Integer.toUnsignedLong(newEnd) - Integer.toUnsignedLong(start);
    ProcessView p = space.process();
    if (p != null && size > p.dataLimit()) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    int oldPage = VmSpace.pagesIn(end);
    int newPage = VmSpace.pagesIn(newEnd);
    KernReturn result = KernReturn.SUCCESS;
    if (newPage > oldPage) {
      result = grow(oldPage, newPage);
    } else if (newPage < oldPage) {
      VmMap map = space.map();
      map.lock();
      result = map.remove(newPage, oldPage);
      map.unlock();
    }
    if (result.ok()) {
      end = newEnd;
    }
    return result;
  }

  private KernReturn grow(int from, int to) {
    if (!space.withinLimit(to - from)) {
      return KernReturn.RESOURCE_SHORTAGE;
    }
    VmMap map = space.map();
    map.lock();
    KernReturn result =
        map.insert(
            null,
            0,
            from,
            to,
            Protection.READ | Protection.WRITE,
            Protection.ALL,
            Inheritance.COPY,
            0);
    map.unlock();
    if (result.ok()) {
      space.wiring().added(from, to);
    }
    return result;
  }
}
