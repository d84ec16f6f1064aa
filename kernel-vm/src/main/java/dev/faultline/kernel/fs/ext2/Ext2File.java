// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.VnodePages;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.pager.BackingFile;
import dev.faultline.kernel.pager.BlockMap;
import dev.faultline.kernel.vm.MemoryState;
import dev.faultline.kernel.vm.Pager;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/**
 * A regular file. Its bytes are the pages of its object, which the vnode pager moves to and from
 * the blocks that the tree here names. A write takes its blocks at once; a store through a mapping
 * into a hole takes them when the page is written out.
 */
final class Ext2File extends Ext2Vnode implements BackingFile, BlockMap {
  /** Pages in a cluster. */
  private static final int CLUSTER = 16;

  private final BlockTree tree;
  private @Nullable VmObject object;

  Ext2File(Ext2Fs fs, long ino) {
    super(fs, FileType.REG, ino);
    tree = new BlockTree(fs, this);
  }

  // ---- pages -----------------------------------------------------------------------------------

  @Override
  public @Nullable VmObject object() {
    return dead() ? null : pages();
  }

  /** The object, which stays without references while nobody maps the file (V1, V2). */
  private VmObject pages() {
    VmObject o = object;
    if (o == null) {
      hold();
      o = VmObject.forVnode(fs().vm(), this, fs().pager(), size());
      o.setPagerData(this);
      object = o;
      o.deallocate();
      release();
    }
    return o;
  }

  @Override
  public int read(long position, byte[] to, int offset, int count) {
    if (position >= size() || count == 0) {
      return 0;
    }
    return dead() ? -Errno.EIO : VnodePages.read(fs().vm(), pages(), position, to, offset, count);
  }

  @Override
  public int write(long position, byte[] from, int offset, int count) {
    if (fs().readOnly()) {
      return -Errno.EROFS;
    }
    if (position > maxSize() - count) {
      return -Errno.EFBIG;
    }
    if (count == 0) {
      return 0;
    }
    int error = dead() ? -Errno.EIO : prepareToGrow(position + count);
    if (error != 0) {
      return error;
    }
    MemoryState memory = fs().vm().state();
    if (memory.free() + memory.cached() < memory.target()) {
      // Whoever makes memory dirty while it is short cleans some, since the lock is his.
      writePages(Pager.SYNC);
    }
    VmObject o = pages();
    int n = VnodePages.write(fs().vm(), o, position, from, offset, count, this::place);
    setSize(o.byteSize());
    fs().superblock().noteSize(size());
    if (n > 0) {
      modified();
      update();
      writeBehind(o, position, n);
    }
    return n;
  }

  /** Begins to write the clusters of pages that a writer has passed. */
  private static void writeBehind(VmObject o, long position, int count) {
    int first = (int) (position >>> Page.SHIFT) / CLUSTER;
    int end = (int) (position + count >>> Page.SHIFT) / CLUSTER;
    if (end > first) {
      o.clean(first * CLUSTER, end * CLUSTER, Pager.CLUSTER);
    }
  }

  /**
   * Takes blocks for bytes of a page about to be written, which is valid by now: what is a hole was
   * read as one. For how many there are blocks; -ENOSPC, -EIO.
   */
  private int place(int pageIndex, int from, int count) {
    long position = ((long) pageIndex << Page.SHIFT) + from;
    long last = (position + count - 1) / blockSize();
    for (long block = position / blockSize(); block <= last; block++) {
      long place = tree.allocate(block);
      if (place < 0) {
        long done = block * blockSize() - position;
        if (done > 0) {
          return admitted(position, (int) done);
        }
        return place == BlockMap.NO_SPACE ? -Errno.ENOSPC : -Errno.EIO;
      }
    }
    return admitted(position, count);
  }

  /** What becomes dirty lies inside the file from now on: it may be written out at any time. */
  private int admitted(long position, int count) {
    setSize(Math.max(size(), position + count));
    return count;
  }

  /**
   * The file is about to end further behind. What lies behind its end in its last page is zero in
   * memory; the page is made dirty, so that it becomes zero on the disk, whatever was there.
   */
  private int prepareToGrow(long newSize) {
    if (newSize <= size() || (size() & Page.OFFSET_MASK) == 0) {
      return 0;
    }
    int index = (int) (size() >>> Page.SHIFT);
    Run run = new Run();
    if (tree.find(size() / blockSize(), run) == HOLE) {
      return 0;
    }
    Result<VmPage> page = VnodePages.validPage(fs().vm(), pages(), index);
    if (!page.isOk()) {
      return page.error();
    }
    int within = (int) (size() & Page.OFFSET_MASK);
    int blockEnd = (within / blockSize() + 1) * blockSize();
    fs().vm().memory().fill(page.value().address() + within, Page.SIZE - within, 0);
    page.value().makeDirty(within, Math.min(Page.SIZE, blockEnd) - within);
    page.value().wakeup();
    // A page-out cuts off what is dirty behind the end.
    setSize(Math.min(newSize, (index + 1L) << Page.SHIFT));
    return 0;
  }

