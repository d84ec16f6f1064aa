// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * Reading and writing a file through the pages of its object, the same that mappings show (V30,
 * V31). Every file system's regular files go this way.
 *
 * <p>The caller holds the vnode's lock, exclusively for a write; the other side of the transfer is
 * kernel memory (V35).
 */
public final class VnodePages {
  /** Asked before a page is written to, which is resident and busy. */
  @FunctionalInterface
  public interface Admission {
    /** 0 if the page may come to be dirty, or -ENOSPC. */
    int admit(int pageIndex);
  }

  private VnodePages() {}

  /**
   * Reads bytes.
   *
   * @return bytes read, fewer at the end of the file or before a page that cannot be had; -EIO, or
   *     -EINTR for a thread that is killed
   */
  public static int read(
      VmSystem vm, VmObject object, long position, byte[] to, int offset, int size) {
    long inside = Math.min(size, object.byteSize() - position);
    int done = 0;
    while (done < inside) {
      long at = position + done;
      int within = (int) (at & Page.OFFSET_MASK);
      int n = (int) Math.min(inside - done, Page.SIZE - within);
      Result<VmPage> got = validPage(object, (int) (at >>> Page.SHIFT));
      if (!got.isOk()) {
        return done > 0 ? done : got.error();
      }
      VmPage page = got.value();
      vm.memory().get(page.address() + within, to, offset + done, n);
      page.wakeup();
      done += n;
    }
    return done;
  }

  /**
   * Writes bytes, extending the object. The file's own size is the caller's to follow up: it is
   * {@link VmObject#byteSize()} afterwards.
   *
   * @return bytes written, fewer if a page was not admitted or not to be had; -ENOSPC, -EIO, -EINTR
   */
  public static int write(
      VmSystem vm,
      VmObject object,
      long position,
      byte[] from,
      int offset,
      int size,
      Admission admission) {
    long oldSize = object.byteSize();
    if (position + size > oldSize) {
      object.setSize(position + size);
    }
    int done = 0;
    int error = 0;
    while (done < size && error == 0) {
      long at = position + done;
      int index = (int) (at >>> Page.SHIFT);
      int within = (int) (at & Page.OFFSET_MASK);
      int n = Math.min(size - done, Page.SIZE - within);
      boolean whole = n == Page.SIZE || (at & Page.MASK) >= oldSize;
      Result<VmPage> got = whole ? freshPage(object, index) : validPage(object, index);
      if (!got.isOk()) {
        error = got.error();
        break;
      }
      VmPage page = got.value();
      page.clear(VmPage.ZERO);
      error = admission.admit(index);
      if (error != 0) {
        page.wakeup();
        break;
      }
      vm.memory().put(page.address() + within, from, offset + done, n);
      page.makeDirty();
      page.wakeup();
      done += n;
    }
    if (error != 0 && object.byteSize() > oldSize) {
      object.setSize(Math.max(oldSize, position + done));
    }
    return done > 0 || error == 0 ? done : error;
  }

  /** The busy page at an index, all valid. */
  private static Result<VmPage> validPage(VmObject object, int index) {
    VmPage page = grab(object, index);
    if (page == null) {
      return Result.failure(Errno.EINTR);
    }
    if (page.fullyValid()) {
      return Result.of(page);
    }
    PagerResult result = object.getPages(new VmPage[] {page}, 1, 0);
    // The pager may have put another page into its place.
    VmPage now = object.lookup(index);
    if (now == null) {
      return Result.failure(Errno.EIO);
    }
    if (result == PagerResult.OK) {
      return Result.of(now);
    }
    if (result == PagerResult.FAIL) {
      now.zeroInvalid(true);
      return Result.of(now);
    }
    dispose(now);
    return Result.failure(Errno.EIO);
  }

  /** The busy page at an index, which is about to be overwritten: what is not valid is zero. */
  private static Result<VmPage> freshPage(VmObject object, int index) {
    VmPage page = grab(object, index);
    if (page == null) {
      return Result.failure(Errno.EINTR);
    }
    page.zeroInvalid(true);
    return Result.of(page);
  }

  /** The busy page at an index; it may have lain in the cache, which holds nobody's pages. */
  private static @Nullable VmPage grab(VmObject object, int index) {
    VmPage page = object.grabPage(index);
    if (page != null) {
      page.activate();
    }
    return page;
  }

  private static void dispose(VmPage page) {
    if (page.valid() == 0 && page.wireCount() == 0) {
      page.free();
    } else {
      page.wakeup();
    }
  }
}
