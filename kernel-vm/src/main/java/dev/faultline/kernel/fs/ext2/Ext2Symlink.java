// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.ext2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;

/** A symbolic link: a short target lies in the inode itself, a longer one in a block. */
final class Ext2Symlink extends Ext2Vnode {
  /** Bytes of targets that fit into the inode: less than its pointers take. */
  static final int FAST = 59;

  Ext2Symlink(Ext2Fs fs, long ino) {
    super(fs, FileType.LNK, ino);
  }

  /** True if the target lies in the inode: then its pointers point nowhere. */
  boolean isFast() {
    long own = attributeBlock() == 0 ? 0 : fs().sectorsPerBlock();
    return sectors() - own <= 0;
  }

  void setFastTarget(String target) {
    for (int i = 0; i < target.length(); i++) {
      int shift = 8 * (i % 4);
      setPointer(i / 4, pointer(i / 4) | target.charAt(i) << shift);
    }
    setSize(target.length());
  }

  @Override
  public Result<String> readLink(Caller caller) {
    if (size() <= 0 || size() > fs().shape().blockSize() || (isFast() && size() > FAST + 1)) {
      fs().complain("symbolic link " + ino() + " has a target of " + size() + " bytes");
      return Result.failure(Errno.EIO);
    }
    byte[] bytes = new byte[(int) size()];
    if (isFast()) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (pointer(i / 4) >>> 8 * (i % 4));
      }
    } else {
      if (!fs().isDataBlock(pointer(0) & 0xFFFF_FFFFL)) {
        return Result.failure(Errno.EIO);
      }
      Buffer b = fs().cache().read(pointer(0) & 0xFFFF_FFFFL);
      if (b == null) {
        return Result.failure(Errno.EIO);
      }
      b.get(0, bytes);
      fs().cache().release(b);
    }
    return Result.of(new String(bytes, ISO_8859_1));
  }
}
