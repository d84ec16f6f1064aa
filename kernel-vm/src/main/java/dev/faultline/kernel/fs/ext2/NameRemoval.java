// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;

/**
 * Removing names. The inode is free, or on the orphan list, before its last name goes from the
 * disk; and before one of several goes, the others are there.
 *
 * <p>Names are locked exclusively. What needs reading is read first; a write that the disk refuses
 * later loses the order and not the operation.
 */
final class NameRemoval {
  private final Ext2Fs fs;
  private final BufferCache cache;

  NameRemoval(Ext2Fs fs) {
    this.fs = fs;
    cache = fs.cache();
  }

  Result<Vnode> unlink(Ext2Directory directory, String name) {
    Result<Slot> found = directory.find(name);
    if (!found.isOk()) {
      return Result.failure(found.error());
    }
    Slot slot = found.value();
    Result<Ext2Vnode> file = fs.inodeTable().vnode(slot.ino());
    Result<Vnode> result;
    if (!file.isOk()) {
      result = Result.failure(file.error());
    } else if (file.value().type() == FileType.DIR) {
      result = Result.failure(Errno.EISDIR);
    } else {
      result = remove(directory, name, slot, file.value());
    }
    cache.release(slot.buffer());
    return result;
  }

  Result<Vnode> rmdir(Ext2Directory directory, String name) {
    Result<Slot> found = directory.find(name);
    if (!found.isOk()) {
      return Result.failure(found.error());
    }
    Slot slot = found.value();
    Result<Ext2Vnode> file = fs.inodeTable().vnode(slot.ino());
    Result<Vnode> result;
    if (!file.isOk()) {
      result = Result.failure(file.error());
    } else if (!(file.value() instanceof Ext2Directory victim)) {
      result = Result.failure(Errno.ENOTDIR);
    } else if (!victim.isEmptyDirectory()) {
      result = Result.failure(Errno.ENOTEMPTY);
    } else {
      result = remove(directory, name, slot, victim);
      if (result.isOk()) {
        directory.setLinks(Math.max(0, directory.links() - 1));
        directory.update();
      }
    }
    cache.release(slot.buffer());
    return result;
  }

  private Result<Vnode> remove(Ext2Directory directory, String name, Slot slot, Ext2Vnode file) {
    if (file.isImmutable() || directory.isImmutable()) {
      return Result.failure(Errno.EPERM);
    }
    int error = directory.dropIndex();
    Buffer inode = fs.inodeTable().buffer(file.ino());
    if (inode == null || error != 0) {
      if (inode != null) {
        cache.release(inode);
      }
      return Result.failure(Errno.EIO);
    }
    dropLink(file, slot.buffer(), inode);
    takeOut(directory, name, slot);
    cache.release(inode);
    directory.modified();
    directory.update();
    return Result.of(file);
  }

  void takeOut(Ext2Directory directory, String name, Slot slot) {
    cache.modify(slot.buffer());
    DirectoryBlock.remove(slot.buffer(), slot.at());
    cache.dirty(slot.buffer());
    directory.roomMade();
    fs.nameCache().put(directory.ino(), name, NameCache.ABSENT);
  }

  /**
   * A name is about to go from a block of a directory: orders that behind what must be on the disk
   * first. The last name's file is freed, or becomes an orphan if somebody uses it or if freeing it
   * takes long.
   */
  void dropLink(Ext2Vnode file, Buffer entry, Buffer inode) {
    boolean isLast = file.type() == FileType.DIR || file.links() <= 1;
    if (!isLast) {
      for (Buffer.Edge name : file.names()) {
        cache.order(name, entry);
      }
      file.setLinks(file.links() - 1);
      file.changed();
      file.update();
      return;
    }
    if (file.uses() > 0 || file.pointer(12) != 0 && !(file instanceof Ext2Symlink)) {
      fs.orphans().add(file, entry);
      fs.deletion().later(file);
      return;
    }
    boolean wasOnDisk = file.created() == null;
    file.setLinks(0);
    fs.deletion().empty(file);
    file.setDtime(fs.seconds());
    file.update();
    if (wasOnDisk) {
      cache.order(inode, entry);
    }
    fs.writeBack().freed().addInode(file.ino(), file.type() == FileType.DIR);
    fs.deletion().end(file);
  }
}
