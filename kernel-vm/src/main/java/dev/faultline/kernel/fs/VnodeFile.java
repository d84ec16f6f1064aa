// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** An open regular file or directory. */
final class VnodeFile extends PositionedFile {
  private final boolean countsAsWriter;

  /** Behind what was last written at the end. */
  private long appended;

  VnodeFile(FilePath path, int flags) {
    super(path, flags);
    countsAsWriter = writable() && vnode().addWriter() == 0;
  }

  @Override
  protected void close() {
    if (countsAsWriter) {
      vnode().removeWriter();
    }
  }

  @Override
  protected int doReadAt(Uio uio, long position) {
    return vnode().type() == FileType.DIR ? -Errno.EISDIR : super.doReadAt(uio, position);
  }

  @Override
  protected int readChunk(long position, byte[] to, int size) {
    vnode().lock().lockShared();
    int n = vnode().read(position, to, 0, size);
    vnode().lock().unlock();
    return n;
  }

  /** As Linux does it: with O_APPEND even a positioned write goes to the end. */
  @Override
  protected int writeChunk(long position, byte[] from, int size) {
    vnode().lock().lockExclusive();
    long at = appends() ? vnode().size() : position;
    int n = vnode().write(at, from, 0, size);
    vnode().lock().unlock();
    appended = at + Math.max(n, 0);
    return n;
  }

  private boolean appends() {
    return (flags() & OpenFlags.APPEND) != 0;
  }

  @Override
  protected long writeEnd(long start, int count) {
    return appends() ? appended : start + count;
  }

  @Override
  protected long end() {
    return vnode().type() == FileType.DIR ? -1 : vnode().size();
  }

  @Override
  public int truncate(long size) {
    if (!writable() || size < 0 || vnode().type() != FileType.REG) {
      return -Errno.EINVAL;
    }
    vnode().lock().lockExclusive();
    int error = vnode().truncate(size);
    vnode().lock().unlock();
    return error;
  }

  @Override
  public int readDirectory(DirectorySink sink) {
    if (vnode().type() != FileType.DIR) {
      return -Errno.ENOTDIR;
    }
    vnode().lock().lockShared();
    int error =
        vnode()
            .readDirectory(
                offset(),
                (name, ino, type, next) -> {
                  boolean taken = sink.entry(name, ino, type, next);
                  if (taken) {
                    setOffset(next);
                  }
                  return taken;
                });
    vnode().lock().unlock();
    return error;
  }

  @Override
  public int sync() {
    return vnode().sync();
  }
}
