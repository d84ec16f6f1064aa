// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.Scheduler;

/**
 * An open file whose bytes have positions: a regular file, a disk, a device's memory. Here is the
 * offset, and the loop that moves bytes through a kernel buffer, a chunk at a time (V35); a file
 * says how it reads and writes one chunk.
 */
public abstract class PositionedFile extends OpenFile {
  private long offset;

  /** Somebody reads or writes at the offset; others who want to wait for him. */
  private boolean moving;

  private int waiting;

  /** An open file at offset 0. */
  protected PositionedFile(FilePath path, int flags) {
    super(path, flags);
  }

  /**
   * Reads bytes.
   *
   * @param to what is in it is not to be seen: all that counts as read must be put there
   * @return bytes read, fewer than {@code size} at the end only; an error
   */
  protected abstract int readChunk(long position, byte[] to, int size);

  /**
   * Writes bytes.
   *
   * @return bytes written, fewer than {@code size} if the space ends; an error
   */
  protected abstract int writeChunk(long position, byte[] from, int size);

  /** Where the end is for {@link #seek}; -1 if it has none. */
  protected abstract long end();

  /** The largest offset that {@link #seek} sets. */
  protected long lastOffset() {
    return Long.MAX_VALUE;
  }

  /** Where a write at the offset begins, before it does. */
  protected long writeStart() {
    return offset;
  }

  /** Where the offset goes after a write of {@code count} bytes. */
  protected long writeEnd(long start, int count) {
    return start + count;
  }

  /** Where the next read or write begins. */
  protected final long offset() {
    return offset;
  }

  /** Moves the offset. */
  protected final void setOffset(long position) {
    offset = position;
  }

  /** Two who share the offset get bytes that follow each other, as POSIX wants it. */
  private void takeOffset() {
    while (moving) {
      waiting++;
      layer().scheduler().sleep(this, false, Scheduler.NO_DEADLINE);
      waiting--;
    }
    moving = true;
  }

  private void giveOffset() {
    moving = false;
    if (waiting > 0) {
      layer().scheduler().wakeup(this);
    }
  }

  @Override
  protected final int doRead(Caller caller, Uio uio) {
    takeOffset();
    int n = doReadAt(uio, offset);
    offset += Math.max(n, 0);
    giveOffset();
    return n;
  }

  @Override
  protected final int doWrite(Caller caller, Uio uio) {
    takeOffset();
    long start = writeStart();
    int n = doWriteAt(uio, start);
    if (n > 0) {
      offset = writeEnd(start, n);
    }
    giveOffset();
    return n;
  }

  @Override
  protected int doReadAt(Uio uio, long position) {
    byte[] buffer = layer().buffers().take(uio.remaining());
    int n = moveOut(uio, position, buffer);
    layer().buffers().give(buffer);
    return n;
  }

  private int moveOut(Uio uio, long position, byte[] buffer) {
    int done = 0;
    while (uio.remaining() > 0) {
      int wanted = Math.min(uio.remaining(), buffer.length);
      int got = readChunk(position + done, buffer, wanted);
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
  protected int doWriteAt(Uio uio, long position) {
    byte[] buffer = layer().buffers().take(uio.remaining());
    int n = moveIn(uio, position, buffer);
    layer().buffers().give(buffer);
    return n;
  }

  private int moveIn(Uio uio, long position, byte[] buffer) {
    int done = 0;
    while (uio.remaining() > 0) {
      int wanted = Math.min(uio.remaining(), buffer.length);
      int got = uio.moveIn(buffer, 0, wanted);
      if (got == 0) {
        return done > 0 ? done : -Errno.EFAULT;
      }
      int written = writeChunk(position + done, buffer, got);
      if (written < 0) {
        return done > 0 ? done : written;
      }
      done += written;
      if (written < wanted) {
        break;
      }
    }
    return done;
  }

  @Override
  public long seek(long by, int whence) {
    takeOffset();
    long target = target(by, whence);
    if (target >= 0) {
      offset = target;
    }
    giveOffset();
    return target;
  }

  private long target(long by, int whence) {
    long base =
        switch (whence) {
          case 0 -> 0;
          case 1 -> offset;
          case 2 -> end();
          default -> -1;
        };
    long target = base + by;
    if (base < 0 || target < 0 || target > lastOffset()) {
      return -Errno.EINVAL;
    }
    return target;
  }
}
