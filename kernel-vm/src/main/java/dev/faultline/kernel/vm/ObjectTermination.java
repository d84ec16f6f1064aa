// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/** References given back, and what becomes of an object that loses its last ones (O7, O8). */
final class ObjectTermination {
  private ObjectTermination() {}

  /** {@link VmObject#deallocate}: down the chain, as far as last references go. */
  static void deallocate(VmObject top) {
    VmObject o = top;
    while (o != null) {
      o.dropReference();
      VnodeRef vnode = o.vnode();
      if (vnode != null) {
        vnode.unuse();
        return;
      }
      if (o.references() > 1) {
        return;
      }
      o = o.references() == 1 ? becameSingle(o) : end(o);
    }
  }

  /** One reference is left; the object to deallocate next, or null. */
  private static @Nullable VmObject becameSingle(VmObject o) {
    if (o.shadowCount() == 0) {
      o.set(o.type().anonymous() ? VmObject.ONEMAPPING : 0);
      return null;
    }
    VmObject shadow = o.firstShadow;
    if (o.shadowCount() != 1 || !o.plain() || shadow == null || !shadow.plain()) {
      return null;
    }
    shadow.reference();
    while (shadow.paging() != 0 || o.paging() != 0) {
      shadow.waitPaging();
      o.waitPaging();
    }
    if (shadow.references() > 1) {
      shadow.collapse();
    }
    return shadow;
  }

  /** No reference is left: ends the object; its backing object, whose reference goes too. */
  private static @Nullable VmObject end(VmObject o) {
    VmObject behind = o.backing();
    if (behind != null) {
      o.detach();
    }
    terminate(o);
    return behind;
  }

  /** {@link VmObject#terminate}. */
  static void terminate(VmObject o) {
    o.set(VmObject.DEAD);
    o.waitPaging();
    if (o.type() == ObjectType.VNODE) {
      o.clean(0, 0, Pager.SYNC);
    }
    VmPage p = o.firstPage();
    while (p != null) {
      if (!p.sleepIfBusy(true)) {
        freePage(o, p);
      }
      p = o.firstPage();
    }
    o.pager().dealloc(o);
    o.becomeDead();
  }

  /** Mappings go first (X14); a wired page only leaves the object. */
  private static void freePage(VmObject o, VmPage p) {
    p.setBusy();
    p.unmap();
    if (p.wireCount() != 0 && !p.has(VmPage.FICTITIOUS)) {
      o.removePage(p);
    } else {
      o.vm.meter.increment(Counter.V_PFREE);
      p.free();
    }
  }
}
