// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.pmap.PageFrame;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pager of one device's memory (DV1–DV8): in the place of RAM it puts fictitious pages, which
 * stand for frames of the device.
 *
 * <p>A driver's memory does not move, so there is one fictitious page per page of the device at
 * most; it is used again when the object has let go of it (DV6).
 */
public final class DevicePager implements Pager {
  /** What the driver says of its memory. */
  @FunctionalInterface
  public interface DeviceMemory {
    /**
     * The frame behind a page of the device.
     *
     * @param page from 0
     * @param protection the rights that are asked for, of {@link
     *     dev.faultline.kernel.pmap.Protection}
     * @return physical address divided by the page size; -1 if it may not be mapped so
     */
    int frame(int page, int protection);
  }

  private final VmSystem vm;
  private final DeviceMemory device;

  /** The object as long as it is mapped somewhere (DV2). */
  private @Nullable VmObject object;

  /** The fictitious pages by index, made when first needed. */
  private @Nullable VmPage[] made = new @Nullable VmPage[0];

  /** A pager for the memory of {@code device}. */
  public DevicePager(VmSystem vm, DeviceMemory device) {
    this.vm = vm;
    this.device = device;
  }

  /**
   * The device's object with one more reference, for a mapping (DV1, DV2). May sleep.
   *
   * @return null if the driver does not accept every page of the range with these rights
   */
  public @Nullable VmObject object(int firstPage, int pages, int protection) {
    if (firstPage < 0 || pages <= 0 || firstPage > Integer.MAX_VALUE - pages) {
      return null;
    }
    int end = firstPage + pages;
    for (int i = firstPage; i < end; i++) {
      if (device.frame(i, protection) == -1) {
        return null;
      }
    }
    VmObject o = object;
    while (o != null && o.isDead()) {
      o.waitDead();
      o = object;
    }
    if (o == null) {
      o = VmObject.forDevice(vm, device, this, end);
      object = o;
      return o;
    }
    o.reference();
    if (o.size() < end) {
      o.setSize((long) end << Page.SHIFT);
    }
    return o;
  }

  /** DV5: always, but nothing comes with it. */
  @Override
  public boolean hasPage(VmObject of, int index, Neighbours around) {
    around.set(0, 0);
    return true;
  }

  /** DV4. */
  @Override
  public PagerResult getPages(VmObject of, VmPage[] pages, int count, int wanted) {
    VmPage page = pages[wanted];
    int index = page.index();
    Pager.freeOthers(pages, count, wanted);
    int frame = device.frame(index, 0);
    if (frame == -1) {
      return PagerResult.BAD;
    }
    if (page.has(PageFrame.FICTITIOUS)) {
      page.pointAt(frame);
      return PagerResult.OK;
    }
    if (page.has(VmPage.ZERO)) {
      page.freeZero();
    } else {
      page.free();
    }
    of.insertPage(fictitious(index, frame), index);
    return PagerResult.OK;
  }

  private VmPage fictitious(int index, int frame) {
    if (index >= made.length) {
      made = Arrays.copyOf(made, Math.max(index + 1, object == null ? 0 : object.size()));
    }
    VmPage p = made[index];
    if (p == null) {
      p = VmPage.fictitious(vm, frame);
      made[index] = p;
      return p;
    }
    p.pointAt(frame);
    p.setBusy();
    return p;
  }

  @Override
  public void putPages(VmObject of, VmPage[] pages, int count, int flags, PagerResult[] results) {
    throw new KernelPanic("device memory is to be paged out: " + of);
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // an object is an identity
  public void dealloc(VmObject of) {
    if (object == of) {
      object = null;
    }
  }
}
