// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.PagerResult;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.kernel.vm.VnodeRef;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * Reading and writing a file through the pages of its object, the same that mappings show (V30,
 * V31). Every file system's regular files go this way.
 *
 * <p>The caller holds the vnode's lock, once and shared for a read (it is given up while memory is
 * waited for), exclusively for a write; the other side of the transfer is kernel memory (V35).
 */
public final class VnodePages {
  /** Asked before a page is written to, which is resident and busy. */
  @FunctionalInterface
  public interface Admission {
    /**
     * Asks for {@code size} bytes from {@code from} of a page; may sleep.
     *
     * @return how many of them may come to be dirty, at least one; -ENOSPC, -EIO
     */
    int admit(int pageIndex, int from, int size);
  }

  /** Pages in one transfer from the disk. */
  private static final int CLUSTER = 16;

  private VnodePages() {}

  /**
   * Reads bytes.
   *
   * @return bytes read, fewer at the end of the file or before a page that cannot be had; -EIO, or
   *     -EINTR for a thread that is killed
   */
  public static int read(
      VmSystem vm, VmObject object, long position, byte[] to, int offset, int size) {
    int done = 0;
    while (done < Math.min(size, object.byteSize() - position)) {
      long at = position + done;
      int within = (int) (at & Page.OFFSET_MASK);
      int index = (int) (at >>> Page.SHIFT);
      VmPage grabbed = grab(vm, object, index, false);
      if (grabbed == null) {
        return done > 0 ? done : -Errno.EINTR;
      }
      // Waiting for memory gives up the lock: the file may have become shorter.
      long left = Math.min(size, object.byteSize() - position) - done;
      if (left <= 0) {
        dispose(grabbed);
        break;
      }
      int n = (int) Math.min(left, Page.SIZE - within);
      int ahead = grabbed.fullyValid() ? 0 : readAhead(object, index, at, left);
      Result<VmPage> got = complete(object, grabbed, ahead);
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
      Result<VmPage> got = whole ? freshPage(vm, object, index) : validPage(vm, object, index);
      if (!got.isOk()) {
        error = got.error();
        break;
      }
      VmPage page = got.value();
      page.clear(VmPage.ZERO);
      int admitted = admission.admit(index, within, n);
      if (admitted > 0) {
        vm.memory().put(page.address() + within, from, offset + done, admitted);
        page.makeDirty(within, admitted);
        done += admitted;
      }
      page.wakeup();
      if (admitted < n) {
        error = admitted < 0 ? admitted : -Errno.ENOSPC;
      }
    }
    if (error != 0 && object.byteSize() > oldSize) {
      object.setSize(Math.max(oldSize, position + done));
    }
    return done > 0 || error == 0 ? done : error;
  }

  /**
   * How many pages behind this one should come along: what the call itself will read, and the rest
   * of a cluster if the page before is here, which is what a sequential reader looks like.
   */
  private static int readAhead(VmObject object, int index, long at, long wanted) {
    VmPage before = index == 0 ? null : object.lookup(index - 1);
    boolean sequential = index == 0 || (before != null && before.valid() != 0);
    if (sequential) {
      return CLUSTER - 1;
    }
    long last = at + wanted - 1 >>> Page.SHIFT;
    return (int) Math.min(CLUSTER - 1, last - index);
  }

  /**
   * The page at an index, all valid and busy; -EIO, -EINTR for a thread that is killed. The vnode's
   * lock is held exclusively.
   */
  public static Result<VmPage> validPage(VmSystem vm, VmObject object, int index) {
    VmPage page = grab(vm, object, index, true);
    return page == null ? Result.failure(Errno.EINTR) : complete(object, page, 0);
  }

  /** Reads what is not valid of a busy page. */
  private static Result<VmPage> complete(VmObject object, VmPage page, int ahead) {
    int index = page.index();
    if (page.fullyValid()) {
      return Result.of(page);
    }
    PagerResult result = getPages(object, page, ahead);
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

  private static PagerResult getPages(VmObject object, VmPage page, int ahead) {
    Pager.Neighbours around = new Pager.Neighbours();
    if (ahead == 0 || page.valid() != 0 || !object.pagerHas(page.index(), around)) {
      return object.getPages(new VmPage[] {page}, 1, 0);
    }
    int more = Math.min(ahead, around.after);
    VmPage[] pages = new VmPage[1 + more];
    pages[0] = page;
    int count = 1;
    while (count <= more && object.lookup(page.index() + count) == null) {
      VmPage next = object.grabPage(page.index() + count, false);
      if (next == null) {
        break;
      }
      pages[count++] = next;
    }
    return object.getPages(pages, count, 0);
  }

  /** The busy page at an index, which is about to be overwritten: what is not valid is zero. */
  private static Result<VmPage> freshPage(VmSystem vm, VmObject object, int index) {
    VmPage page = grab(vm, object, index, true);
    if (page == null) {
      return Result.failure(Errno.EINTR);
    }
    page.zeroInvalid(true);
    return Result.of(page);
  }

  /**
   * The busy page at an index; it may have lain in the cache, which holds nobody's pages. Where
   * memory is short it must not be this file's lock that keeps the page daemon from making some: a
   * writer writes the file's dirty pages himself, a reader lets the lock go while he waits.
   *
   * @return null if the thread is killed
   */
  private static @Nullable VmPage grab(VmSystem vm, VmObject object, int index, boolean exclusive) {
    while (true) {
      VmPage page = object.grabPage(index, false);
      if (page != null) {
        page.activate();
        return page;
      }
      page = object.lookup(index);
      if (page != null) {
        page.sleepIfBusy(true);
      } else if (!(exclusive ? waitAsWriter(vm, object) : waitAsReader(vm, object))) {
        return null;
      }
    }
  }

  private static boolean waitAsWriter(VmSystem vm, VmObject object) {
    object.clean(0, 0, Pager.SYNC);
    return vm.waitForMemory();
  }

  private static boolean waitAsReader(VmSystem vm, VmObject object) {
    VnodeRef vnode = object.vnode();
    if (vnode == null) {
      return vm.waitForMemory();
    }
    vnode.unlockShared();
    boolean alive = vm.waitForMemory();
    vnode.lockShared();
    return alive;
  }

  private static void dispose(VmPage page) {
    if (page.valid() == 0 && page.wireCount() == 0) {
      page.free();
    } else {
      page.wakeup();
    }
  }
}
