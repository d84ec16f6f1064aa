// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.VnodeLock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files without a name that are still open: a list on the disk, from the superblock through the
 * inodes' deletion times, by which they are freed after a crash.
 *
 * <p>New ones go to the end, and only the end is ever taken off: then every state that a crash can
 * leave behind is a list that {@code e2fsck -p} follows. What is freed in the middle stays on the
 * list until those behind it are freed too.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
final class OrphanList {
  private static final class Orphan {
    final Ext2Vnode vnode;
    boolean freed;

    Orphan(Ext2Vnode vnode) {
      this.vnode = vnode;
    }
  }

  private final Ext2Fs fs;
  private final VnodeLock lock;
  private final List<Orphan> orphans = new ArrayList<>();

  OrphanList(Ext2Fs fs) {
    this.fs = fs;
    lock = new VnodeLock(fs.layer().scheduler());
  }

  /**
   * Follows the list that a crash has left on the disk, and frees what is on it; for mounting. May
   * sleep.
   *
   * @return how many files were on it
   */
  int replay() {
    List<Ext2Vnode> found = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    long ino = fs.superblock().firstOrphan();
    while (ino != 0) {
      Ext2Vnode vnode = seen.add(ino) ? fs.inodeTable().orphan(ino) : null;
      if (vnode == null) {
        fs.complain("the list of orphans leads to inode " + ino + ", which is none");
        break;
      }
      found.add(vnode);
      orphans.add(new Orphan(vnode));
      fs.inodes().keep(vnode);
      ino = vnode.dtime() & 0xFFFF_FFFFL;
    }
    for (Ext2Vnode vnode : found.reversed()) {
      if (vnode.links() == 0) {
        fs.deletion().reclaim(vnode);
      } else {
        if (vnode instanceof Ext2File file) {
          file.freeBehindEnd();
        }
        removeNamed(vnode);
      }
    }
    if (fs.superblock().firstOrphan() != 0 && orphans.isEmpty()) {
      fs.cache().release(fs.superblock().setFirstOrphan(0));
    }
    return found.size();
  }

  /**
   * Puts a file on the list whose last name goes. May sleep.
   *
   * @param entry the block of the directory that still names it; it may be written only later
   */
  void add(Ext2Vnode vnode, Buffer entry) {
    lock.lockExclusive();
    Buffer before = pointTo((int) vnode.ino());
    vnode.setLinks(0);
    vnode.setDtime(0);
    vnode.changed();
    vnode.update();
    if (before != null) {
      fs.cache().order(before, entry);
      fs.cache().release(before);
    }
    Buffer inode = fs.inodeTable().buffer(vnode.ino());
    if (inode != null) {
      fs.cache().order(inode, entry);
      fs.cache().release(inode);
    }
    orphans.add(new Orphan(vnode));
    lock.unlock();
  }

  /** Makes the last one, or the superblock, name an inode; its block, pinned; null after EIO. */
  private @Nullable Buffer pointTo(int ino) {
    if (orphans.isEmpty()) {
      return fs.superblock().setFirstOrphan(ino);
    }
    Ext2Vnode last = orphans.getLast().vnode;
    last.setDtime(ino);
    last.update();
    return fs.inodeTable().buffer(last.ino());
  }

  /** The file has nothing left but its inode, which becomes free. May sleep. */
  void remove(Ext2Vnode vnode) {
    lock.lockExclusive();
    for (Orphan o : orphans) {
      o.freed |= o.vnode == vnode;
    }
    while (!orphans.isEmpty() && orphans.getLast().freed) {
      Ext2Vnode last = orphans.removeLast().vnode;
      Buffer before = pointTo(0);
      Buffer inode = fs.inodeTable().buffer(last.ino());
      if (before != null && inode != null) {
        fs.cache().order(before, inode);
      }
      last.setDtime(fs.seconds());
      last.update();
      fs.writeBack().freed().addInode(last.ino(), last.type() == FileType.DIR);
      if (before != null) {
        fs.cache().release(before);
      }
      if (inode != null) {
        fs.cache().release(inode);
      }
    }
    lock.unlock();
  }

  /** The file has a name after all: only what lay behind its end was to be freed. */
  private void removeNamed(Ext2Vnode vnode) {
    lock.lockExclusive();
    if (!orphans.isEmpty() && orphans.getLast().vnode == vnode) {
      orphans.removeLast();
      Buffer before = pointTo(0);
      if (before != null) {
        fs.cache().release(before);
      }
      vnode.setDtime(0);
      vnode.update();
    }
    lock.unlock();
  }
}
