// SPDX-License-Identifier: BSD-2-Clause
/**
 * The second extended file system, in its on-disk format of revision 1, read and written.
 *
 * <p>Metadata lives in pages of the disk's own memory object, as {@link
 * dev.faultline.kernel.fs.ext2.Buffer}s of a {@link dev.faultline.kernel.fs.ext2.BufferCache},
 * which writes them back in the order that keeps the disk repairable at every moment: an entry
 * before the inode that it names, a new block before what points to it, a freed inode before the
 * entry that named it is gone. What was freed is used again only when that is on the disk. Data of
 * regular files goes through their own objects and the vnode pager. Start reading at {@code
 * Ext2Fs}, which mounts and holds the parts together, then {@code Ext2Vnode}, {@code BlockTree} and
 * {@code Ext2Directory}; the order of writes is in {@code NameCreation}, {@code NameRemoval},
 * {@code NameMove} and {@code OrphanList}.
 *
 * <p>The format is that of the Linux kernel's {@code Documentation/filesystems/ext2.rst} and of
 * {@code mke2fs}, {@code e2fsck} and {@code debugfs} (e2fsprogs), which check it.
 */
@NullMarked
package dev.faultline.kernel.fs.ext2;

import org.jspecify.annotations.NullMarked;