  @Override
  public int truncate(long newSize) {
    if (fs().readOnly()) {
      return -Errno.EROFS;
    }
    if (newSize > maxSize()) {
      return -Errno.EFBIG;
    }
    if (dead()) {
      return -Errno.EIO;
    }
    long old = size();
    if (newSize > old) {
      int error = prepareToGrow(newSize);
      if (error != 0) {
        return error;
      }
    }
    pages().setSize(newSize);
    setSize(newSize);
    modified();
    fs().superblock().noteSize(newSize);
    if (newSize < old) {
      tree.cut(blocks(newSize), blocks(old), false);
    }
    return update();
  }

  private long blocks(long bytes) {
    return (bytes + blockSize() - 1) / blockSize();
  }

  /** The number of the last byte that the format, and the count of sectors in it, allow. */
  private long maxSize() {
    long bySectors = (0xFFFF_FFFFL - 0x40_0000) * BlockDevice.SECTOR;
    long byPages = (long) Integer.MAX_VALUE << Page.SHIFT;
    return Math.min(Math.min(bySectors, byPages), tree.maxBlocks() * blockSize());
  }

  @Override
  public void markObjectDirty() {
    if (!fs().readOnly()) {
      modified();
      fs().writeBack().noteDirty(this);
    }
  }

  // ---- to the disk -----------------------------------------------------------------------------

  /**
   * Writes the pages that changed. Called with the lock held exclusively.
   *
   * @param flags of {@link VmObject#clean}
   * @return false if some could not be written
   */
  boolean writePages(int flags) {
    VmObject o = object;
    boolean ok = o == null || o.clean(0, 0, flags);
    if (o == null || !o.mayHaveDirtyPages()) {
      fs().writeBack().noteClean(this);
    }
    return ok;
  }

  @Override
  public int sync() {
    if (dead() || fs().readOnly()) {
      return 0;
    }
    hold();
    lock().lockExclusive();
    // All at once first, then those that are left one by one, waiting (V24).
    writePages(0);
    boolean ok = writePages(Pager.SYNC);
    int error = update();
    lock().unlock();
    int written = fs().writeBack().syncMetadata();
    release();
    if (error == 0) {
      error = written;
    }
    return ok ? error : -Errno.EIO;
  }

  @Override
  public boolean makeDurable() {
    if (dead() || fs().readOnly()) {
      return true;
    }
    lock().lockExclusive();
    int error = update();
    lock().unlock();
    return fs().writeBack().syncMetadata() == 0 && error == 0;
  }

  @Override
  void discardPages() {
    VmObject o = object;
    if (o != null) {
      lock().lockExclusive();
      o.setSize(0);
      o.terminate();
      object = null;
      lock().unlock();
    }
    fs().writeBack().noteClean(this);
  }

  @Override
  void letPagesGo() {
    VmObject o = object;
    if (o == null) {
      return;
    }
    lock().lockExclusive();
    if (uses() == 0 && object == o) {
      o.terminate();
      object = null;
      fs().writeBack().noteClean(this);
      if (!fs().readOnly()) {
        update();
      }
    }
    lock().unlock();
  }

  /** Frees all blocks; the size is 0 by now. */
  void freeBlocks(long oldSize) {
    tree.cut(0, blocks(oldSize), false);
  }

  /** Frees what lies behind the end of the file, where a truncation was cut short. */
  void freeBehindEnd() {
    tree.cut(blocks(size()), blocks(size()), false);
  }

  // ---- as the pager sees it --------------------------------------------------------------------

  @Override
  public boolean isMounted() {
    return !dead() && fs().isMounted();
  }

  @Override
  public BlockMap blockMap() {
    return this;
  }

  @Override
  public BlockDevice disk() {
    return fs().disk();
  }

  @Override
  public int blockSize() {
    return fs().shape().blockSize();
  }

  @Override
  public long find(long block, Run run) {
    return sector(tree.find(block, run));
  }

  @Override
  public long allocate(long block) {
    return sector(tree.allocate(block));
  }

  private long sector(long block) {
    return block < 0 ? block : block * fs().sectorsPerBlock();
  }
}
