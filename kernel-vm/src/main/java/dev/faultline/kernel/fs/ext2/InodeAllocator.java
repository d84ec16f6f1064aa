// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;

/**
 * Gives inodes out: a file's in its directory's group, so that they and their blocks lie together;
 * a directory's in a group that is emptier than most, so that directories spread.
 */
final class InodeAllocator {
  private final Ext2Fs fs;

  InodeAllocator(Ext2Fs fs) {
    this.fs = fs;
  }

  /** Takes an inode near a directory's; its number, -ENOSPC or -EIO. May sleep. */
  long allocate(long parent, boolean directory) {
    long ino = search(parent, directory);
    if (ino == -Errno.ENOSPC && fs.writeBack().releaseFreed()) {
      ino = search(parent, directory);
    }
    return ino;
  }

  private long search(long parent, boolean directory) {
    int groups = fs.shape().groups();
    int first = fs.shape().groupOfInode(parent);
    if (directory) {
      first = groupForDirectory(first);
    }
    long result = -Errno.ENOSPC;
    for (int i = 0; i < groups; i++) {
      int group = (first + i) % groups;
      if (fs.groups().freeInodes(group) > 0) {
        long ino = inGroup(group, directory);
        if (ino > 0) {
          return ino;
        }
        result = ino == -Errno.EIO ? ino : result;
      }
    }
    return result;
  }

  /** The group with the most free blocks among those with as many free inodes as the average. */
  private int groupForDirectory(int parentGroup) {
    int groups = fs.shape().groups();
    long average = fs.superblock().freeInodes() / groups;
    int best = parentGroup;
    int most = -1;
    for (int i = 0; i < groups; i++) {
      int g = (parentGroup + i) % groups;
      int blocks = fs.groups().freeBlocks(g);
      if (fs.groups().freeInodes(g) >= Math.max(1, average) && blocks > most) {
        best = g;
        most = blocks;
      }
    }
    return best;
  }

  private long inGroup(int group, boolean directory) {
    Buffer bitmap = fs.cache().read(fs.groups().inodeBitmap(group));
    if (bitmap == null) {
      return -Errno.EIO;
    }
    fs.superblock().prepareCounts(group, bitmap);
    long firstOfGroup = (long) group * fs.shape().inodesPerGroup() + 1;
    int from = (int) Math.max(0, fs.shape().firstInode() - firstOfGroup);
    int bit = Bitmap.nextClear(bitmap, from, fs.shape().inodesPerGroup());
    long ino = -Errno.ENOSPC;
    if (bit >= 0) {
      Bitmap.set(bitmap, bit);
      fs.cache().dirty(bitmap);
      fs.superblock().countInodes(group, -1, directory ? 1 : 0);
      ino = firstOfGroup + bit;
    }
    fs.cache().release(bitmap);
    return ino;
  }

  /** Gives an inode back that nothing on the disk names; false if the bitmap cannot be read. */
  boolean free(long ino, boolean directory) {
    int group = fs.shape().groupOfInode(ino);
    Buffer bitmap = fs.cache().read(fs.groups().inodeBitmap(group));
    if (bitmap == null) {
      return false;
    }
    fs.superblock().prepareCounts(group, bitmap);
    int bit = (int) ((ino - 1) % fs.shape().inodesPerGroup());
    if (Bitmap.test(bitmap, bit)) {
      Bitmap.clear(bitmap, bit);
      fs.cache().dirty(bitmap);
      fs.superblock().countInodes(group, 1, directory ? -1 : 0);
    } else {
      fs.complain("inode " + ino + " was freed twice");
    }
    fs.cache().release(bitmap);
    return true;
  }
}
