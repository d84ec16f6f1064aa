// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import org.jspecify.annotations.Nullable;

/** Where inodes lie on the disk, and the vnodes made of them. */
final class InodeTable {
  private static final long LARGE_FILE = 1L << 31;

  private final Ext2Fs fs;

  InodeTable(Ext2Fs fs) {
    this.fs = fs;
  }

  private boolean isFileInode(long ino) {
    return ino == Superblock.ROOT_INODE
        || (ino >= fs.shape().firstInode() && ino <= fs.shape().inodes());
  }

  private long index(long ino) {
    return (ino - 1) % fs.shape().inodesPerGroup() * fs.shape().inodeSize();
  }

  /** The block where an inode lies, pinned; null after an I/O error. May sleep. */
  @Nullable Buffer buffer(long ino) {
    long table = fs.groups().inodeTable(fs.shape().groupOfInode(ino));
    return fs.cache().read(table + index(ino) / fs.shape().blockSize());
  }

  /** Where an inode lies in its block. */
  int offset(long ino) {
    return (int) (index(ino) % fs.shape().blockSize());
  }

  /** The vnode of an inode in use; -EIO if it cannot be read or is none. May sleep. */
  Result<Ext2Vnode> vnode(long ino) {
    Ext2Vnode kept = fs.inodes().kept(ino);
    if (kept != null) {
      return Result.of(kept);
    }
    if (!isFileInode(ino)) {
      fs.complain("a directory names inode " + ino + ", which is none");
      return Result.failure(Errno.EIO);
    }
    Ext2Vnode vnode = load(ino, false);
    if (vnode == null) {
      return Result.failure(Errno.EIO);
    }
    fs.inodes().keep(vnode);
    return Result.of(vnode);
  }

  /** The vnode of an inode without a name, which is not kept yet; null if it is none. May sleep. */
  @Nullable Ext2Vnode orphan(long ino) {
    return isFileInode(ino) ? load(ino, true) : null;
  }

  private @Nullable Ext2Vnode load(long ino, boolean orphan) {
    Buffer b = buffer(ino);
    if (b == null) {
      return null;
    }
    Ext2Vnode vnode = fs.inodes().kept(ino);
    if (vnode == null) {
      vnode = fs.inodes().known(ino);
    }
    if (vnode == null || vnode.dead()) {
      vnode = interpret(ino, b, offset(ino), orphan);
    }
    fs.cache().release(b);
    return vnode;
  }

  private @Nullable Ext2Vnode interpret(long ino, Buffer b, int at, boolean orphan) {
    FileType type = null;
    for (FileType t : FileType.values()) {
      if ((b.get16(at + Ext2Vnode.MODE) & FileType.MASK) == t.modeBits()) {
        type = t;
      }
    }
    boolean used = b.get16(at + Ext2Vnode.LINKS) != 0 || orphan;
    if (type == null || !used) {
      fs.complain("inode " + ino + " is not in use, but has a name");
      return null;
    }
    Ext2Vnode vnode = newVnode(type, ino);
    vnode.load(b, at);
    boolean odd = vnode.size() % fs.shape().blockSize() != 0 || vnode.size() > LARGE_FILE;
    if (vnode.size() < 0 || (type == FileType.DIR && odd)) {
      fs.complain("inode " + ino + " has a size of " + vnode.size());
      return null;
    }
    return vnode;
  }

  /** A vnode that is in no cache, and whose fields are not set. */
  Ext2Vnode newVnode(FileType type, long ino) {
    return switch (type) {
      case REG -> new Ext2File(fs, ino);
      case DIR -> new Ext2Directory(fs, ino);
      case LNK -> new Ext2Symlink(fs, ino);
      case CHR, BLK, FIFO, SOCK -> new Ext2Special(fs, type, ino);
    };
  }
}
