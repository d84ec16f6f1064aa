// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.pager.BlockMap;
import org.jspecify.annotations.Nullable;

/**
 * Making, removing and moving names, each in the order of writes that leaves a disk which {@code
 * e2fsck -p} repairs, whenever the power goes:
 *
 * <ul>
 *   <li>a new name before the inode in use, and both after the directory that holds it;
 *   <li>the inode free, or on the orphan list, before its last name is gone;
 *   <li>another name before one of several goes;
 *   <li>what a rename replaces has a name in lost+found until nothing can bring it back.
 * </ul>
 *
 * <p>Names are locked exclusively in all of this. What needs reading is read first; a write that
 * the disk refuses later loses the order and not the operation.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
final class NameOperations {
  private static final int MAX_LINKS = 32_000;
  private static final int MAX_DEPTH = 65_536;

  private final Ext2Fs fs;
  private final BufferCache cache;

  NameOperations(Ext2Fs fs) {
    this.fs = fs;
    cache = fs.cache();
  }

  private static Result<Vnode> done(Vnode vnode) {
    return Result.of(vnode);
  }

  // ---- making ----------------------------------------------------------------------------------

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
      Ext2Vnode vnode = fs.newVnode(type, ino);
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
    Buffer inode = fs.inodeBuffer(vnode.ino());
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
    return done(vnode);
  }

  /** Enters a name. */
  private void put(Ext2Directory directory, String name, Slot room, Ext2Vnode vnode) {
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
  private void entryFirst(Ext2Directory directory, Buffer entry, Buffer inode) {
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
    return error == 0 ? done(file) : Result.failure(error);
  }

  // ---- removing --------------------------------------------------------------------------------

  Result<Vnode> unlink(Ext2Directory directory, String name) {
    Result<Slot> found = directory.find(name);
    if (!found.isOk()) {
      return Result.failure(found.error());
    }
    Slot slot = found.value();
    Result<Ext2Vnode> file = fs.vnode(slot.ino());
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
    Result<Ext2Vnode> file = fs.vnode(slot.ino());
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
    Buffer inode = fs.inodeBuffer(file.ino());
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
    return done(file);
  }

  private void takeOut(Ext2Directory directory, String name, Slot slot) {
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
  private void dropLink(Ext2Vnode file, Buffer entry, Buffer inode) {
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
      fs.toReclaim(file);
      return;
    }
    boolean wasOnDisk = file.created() == null;
    file.setLinks(0);
    fs.empty(file);
    file.setDtime(fs.seconds());
    file.update();
    if (wasOnDisk) {
      cache.order(inode, entry);
    }
    fs.freed().addInode(file.ino(), file.type() == FileType.DIR);
    fs.end(file);
  }

  // ---- moving ----------------------------------------------------------------------------------

  Result<Vnode> rename(Ext2Directory from, String oldName, Ext2Directory to, String newName) {
    Result<Slot> source = from.find(oldName);
    if (!source.isOk()) {
      return Result.failure(source.error());
    }
    Result<Ext2Vnode> moved = fs.vnode(source.value().ino());
    Result<Vnode> result =
        moved.isOk()
            ? rename(from, oldName, source.value(), moved.value(), to, newName)
            : Result.failure(moved.error());
    cache.release(source.value().buffer());
    return result;
  }

  private Result<Vnode> rename(
      Ext2Directory from,
      String oldName,
      Slot source,
      Ext2Vnode moved,
      Ext2Directory to,
      String newName) {
    int error = checkMove(from, moved, to);
    if (error != 0) {
      return Result.failure(error);
    }
    Result<Slot> target = to.find(newName);
    if (!target.isOk()) {
      return target.error() == -Errno.ENOENT
          ? moveToNewName(from, oldName, source, moved, to, newName)
          : Result.failure(target.error());
    }
    Result<Ext2Vnode> replaced = fs.vnode(target.value().ino());
    Result<Vnode> result;
    if (!replaced.isOk()) {
      result = Result.failure(replaced.error());
    } else if (replaced.value() == moved) {
      result = done(moved);
    } else {
      error = checkReplace(moved, replaced.value());
      result =
          error != 0
              ? Result.failure(error)
              : replace(from, oldName, moved, to, newName, target.value(), replaced.value());
    }
    cache.release(target.value().buffer());
    return result;
  }

  private int checkMove(Ext2Directory from, Ext2Vnode moved, Ext2Directory to) {
    if (to.dead()) {
      return -Errno.ENOENT;
    }
    if (moved.isImmutable() || from.isImmutable() || to.isImmutable()) {
      return -Errno.EPERM;
    }
    if (moved.type() != FileType.DIR || from == to) {
      return from.dropIndex();
    }
    if (to.links() >= MAX_LINKS) {
      return -Errno.EMLINK;
    }
    long at = to.ino();
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (at == moved.ino()) {
        return -Errno.EINVAL;
      }
      if (at == Superblock.ROOT_INODE) {
        return from.dropIndex();
      }
      if (!(fs.vnode(at).orNull() instanceof Ext2Directory directory)) {
        return -Errno.EIO;
      }
      at = directory.parent();
    }
    return -Errno.EIO;
  }

  private static int checkReplace(Ext2Vnode moved, Ext2Vnode replaced) {
    if (replaced.isImmutable()) {
      return -Errno.EPERM;
    }
    if (replaced instanceof Ext2Directory directory) {
      if (moved.type() != FileType.DIR) {
        return -Errno.EISDIR;
      }
      return directory.isEmptyDirectory() ? 0 : -Errno.ENOTEMPTY;
    }
    return moved.type() == FileType.DIR ? -Errno.ENOTDIR : 0;
  }

  private Result<Vnode> moveToNewName(
      Ext2Directory from,
      String oldName,
      Slot source,
      Ext2Vnode moved,
      Ext2Directory to,
      String newName) {
    if (from == to && DirectoryBlock.canRename(source.buffer(), source.at(), newName.length())) {
      cache.modify(source.buffer());
      DirectoryBlock.rename(source.buffer(), source.at(), newName);
      cache.dirty(source.buffer());
      moved.named(new Buffer.Edge(source.buffer(), source.buffer().version));
      fs.nameCache().put(from.ino(), oldName, NameCache.ABSENT);
      fs.nameCache().put(to.ino(), newName, moved.ino());
    } else {
      Result<Slot> room = to.room(newName);
      if (!room.isOk()) {
        return Result.failure(room.error());
      }
      put(to, newName, room.value(), moved);
      finishMove(from, oldName, moved, to, room.value().buffer(), newName);
      cache.release(room.value().buffer());
    }
    stamp(from, moved, to);
    return done(moved);
  }

  private static void stamp(Ext2Directory from, Ext2Vnode moved, Ext2Directory to) {
    from.modified();
    to.modified();
    moved.changed();
    from.update();
    if (to != from) {
      to.update();
    }
    moved.update();
  }

  /** The new name is there; what depends on it, the way back up, and the old name's end. */
  private void finishMove(
      Ext2Directory from,
      String oldName,
      Ext2Vnode moved,
      Ext2Directory to,
      Buffer entry,
      String newName) {
    if (moved.created() != null) {
      Buffer inode = fs.inodeBuffer(moved.ino());
      if (inode != null) {
        entryFirst(to, entry, inode);
        cache.release(inode);
      }
    }
    if (moved instanceof Ext2Directory directory && from != to) {
      turnUp(directory, from, to, entry);
    }
    Result<Slot> old = from.find(oldName);
    if (old.isOk()) {
      Slot slot = old.value();
      Buffer.Edge parent = to.created();
      if (parent != null) {
        cache.order(parent, slot.buffer());
      }
      if (slot.buffer() == entry) {
        // One block, and perhaps two sectors: they go one after the other.
        cache.commit(entry);
      } else {
        cache.order(entry, slot.buffer());
      }
      takeOut(from, oldName, slot);
      cache.release(slot.buffer());
    } else {
      fs.complain("an entry of directory " + from.ino() + " was lost while it was moved");
    }
    fs.nameCache().put(to.ino(), newName, moved.ino());
  }

  /** A directory has another parent. */
  private void turnUp(Ext2Directory directory, Ext2Directory from, Ext2Directory to, Buffer entry) {
    Result<Slot> dotDot = directory.dotDot();
    if (dotDot.isOk()) {
      Slot slot = dotDot.value();
      cache.order(entry, slot.buffer());
      cache.modify(slot.buffer());
      slot.buffer().put32(slot.at() + DirectoryBlock.INODE, (int) to.ino());
      cache.dirty(slot.buffer());
      cache.release(slot.buffer());
    }
    to.setLinks(to.links() + 1);
    from.setLinks(Math.max(0, from.links() - 1));
  }

  /** Moves a name onto one that is there. */
  private Result<Vnode> replace(
      Ext2Directory from,
      String oldName,
      Ext2Vnode moved,
      Ext2Directory to,
      String newName,
      Slot target,
      Ext2Vnode replaced) {
    Buffer inode = fs.inodeBuffer(replaced.ino());
    int error = to.dropIndex();
    if (inode == null || error != 0) {
      if (inode != null) {
        cache.release(inode);
      }
      return Result.failure(Errno.EIO);
    }
    boolean isLast = replaced.type() == FileType.DIR || replaced.links() <= 1;
    boolean guard = isLast && replaced.type() != FileType.DIR && replaced.created() == null;
    Slot guarded = guard ? guard(replaced, target.buffer()) : null;
    if (guarded == null) {
      dropLink(replaced, target.buffer(), inode);
    }
    cache.modify(target.buffer());
    DirectoryBlock.point(
        target.buffer(), target.at(), moved.ino(), fs.typed() ? moved.type() : null);
    cache.dirty(target.buffer());
    moved.named(new Buffer.Edge(target.buffer(), target.buffer().version));
    finishMove(from, oldName, moved, to, target.buffer(), newName);
    if (guarded != null) {
      cache.order(target.buffer(), inode);
      dropLink(replaced, guarded.buffer(), inode);
      cache.modify(guarded.buffer());
      DirectoryBlock.remove(guarded.buffer(), guarded.at());
      cache.dirty(guarded.buffer());
      cache.release(guarded.buffer());
    }
    cache.release(inode);
    if (replaced.type() == FileType.DIR) {
      to.setLinks(Math.max(0, to.links() - 1));
    }
    stamp(from, moved, to);
    return done(moved);
  }

  /**
   * Gives what a rename replaces a name in lost+found: until the new name is on the disk and the
   * old file is free, a crash must find it under one of them. Null if that cannot be had.
   *
   * @param entry the block whose change has to wait for that
   */
  private @Nullable Slot guard(Ext2Vnode replaced, Buffer entry) {
    Ext2Directory shelter = fs.lostAndFound();
    String name = "#" + replaced.ino();
    if (shelter == null || shelter.inodeOf(name) != NameCache.ABSENT) {
      return null;
    }
    Result<Slot> room = shelter.room(name);
    if (!room.isOk()) {
      return null;
    }
    Buffer b = room.value().buffer();
    cache.modify(b);
    FileType type = fs.typed() ? replaced.type() : null;
    int at = DirectoryBlock.insert(b, room.value().at(), name, replaced.ino(), type);
    cache.dirty(b);
    cache.order(b, entry);
    return new Slot(b, at);
  }
}
