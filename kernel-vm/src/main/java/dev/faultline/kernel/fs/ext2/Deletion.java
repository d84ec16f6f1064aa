// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.FileType;
import java.util.ArrayList;
import java.util.List;

/** The end of files that have no name any more: their pages, blocks and attributes, the inode. */
final class Deletion {
  private final Ext2Fs fs;
  private final List<Ext2Vnode> waiting = new ArrayList<>();

  Deletion(Ext2Fs fs) {
    this.fs = fs;
  }

  /** A file has become an orphan: it is freed when the change is over, if nobody uses it. */
  void later(Ext2Vnode vnode) {
    waiting.add(vnode);
  }

  /** Those that {@link #later} has named since the last call. */
  List<Ext2Vnode> takeWaiting() {
    List<Ext2Vnode> taken = List.copyOf(waiting);
    waiting.clear();
    return taken;
  }

  /** Frees an orphan that nobody uses any more. May sleep. */
  void reclaim(Ext2Vnode vnode) {
    if (vnode.dead() || fs.readOnly() || !fs.isMounted()) {
      return;
    }
    vnode.die();
    empty(vnode);
    fs.orphans().remove(vnode);
    end(vnode);
  }

  /** Frees the blocks of a file that has no name. May sleep. */
  void empty(Ext2Vnode vnode) {
    vnode.discardPages();
    long old = vnode.size();
    if (vnode instanceof Ext2File file) {
      file.setSize(0);
      file.freeBlocks(old);
    } else if (vnode instanceof Ext2Directory directory) {
      directory.freeBlocks();
    } else if (vnode instanceof Ext2Symlink link) {
      if (!link.isFast() && fs.isDataBlock(link.pointer(0) & 0xFFFF_FFFFL)) {
        freeMetadataBlock(link, link.pointer(0) & 0xFFFF_FFFFL);
        link.setPointer(0, 0);
      }
      link.setSize(0);
    }
    if (vnode.attributeBlock() != 0) {
      dropAttributes(vnode);
    }
  }

  private void freeMetadataBlock(Ext2Vnode vnode, long block) {
    fs.cache().forget(block);
    fs.writeBack().freed().addBlock(block);
    vnode.addSectors(-fs.sectorsPerBlock());
  }

  /** A block of extended attributes may belong to several inodes: it counts them. */
  private void dropAttributes(Ext2Vnode vnode) {
    long block = vnode.attributeBlock() & 0xFFFF_FFFFL;
    vnode.dropAttributeBlock();
    Buffer b = fs.isDataBlock(block) ? fs.cache().read(block) : null;
    if (b == null) {
      fs.complain("inode " + vnode.ino() + " has no good block of attributes");
      return;
    }
    int users = b.get32(4);
    if (users > 1) {
      fs.cache().modify(b);
      b.put32(4, users - 1);
      fs.cache().dirty(b);
      fs.cache().release(b);
      vnode.addSectors(-fs.sectorsPerBlock());
    } else {
      fs.cache().release(b);
      freeMetadataBlock(vnode, block);
    }
  }

  /** An inode is free. */
  void end(Ext2Vnode vnode) {
    vnode.die();
    fs.inodes().remove(vnode);
    if (vnode.type() == FileType.DIR) {
      fs.nameCache().forget(vnode.ino());
    }
  }
}
