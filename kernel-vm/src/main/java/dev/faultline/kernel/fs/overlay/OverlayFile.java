// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.VnodePages;
import dev.faultline.kernel.pager.BackingFile;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * A regular file. What nobody has changed is read from the lower layer, page by page, and may be
 * dropped again; what has been changed stays in memory or goes to swap.
 *
 * <p>A page that may become dirty is charged to the {@link OverlaySpace}: by a write, or when it
 * comes in after the file was mapped shared and writable.
 */
final class OverlayFile extends OverlayVnode implements BackingFile {
  /** Beyond this, page numbers would not fit. */
  private static final long MAX_SIZE = (long) Integer.MAX_VALUE << Page.SHIFT;

  private final @Nullable SourceNode lower;
  private final IntSet charged = new IntSet();
  private long size;

  /** Bytes from the start that the lower layer still has to say something about. */
  private long lowerSize;

  private boolean mappedWritable;
  private @Nullable VmObject object;

  OverlayFile(OverlayFs fs, long ino, @Nullable SourceNode lower) {
    super(fs, FileType.REG, ino, lower);
    this.lower = lower;
    if (lower != null) {
      size = lower.size();
      lowerSize = size;
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  long blocks() {
    long below = (lowerSize + 511) / 512;
    return Math.max(below, (long) charged.size() * (Page.SIZE / 512));
  }

  @Override
  public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
    return reclaimed() ? Result.failure(Errno.ENOENT) : super.open(caller, path, flags);
  }

  // ---- pages ---------------------------------------------------------------------------------

  @Override
  public @Nullable VmObject object() {
    return reclaimed() ? null : pages();
  }

  /** The object, which stays without references while nobody maps the file (V1, V2). */
  private VmObject pages() {
    VmObject o = object;
    if (o == null) {
      hold();
      o = VmObject.forMemoryFile(overlay().vm(), this, overlay().pager(), size);
      object = o;
      o.deallocate();
      release();
    }
    return o;
  }

  @Override
  public int read(long position, byte[] to, int offset, int count) {
    if (position >= size || count == 0) {
      return 0;
    }
    return VnodePages.read(overlay().vm(), pages(), position, to, offset, count);
  }

  @Override
  public int write(long position, byte[] from, int offset, int count) {
    if (position > MAX_SIZE - count) {
      return -Errno.EFBIG;
    }
    if (count == 0) {
      return 0;
    }
    VmObject o = pages();
    int n = VnodePages.write(overlay().vm(), o, position, from, offset, count, this::admit);
    size = o.byteSize();
    if (n > 0) {
      modified();
    }
    return n;
  }

  @Override
  public int truncate(long newSize) {
    if (newSize > MAX_SIZE) {
      return -Errno.EFBIG;
    }
    VmObject o = object;
    if (o != null) {
      int error = newSize < size ? bringTailIn(o, newSize) : 0;
      if (error != 0) {
        return error;
      }
      o.setSize(newSize);
    }
    if (newSize < size) {
      int end = (int) ((newSize + Page.OFFSET_MASK) >>> Page.SHIFT);
      int before = charged.size();
      charged.retain(index -> index < end);
      overlay().space().removePages(before - charged.size());
    }
    size = newSize;
    lowerSize = Math.min(lowerSize, newSize);
    modified();
    return 0;
  }

  /** The last page is cut off in memory: it must not stay whole on swap alone. */
  private int bringTailIn(VmObject o, long newSize) {
    int index = (int) (newSize >>> Page.SHIFT);
    if ((newSize & Page.OFFSET_MASK) == 0 || !overlay().space().isOnSwap(o, index)) {
      return 0;
    }
    Result<VmPage> page = VnodePages.validPage(overlay().vm(), o, index);
    if (page.isOk()) {
      page.value().wakeup();
    }
    return page.error();
  }

  @Override
  public int prepareSharedMapping() {
    if (!mappedWritable) {
      lock().lockExclusive();
      // Those that stay are dirty, and charged: every other one will come by again.
      pages().removePages(0, 0, true);
      mappedWritable = true;
      lock().unlock();
    }
    return 0;
  }

  @Override
  public void markObjectDirty() {
    modified();
  }

  @Override
  void reclaim() {
    VmObject o = object;
    if (o != null) {
      lock().lockExclusive();
      o.terminate();
      lock().unlock();
    }
    overlay().space().removePages(charged.size());
    charged.retain(index -> false);
    overlay().space().forget(this);
  }

  // ---- room ----------------------------------------------------------------------------------

  int chargedPages() {
    return charged.size();
  }

  private int admit(int index, int start, int bytes) {
    int error = charge(index);
    return error == 0 ? bytes : error;
  }

  private int charge(int index) {
    if (charged.contains(index)) {
      return 0;
    }
    if (!overlay().space().addPage(this)) {
      return -Errno.ENOSPC;
    }
    charged.add(index);
    return 0;
  }

  /** Pages of it on swap. */
  int pagesOnSwap() {
    return object == null ? 0 : overlay().vm().swap().usedBy(object);
  }

  /**
   * Frees the charged pages that are not dirty after all, nor on swap, and their room. Does not
   * sleep.
   */
  void dropCleanPages() {
    VmObject o = object;
    if (o != null) {
      int before = charged.size();
      charged.retain(index -> overlay().space().isOnSwap(o, index) || mustStay(o.lookup(index)));
      overlay().space().removePages(before - charged.size());
    }
  }

  /** True if a page is dirty or in use; else it is freed. */
  private static boolean mustStay(@Nullable VmPage page) {
    if (page == null) {
      return false;
    }
    if (page.isBusy() || page.softBusy() > 0 || page.wireCount() > 0 || page.holdCount() > 0) {
      return true;
    }
    page.setBusy();
    page.unmap();
    if (page.dirty() != 0) {
      page.wakeup();
      return true;
    }
    page.free();
    return false;
  }

  // ---- below the pages -----------------------------------------------------------------------

  @Override
  public boolean isMounted() {
    return !reclaimed();
  }

  /** Reads what the lower layer has; behind it are zeros. */
  @Override
  public int fetch(long position, byte[] to, int offset, int count) {
    if (mappedWritable && charge((int) (position >>> Page.SHIFT)) != 0) {
      return NO_SPACE;
    }
    int below = Math.clamp(lowerSize - position, 0, count);
    if (below == 0 || lower == null) {
      return 0;
    }
    return lower.read(position, to, offset, below) == below ? below : IO_ERROR;
  }
}
