// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;
import dev.faultline.kernel.pmap.Protection;
import dev.faultline.mmu.Page;

/** What a process wires for itself: mlock and its relatives (M40–M47). All calls may sleep. */
public final class UserWiring {
  private final VmMap map;
  private boolean future;

  UserWiring(VmMap map) {
    this.map = map;
  }

  /** One past the last page that the bytes touch. */
  private static int endOf(int address, int length) {
    return VmObject.pagesOf(Integer.toUnsignedLong(address) + Integer.toUnsignedLong(length));
  }

  /**
   * Wires every page that the bytes touch.
   *
   * @return {@link KernReturn#RESOURCE_SHORTAGE} if too much would be wired (M47), {@link
   *     KernReturn#INVALID_ADDRESS} on a hole (M41), or why a page could not be brought in; then
   *     nothing has changed
   */
  public KernReturn wire(int address, int length) {
    int end = endOf(address, length);
    if (end > Pmap.KERNEL_PAGE) {
      return KernReturn.INVALID_ADDRESS;
    }
    return end <= Page.number(address)
        ? KernReturn.SUCCESS
        : MapWire.wire(map, Page.number(address), end, true);
  }

  /**
   * Undoes {@link #wire} where it was done; what is not wired stays as it is.
   *
   * @return {@link KernReturn#INVALID_ADDRESS} on a hole; the rest has been unwired
   */
  public KernReturn unwire(int address, int length) {
    int end = endOf(address, length);
    if (end > Pmap.KERNEL_PAGE) {
      return KernReturn.INVALID_ADDRESS;
    }
    return unwire(Page.number(address), end, false);
  }

  private KernReturn unwire(int start, int end, boolean holes) {
    KernReturn result = KernReturn.SUCCESS;
    int at = start;
    while (at < end) {
      map.lock.lockShared();
      VmMapEntry e = map.ceiling(at);
      boolean found = map.isBefore(e, end);
      if (!found || e.start > at) {
        result = holes ? result : KernReturn.INVALID_ADDRESS;
      }
      int from = found ? Math.max(at, e.start) : end;
      int to = found ? Math.min(end, e.end) : end;
      boolean wired = found && e.has(VmMapEntry.USER_WIRED);
      map.lock.unlockShared();
      if (wired) {
        MapWire.unwire(map, from, to, true);
      }
      at = to;
    }
    return result;
  }

  /**
   * Wires all that is mapped now and may be read; what cannot be brought in is passed over.
   *
   * @return {@link KernReturn#RESOURCE_SHORTAGE} if too much would be wired; some of it then is
   */
  public KernReturn wireAll() {
    int at = map.min;
    while (true) {
      map.lock.lockShared();
      VmMapEntry e = map.ceiling(at);
      boolean end = map.isEnd(e);
      int from = e.start;
      int to = e.end;
      boolean readable = (e.protection & Protection.READ) != 0;
      map.lock.unlockShared();
      if (end) {
        return KernReturn.SUCCESS;
      }
      if (readable && MapWire.wire(map, from, to, true) == KernReturn.RESOURCE_SHORTAGE) {
        return KernReturn.RESOURCE_SHORTAGE;
      }
      at = to;
    }
  }

  /** Undoes all wiring, and {@link #setFuture}. */
  public void unwireAll() {
    future = false;
    unwire(map.min, map.max, true);
  }

  /** Says whether what will be mapped from now on is wired at once. */
  public void setFuture(boolean on) {
    future = on;
  }

  /**
   * A range has become mapped: wires it if that was asked for. What may not be read is left alone:
   * bringing it in would take the right to write it later (F12). Nothing is locked.
   */
  void added(int start, int end) {
    if (future && start < end && map.checkProtection(start, end, Protection.READ)) {
      MapWire.wire(map, start, end, true);
    }
  }
}
