// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.dev;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.CharDevice;
import dev.faultline.kernel.fs.Device;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.PositionedFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Uio;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** /dev/null, /dev/zero, /dev/full, /dev/random and /dev/urandom. */
public final class MemoryDevice implements CharDevice {
  private static final int MAJOR = 1;

  private final @Nullable RandomPool pool;
  private final boolean empty;
  private final boolean full;

  private MemoryDevice(@Nullable RandomPool pool, boolean empty, boolean full) {
    this.pool = pool;
    this.empty = empty;
    this.full = full;
  }

  /** Reads as empty and swallows what is written. */
  public static MemoryDevice nullDevice() {
    return new MemoryDevice(null, true, false);
  }

  /** Reads zeros without end. */
  public static MemoryDevice zero() {
    return new MemoryDevice(null, false, false);
  }

  /** Reads zeros, and has never room for a write. */
  public static MemoryDevice full() {
    return new MemoryDevice(null, false, true);
  }

  /** Reads chances without end. */
  public static MemoryDevice random(RandomPool pool) {
    return new MemoryDevice(pool, false, false);
  }

  /** The device number of the memory device with that minor. */
  public static long number(int minor) {
    return Device.number(MAJOR, minor);
  }

  @Override
  public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
    return Result.of(new MemoryFile(path, flags));
  }

  private final class MemoryFile extends PositionedFile {
    MemoryFile(FilePath path, int flags) {
      super(path, flags);
    }

    @Override
    protected int readChunk(long position, byte[] to, int size) {
      if (empty) {
        return 0;
      }
      if (pool == null) {
        Arrays.fill(to, 0, size, (byte) 0);
      } else {
        pool.fill(to, 0, size);
      }
      return size;
    }

    @Override
    protected int writeChunk(long position, byte[] from, int size) {
      return full ? -Errno.ENOSPC : size;
    }

    /** What is swallowed need not be looked at. */
    @Override
    protected int doWriteAt(Uio uio, long position) {
      return full && uio.remaining() > 0 ? -Errno.ENOSPC : uio.remaining();
    }

    @Override
    protected long end() {
      return 0;
    }

    /** Any offset will do, and all are the same. */
    @Override
    public long seek(long offset, int whence) {
      return whence < 0 || whence > 2 ? -Errno.EINVAL : 0;
    }
  }
}
