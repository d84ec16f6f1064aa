// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import dev.faultline.kernel.fs.FileType;

/** A device file, FIFO or socket name: no contents, at most a number. */
final class Ext2Special extends Ext2Vnode {
  Ext2Special(Ext2Fs fs, FileType type, long ino) {
    super(fs, type, ino);
  }

  /** The number is in the first pointer if it has the old 16-bit form, else in the second. */
  @Override
  long rdev() {
    if (type() != FileType.CHR && type() != FileType.BLK) {
      return 0;
    }
    int old = pointer(0);
    return (old != 0 ? old : pointer(1)) & 0xFFFF_FFFFL;
  }

  void setRdev(long number) {
    boolean isOld = number >>> 16 == 0;
    setPointer(0, isOld ? (int) number : 0);
    setPointer(1, isOld ? 0 : (int) number);
  }
}
