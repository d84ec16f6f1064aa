// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

/**
 * A place in a directory: an entry, or room for one.
 *
 * @param buffer its block, pinned
 * @param at offset in it
 */
record Slot(Buffer buffer, int at) {
  long ino() {
    return DirectoryBlock.inode(buffer, at);
  }
}
