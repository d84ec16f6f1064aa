// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** An open regular file or directory. */
final class VnodeFile extends OpenFile {
  private long offset;
  private final boolean countsAsWriter;

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
  protected int doRead(Caller caller, Uio uio) {
    int n = doReadAt(uio, offset);
    if (n > 0) {
      offset += n;
    }
    return n;
  }

  @Override
  protected int doReadAt(Uio uio, long position) {
    if (vnode().type() == FileType.DIR) {
      return -Errno.EISDIR;
    }
    byte[] buffer = new byte[Math.min(uio.remaining(), Uio.CHUNK)];
    int done = 0;
    while (uio.remaining() > 0) {
      int wanted = Math.min(uio.remaining(), buffer.length);
      vnode().lock().lockShared();
      int got = vnode().read(position + done, buffer, 0, wanted);
      vnode().lock().unlock();
      if (got < 0) {
        return done > 0 ? done : got;
      }
      int moved = uio.moveOut(buffer, 0, got);
      done += moved;
      if (moved < got) {
        return done > 0 ? done : -Errno.EFAULT;
      }
      if (got < wanted) {
        break;
      }
    }
    return done;
  }

  @Override
  protected int doWrite(Caller caller, Uio uio) {
    boolean append = (flags() & OpenFlags.APPEND) != 0;
    long[] position = {offset};
    int n = transferIn(uio, position, append);
    if (n > 0) {
      offset = position[0];
    }
    return n;
  }

  @Override
  protected int doWriteAt(Uio uio, long position) {
    // As Linux does it: with O_APPEND even a positioned write goes to the end.
    return transferIn(uio, new long[] {position}, (flags() & OpenFlags.APPEND) != 0);
  }

  /** Writes from {@code position[0]}, or from the end, and leaves there where the next would go. */
  private int transferIn(Uio uio, long[] position, boolean append) {
    byte[] buffer = new byte[Math.min(uio.remaining(), Uio.CHUNK)];
    int done = 0;
    while (uio.remaining() > 0) {
      int wanted = Math.min(uio.remaining(), buffer.length);
      int got = uio.moveIn(buffer, 0, wanted);
      if (got == 0) {
        return done > 0 ? done : -Errno.EFAULT;
      }
      vnode().lock().lockExclusive();
      if (append) {
        position[0] = vnode().size();
      }
      int written = vnode().write(position[0], buffer, 0, got);
      vnode().lock().unlock();
      if (written < 0) {
        return done > 0 ? done : written;
      }
      position[0] += written;
      done += written;
      if (written < wanted) {
        break;
      }
    }
    return done;
  }

  @Override
  public long seek(long by, int whence) {
    long base =
        switch (whence) {
          case 0 -> 0;
          case 1 -> offset;
          case 2 -> vnode().type() == FileType.DIR ? -1 : vnode().size();
          default -> -1;
        };
    long target = base + by;
    if (base < 0 || target < 0) {
      return -Errno.EINVAL;
    }
    offset = target;
    return target;
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
                offset,
                (name, ino, type, next) -> {
                  boolean taken = sink.entry(name, ino, type, next);
                  if (taken) {
                    offset = next;
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
