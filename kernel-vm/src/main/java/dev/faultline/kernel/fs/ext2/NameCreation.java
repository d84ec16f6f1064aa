// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pager.BlockMap;

/**
 * Making names: new files of all types, and links. A new name goes to the disk before the inode is
 * in use there, and both after the directory that holds it; a new inode's block goes before it.
 *
 * <p>Names are locked exclusively. What needs reading is read first; a write that the disk refuses
 * later loses the order and not the operation.
 */
final class NameCreation {
  /** Links that an inode may have. */
  static final int MAX_LINKS = 32_000;

  private final Ext2Fs fs;
  private final BufferCache cache;

  NameCreation(Ext2Fs fs) {
    this.fs = fs;
    cache = fs.cache();
  }

  Result<Vnode> create(
      Ext2Directory directory, String name, FileType type, int mode, long rdev, int uid, int gid) {
    if (type == FileType.DIR && directory.links() >= MAX_LINKS) {
      return Result.failure(Errno.EMLINK);
    }
    Result<Slot> room = newName(directory, name);
    if (!room.isOk()) {
      return Result.failure(room.error());
    }
    Result<Vnode> made = Result.failure(Errno.EIO);
    long ino = fs.inodeAllocator().allocate(directory.ino(), type == FileType.DIR);
    if (ino < 0) {
      made = Result.failure((int) ino);
    } else {
      Ext2Vnode vnode = fs.inodeTable().newVnode(type, ino);
      vnode.begin(mode, uid, gid, type == FileType.DIR ? 2 : 1);
      if (vnode instanceof Ext2Special special) {
        special.setRdev(rdev);
      }
      int error = 0;
      if (vnode instanceof Ext2Directory d) {
        error = firstBlock(d, directory.ino());
      }
      made = error == 0 ? bring(directory, name, room.value(), vnode) : Result.failure(error);
      if (!made.isOk()) {
        takeBack(vnode);
      }
    }
    cache.release(room.value().buffer());
    if (made.isOk() && type == FileType.DIR) {
      directory.setLinks(directory.links() + 1);
      directory.update();
    }
    return made;
  }

  Result<Vnode> symlink(Ext2Directory directory, String name, String target, int uid, int gid) {
    if (target.length() > fs.shape().blockSize() - 1) {
      return Result.failure(Errno.ENAMETOOLONG);
    }
    Result<Slot> room = newName(directory, name);
    if (!room.isOk()) {
      return Result.failure(room.error());
    }
    Result<Vnode> made;
    long ino = fs.inodeAllocator().allocate(directory.ino(), false);
    if (ino < 0) {
      made = Result.failure((int) ino);
    } else {
      Ext2Symlink link = new Ext2Symlink(fs, ino);
      link.begin(0x1FF, uid, gid, 1);
      int error = 0;
      if (target.length() <= Ext2Symlink.FAST) {
        link.setFastTarget(target);
      } else {
        error = targetBlock(link, target);
      }
      made = error == 0 ? bring(directory, name, room.value(), link) : Result.failure(error);
      if (!made.isOk()) {
        takeBack(link);
      }
    }
    cache.release(room.value().buffer());
    return made;
  }

  private Result<Slot> newName(Ext2Directory directory, String name) {
    long there = directory.inodeOf(name);
    if (there != NameCache.ABSENT) {
      return Result.failure(there > 0 ? Errno.EEXIST : (int) there);
    }
    return directory.room(name);
  }

  /** The block that every directory has; its pointer is in the vnode only. */
  private int firstBlock(Ext2Directory made, long parent) {
    Result<Buffer> b = takeBlock(made);
    if (!b.isOk()) {
      return b.error();
    }
    DirectoryBlock.formatFirst(b.value(), made.ino(), parent, fs.typed());
    cache.release(b.value());
    made.setSize(fs.shape().blockSize());
    return 0;
  }

  private int targetBlock(Ext2Symlink link, String target) {
    Result<Buffer> b = takeBlock(link);
    if (!b.isOk()) {
      return b.error();
    }
    for (int i = 0; i < target.length(); i++) {
      b.value().put8(i, target.charAt(i));
    }
    cache.release(b.value());
    link.setSize(target.length());
    return 0;
  }

