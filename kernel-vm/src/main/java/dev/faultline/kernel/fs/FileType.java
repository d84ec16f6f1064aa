// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** What a vnode is. */
public enum FileType {
  /** A regular file. */
  REG(0x8000, 8),
  /** A directory. */
  DIR(0x4000, 4),
  /** A symbolic link. */
  LNK(0xA000, 10),
  /** A character device. */
  CHR(0x2000, 2),
  /** A block device. */
  BLK(0x6000, 6),
  /** A local socket's name. */
  SOCK(0xC000, 12),
  /** A named or anonymous pipe. */
  FIFO(0x1000, 1);

  /** The bits of a mode that hold the type. */
  public static final int MASK = 0xF000;

  private final int modeBits;
  private final int direntType;

  FileType(int modeBits, int direntType) {
    this.modeBits = modeBits;
    this.direntType = direntType;
  }

  /** The type's bits in {@code st_mode}. */
  public int modeBits() {
    return modeBits;
  }

  /** The type's number in a directory entry ({@code d_type}). */
  public int direntType() {
    return direntType;
  }
}
