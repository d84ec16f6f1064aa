// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.VmObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Brings files and metadata to the disk: all at once for {@code sync}, what has changed some time
 * ago for the syncer; and makes what was freed usable again once it is there that nothing points to
 * it any more.
 */
final class WriteBack {
  private static final int MAX_FREED_RECORDS = 4_096;

  private final Ext2Fs fs;
  private final Syncer syncer;
  private final Set<Ext2File> dirtyFiles = new LinkedHashSet<>();
  private FreedSpace freed = new FreedSpace();
  private long blocksBeingReleased;

  WriteBack(Ext2Fs fs) {
    this.fs = fs;
    syncer = new Syncer(fs.layer().scheduler(), fs.vm().time(), this::syncSoon);
  }

  /** What runs in the background. */
  Syncer syncer() {
    return syncer;
  }

  // ---- files -----------------------------------------------------------------------------------

  /** A file has pages that are not on the disk. */
  void noteDirty(Ext2File file) {
    if (dirtyFiles.add(file)) {
      syncer.need();
    }
  }

  /** A file has no such pages. */
  void noteClean(Ext2File file) {
    dirtyFiles.remove(file);
  }

  /** Brings everything to the disk; 0 or -EIO. May sleep. */
  int syncAll() {
    boolean ok = true;
    for (Ext2File file : List.copyOf(dirtyFiles)) {
      ok &= write(file, 0);
    }
    for (Ext2File file : List.copyOf(dirtyFiles)) {
      ok &= write(file, Pager.SYNC);
    }
    int error = syncMetadata();
    if (error == 0) {
      // What became free, and is so in the bitmaps now.
      error = fs.cache().sync();
    }
    return ok ? error : -Errno.EIO;
  }

  private static boolean write(Ext2File file, int flags) {
    file.hold();
    file.lock().lockExclusive();
    boolean ok = file.writePages(flags) && file.update() == 0;
    file.lock().unlock();
    file.release();
    return ok;
  }

  /** What the syncer does. */
  private void syncSoon() {
    for (Ext2File file : List.copyOf(dirtyFiles)) {
      write(file, VmObject.SKIP_NOSYNC);
    }
    syncMetadata();
  }

  // ---- metadata --------------------------------------------------------------------------------

  /** What was freed and is not usable yet. */
  FreedSpace freed() {
    return freed;
  }

  /** Blocks that were freed and will be usable. */
  long freedBlocks() {
    return freed.blocks() + blocksBeingReleased;
  }

  /**
   * Brings all metadata to the disk, in order, and with it the data written before; then what was
   * freed may be used again. May sleep. 0 or -EIO.
   */
  int syncMetadata() {
    if (fs.readOnly() || !fs.isMounted()) {
      return 0;
    }
    FreedSpace taken = freed;
    freed = new FreedSpace();
    blocksBeingReleased += taken.blocks();
    int error = fs.cache().sync();
    blocksBeingReleased -= taken.blocks();
    if (error != 0) {
      freed.addAll(taken);
      return error;
    }
    for (FreedSpace.Run run : taken.runs()) {
      if (!fs.blocks().free(run)) {
        fs.complain("a bitmap cannot be read: freed blocks stay marked as used");
      }
    }
    for (FreedSpace.Ino ino : taken.inodes()) {
      if (!fs.inodeAllocator().free(ino.number(), ino.directory())) {
        fs.complain("a bitmap cannot be read: freed inodes stay marked as used");
      }
    }
    return 0;
  }

  /** Makes what was freed usable, if there is any; true if that may help. May sleep. */
  boolean releaseFreed() {
    return !freed.isEmpty() && syncMetadata() == 0;
  }

  /** Keeps the list of what was freed short; everything freed is freed on its inode too. */
  void boundFreed() {
    if (freed.records() > MAX_FREED_RECORDS) {
      syncMetadata();
    }
  }
}
