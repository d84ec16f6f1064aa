// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.pager.BackingFile;
import dev.faultline.kernel.pager.BlockMap;
import dev.faultline.kernel.vm.VnodeRef;
import dev.faultline.mmu.Page;

/**
 * A whole disk as a file whose blocks lie where they lie: what stands behind the memory object of
 * its metadata. Nobody maps it, so its lock has nothing to guard.
 */
final class DiskFile implements BackingFile, BlockMap, VnodeRef {
  private static final int SECTORS = Page.SIZE / BlockDevice.SECTOR;

  private final BlockDevice disk;

  DiskFile(BlockDevice disk) {
    this.disk = disk;
  }

  @Override
  public long size() {
    return disk.sectors() * BlockDevice.SECTOR;
  }

  @Override
  public BlockMap blockMap() {
    return this;
  }

  @Override
  public BlockDevice disk() {
    return disk;
  }

  @Override
  public int blockSize() {
    return Page.SIZE;
  }

  @Override
  public long find(long block, Run run) {
    run.set(0, 0);
    return block * SECTORS;
  }

  @Override
  public long allocate(long block) {
    return block * SECTORS;
  }

  @Override
  public void lockShared() {}

  @Override
  public void unlockShared() {}

  @Override
  public boolean lockExclusive(long deadline) {
    return true;
  }

  @Override
  public void unlockExclusive() {}

  @Override
  public void use() {}

  @Override
  public void unuse() {}

  @Override
  public void markObjectDirty() {}
}
