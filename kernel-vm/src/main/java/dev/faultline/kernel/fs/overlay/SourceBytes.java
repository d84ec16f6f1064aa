// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.FileType;

/** A regular file of the lower layer whose bytes are at hand. */
public final class SourceBytes implements SourceNode {
  private final int mode;
  private final long modified;
  private final byte[] bytes;

  /** A file with these bytes, which are not copied. */
  public SourceBytes(int mode, long modified, byte[] bytes) {
    this.mode = mode;
    this.modified = modified;
    this.bytes = bytes;
  }

  @Override
  public FileType type() {
    return FileType.REG;
  }

  @Override
  public int mode() {
    return mode;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public long modified() {
    return modified;
  }

  @Override
  public int read(long position, byte[] to, int offset, int size) {
    int n = Math.clamp(bytes.length - position, 0, size);
    System.arraycopy(bytes, (int) position, to, offset, n);
    return n;
  }
}
