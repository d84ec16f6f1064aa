// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.FileSystemStat;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pager.TmpfsPager;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;

/**
 * A tree that can be changed, over a tree that cannot: nothing is ever written below, all changes
 * are in the guest's memory or on its swap, and end with it.
 *
 * <p>File numbers are given out in the order in which directories are first listed, so that they
 * are the same in each run. Directories of the lower layer show one link, which says "unknown".
 * Reading does not move access times.
 */
public final class OverlayFs extends FileSystem {
  private static final int TMPFS_MAGIC = 0x0102_1994;

  private final VmSystem vm;
  private final TmpfsPager pager;
  private final OverlaySpace space;
  private final OverlayDirectory root;
  private long lastIno;

  /**
   * An overlay.
   *
   * @param lower a directory; an empty {@link SourceDirectory} makes it a tmpfs
   * @param typeName as in /proc/mounts
   */
  public OverlayFs(
      FileLayer layer, VmSystem vm, OverlaySpace space, SourceNode lower, String typeName) {
    super(layer, layer.newAnonymousDevice(), typeName);
    this.vm = vm;
    pager = new TmpfsPager(vm);
    this.space = space;
    root = new OverlayDirectory(this, newIno(), null, lower);
    root.hold();
  }

  @Override
  public Vnode root() {
    return root;
  }

  @Override
  public FileSystemStat stat() {
    return new FileSystemStat(
        TMPFS_MAGIC,
        Page.SIZE,
        space.maxPages(),
        Math.max(0, space.freePages()),
        space.maxFiles(),
        space.maxFiles() - space.names());
  }

  VmSystem vm() {
    return vm;
  }

  TmpfsPager pager() {
    return pager;
  }

  OverlaySpace space() {
    return space;
  }

  long newIno() {
    return ++lastIno;
  }
}