  /** The first block of a new inode, which is not on the disk yet. */
  private Result<Buffer> takeBlock(Ext2Vnode vnode) {
    int group = fs.shape().groupOfInode(vnode.ino());
    long goal = fs.groups().inodeTable(group) + fs.shape().tableBlocks();
    long block = fs.blocks().allocate(goal);
    if (block < 0) {
      return Result.failure(block == BlockMap.NO_SPACE ? Errno.ENOSPC : Errno.EIO);
    }
    Buffer b = cache.fresh(block);
    if (b == null) {
      fs.blocks().free(new FreedSpace.Run(block, 1));
      return Result.failure(Errno.EINTR);
    }
    vnode.setPointer(0, (int) block);
    vnode.addSectors(fs.sectorsPerBlock());
    return Result.of(b);
  }

  /** Nothing came of a new inode, and nothing of it is on the disk. */
  private void takeBack(Ext2Vnode vnode) {
    if (vnode.sectors() > 0) {
      long block = vnode.pointer(0) & 0xFFFF_FFFFL;
      cache.forget(block);
      fs.blocks().free(new FreedSpace.Run(block, 1));
    }
    vnode.die();
    fs.inodeAllocator().free(vnode.ino(), vnode.type() == FileType.DIR);
  }

  /** Puts a new inode into the tree. */
  private Result<Vnode> bring(Ext2Directory directory, String name, Slot room, Ext2Vnode vnode) {
    Buffer inode = fs.inodeTable().buffer(vnode.ino());
    if (inode == null) {
      return Result.failure(Errno.EIO);
    }
    Buffer content = null;
    if (vnode.sectors() > 0) {
      content = cache.read(vnode.pointer(0) & 0xFFFF_FFFFL);
      if (content == null) {
        cache.release(inode);
        return Result.failure(Errno.EIO);
      }
    }
    put(directory, name, room, vnode);
    if (content != null) {
      cache.order(content, inode);
      cache.release(content);
    }
    entryFirst(directory, room.buffer(), inode);
    vnode.establish(inode);
    cache.release(inode);
    directory.modified();
    directory.update();
    fs.inodes().keep(vnode);
    return Result.of(vnode);
  }

  /** Enters a name. */
  void put(Ext2Directory directory, String name, Slot room, Ext2Vnode vnode) {
    cache.modify(room.buffer());
    FileType type = fs.typed() ? vnode.type() : null;
    DirectoryBlock.insert(room.buffer(), room.at(), name, vnode.ino(), type);
    cache.dirty(room.buffer());
    vnode.named(new Buffer.Edge(room.buffer(), room.buffer().version));
    Buffer.Edge parent = directory.created();
    if (parent != null) {
      vnode.named(parent);
    }
    fs.nameCache().put(directory.ino(), name, vnode.ino());
  }

  /** An inode in use is written only after its entry, and after the directory with the entry. */
  void entryFirst(Ext2Directory directory, Buffer entry, Buffer inode) {
    cache.order(entry, inode);
    Buffer.Edge created = directory.created();
    if (created != null) {
      cache.order(created, inode);
    }
  }

  Result<Vnode> link(Ext2Directory directory, Ext2Vnode file, String name) {
    if (file.dead() || file.links() == 0) {
      return Result.failure(Errno.ENOENT);
    }
    if (file.isImmutable()) {
      return Result.failure(Errno.EPERM);
    }
    if (file.links() >= MAX_LINKS) {
      return Result.failure(Errno.EMLINK);
    }
    Result<Slot> room = newName(directory, name);
    if (!room.isOk()) {
      return Result.failure(room.error());
    }
    put(directory, name, room.value(), file);
    cache.release(room.value().buffer());
    file.setLinks(file.links() + 1);
    file.changed();
    directory.modified();
    int error = file.update();
    directory.update();
    return error == 0 ? Result.of(file) : Result.failure(error);
  }
}
