// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import org.jspecify.annotations.Nullable;

/**
 * Moving names. The new name is on the disk before the old one goes, and what a rename replaces has
 * a name in lost+found until nothing can bring it back: so {@code e2fsck -p} repairs the disk
 * whenever the power goes.
 *
 * <p>All but one thing: a directory that gets another parent. Its new entry, its old one and its
 * ".." lie in three places, and of the states of these three only the first and the last are
 * repaired without a question, whatever the order. The one here leaves the directory under both
 * names, and {@code e2fsck -y} takes one of them away.
 *
 * <p>Names are locked exclusively. What needs reading is read first; a write that the disk refuses
 * later loses the order and not the operation.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
final class NameMove {
  private static final int MAX_DEPTH = 65_536;

  private final Ext2Fs fs;
  private final BufferCache cache;
  private final NameCreation creation;
  private final NameRemoval removal;

  NameMove(Ext2Fs fs, NameCreation creation, NameRemoval removal) {
    this.fs = fs;
    this.creation = creation;
    this.removal = removal;
    cache = fs.cache();
  }

  Result<Vnode> rename(Ext2Directory from, String oldName, Ext2Directory to, String newName) {
    Result<Slot> source = from.find(oldName);
    if (!source.isOk()) {
      return Result.failure(source.error());
    }
    Result<Ext2Vnode> moved = fs.inodeTable().vnode(source.value().ino());
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
    Result<Ext2Vnode> replaced = fs.inodeTable().vnode(target.value().ino());
    Result<Vnode> result;
    if (!replaced.isOk()) {
      result = Result.failure(replaced.error());
    } else if (replaced.value() == moved) {
      result = Result.of(moved);
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
    if (to.links() >= NameCreation.MAX_LINKS) {
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
      if (!(fs.inodeTable().vnode(at).orNull() instanceof Ext2Directory directory)) {
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
      creation.put(to, newName, room.value(), moved);
      finishMove(from, oldName, moved, to, room.value().buffer(), newName);
      cache.release(room.value().buffer());
    }
    stamp(from, moved, to);
    return Result.of(moved);
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
      Buffer inode = fs.inodeTable().buffer(moved.ino());
      if (inode != null) {
        creation.entryFirst(to, entry, inode);
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
      removal.takeOut(from, oldName, slot);
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
    Buffer inode = fs.inodeTable().buffer(replaced.ino());
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
      removal.dropLink(replaced, target.buffer(), inode);
    }
    cache.modify(target.buffer());
    DirectoryBlock.point(
        target.buffer(), target.at(), moved.ino(), fs.typed() ? moved.type() : null);
    cache.dirty(target.buffer());
    moved.named(new Buffer.Edge(target.buffer(), target.buffer().version));
    finishMove(from, oldName, moved, to, target.buffer(), newName);
    if (guarded != null) {
      cache.order(target.buffer(), inode);
      removal.dropLink(replaced, guarded.buffer(), inode);
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
    return Result.of(moved);
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
