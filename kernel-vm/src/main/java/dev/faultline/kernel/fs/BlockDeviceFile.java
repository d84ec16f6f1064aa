// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.vm.UserMemory;

/** An open disk: its bytes at any offset, its size by ioctl and by seeking to the end. */
final class BlockDeviceFile extends OpenFile {
  // linux/fs.h, as a 32-bit program has them.
  private static final int BLKROGET = 0x125E;
  private static final int BLKGETSIZE = 0x1260;
  private static final int BLKFLSBUF = 0x1261;
  private static final int BLKSSZGET = 0x1268;
  private static final int BLKBSZGET = 0x8004_1270;
  private static final int BLKGETSIZE64 = 0x8004_1272;

  private static final int BLOCK = 4096;

  private final RawDisk disk;
  private long offset;

  BlockDeviceFile(FilePath path, int flags, RawDisk disk) {
    super(path, flags);
    this.disk = disk;
  }

  @Override
  protected int doRead(Caller caller, Uio uio) {
    int n = doReadAt(uio, offset);
    offset += Math.max(n, 0);
    return n;
  }

  @Override
  protected int doReadAt(Uio uio, long position) {
    byte[] buffer = new byte[Math.min(uio.remaining(), Uio.CHUNK)];
    int done = 0;
    while (uio.remaining() > 0) {
      int wanted = Math.min(uio.remaining(), buffer.length);
      int got = disk.read(position + done, buffer, 0, wanted);
      if (got < 0) {
        return done > 0 ? done : -Errno.EIO;
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
    if ((flags() & OpenFlags.APPEND) != 0) {
      offset = disk.size();
    }
    int n = doWriteAt(uio, offset);
    offset += Math.max(n, 0);
    return n;
  }

  @Override
  protected int doWriteAt(Uio uio, long position) {
    byte[] buffer = new byte[Math.min(uio.remaining(), Uio.CHUNK)];
    int done = 0;
    while (uio.remaining() > 0) {
      long room = disk.size() - position - done;
      if (room <= 0) {
        return done > 0 ? done : -Errno.ENOSPC;
      }
      int wanted = (int) Math.min(room, Math.min(uio.remaining(), buffer.length));
      int got = uio.moveIn(buffer, 0, wanted);
      if (got == 0) {
        return done > 0 ? done : -Errno.EFAULT;
      }
      int written = disk.write(position + done, buffer, 0, got);
      if (written < 0) {
        return done > 0 ? done : -Errno.EIO;
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
    long base =
        switch (whence) {
          case 0 -> 0;
          case 1 -> offset;
          case 2 -> disk.size();
          default -> -1;
        };
    long target = base + by;
    if (base < 0 || target < 0 || target > disk.size()) {
      return -Errno.EINVAL;
    }
    offset = target;
    return target;
  }

  @Override
  public int sync() {
    return disk.flush() ? 0 : -Errno.EIO;
  }

  @Override
  public int ioctl(Caller caller, int request, int argument, UserMemory memory) {
    return switch (request) {
      case BLKROGET -> store(memory, argument, disk.disk().readOnly() ? 1 : 0);
      case BLKSSZGET -> store(memory, argument, BlockDevice.SECTOR);
      case BLKBSZGET -> store(memory, argument, BLOCK);
      case BLKGETSIZE ->
          disk.disk().sectors() > 0xFFFF_FFFFL
              ? -Errno.EFBIG
              : store(memory, argument, (int) disk.disk().sectors());
      case BLKGETSIZE64 -> {
        int error = store(memory, argument, (int) disk.size());
        yield error != 0 ? error : store(memory, argument + 4, (int) (disk.size() >>> 32));
      }
      case BLKFLSBUF -> caller.credentials().isSuperuser() ? sync() : -Errno.EACCES;
      default -> -Errno.ENOTTY;
    };
  }

  private static int store(UserMemory memory, int address, int value) {
    return memory.store32(address, value) ? 0 : -Errno.EFAULT;
  }
}
