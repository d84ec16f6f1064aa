// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** A file opened with O_PATH: a place in the tree, neither readable nor writable. */
final class PathFile extends OpenFile {
  PathFile(FilePath path, int flags) {
    super(path, flags);
  }

  @Override
  protected int doRead(Caller caller, Uio uio) {
    return -Errno.EBADF;
  }

  @Override
  protected int doWrite(Caller caller, Uio uio) {
    return -Errno.EBADF;
  }

  @Override
  public long seek(long offset, int whence) {
    return -Errno.EBADF;
  }

  @Override
  public int sync() {
    return -Errno.EBADF;
  }
}
