// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.vm.UserMemory;

/**
 * An open disk: its bytes at any offset, its size by ioctl and by seeking to the end. Who opened it
 * for writing has counted it as a writer of the disk.
 */
final class BlockDeviceFile extends PositionedFile {
  // linux/fs.h, as a 32-bit program has them.
  private static final int BLKROGET = 0x125E;
  private static final int BLKGETSIZE = 0x1260;
  private static final int BLKFLSBUF = 0x1261;
  private static final int BLKSSZGET = 0x1268;
  private static final int BLKBSZGET = 0x8004_1270;
  private static final int BLKGETSIZE64 = 0x8004_1272;

  private static final int BLOCK = 4096;

  private final RawDisk disk;

  BlockDeviceFile(FilePath path, int flags, RawDisk disk) {
    super(path, flags);
    this.disk = disk;
  }

  @Override
  protected void close() {
    if (writable()) {
      disk.disk().use().removeWriter();
    }
  }

  @Override
  protected int readChunk(long position, byte[] to, int size) {
    int n = disk.read(position, to, 0, size);
    return n < 0 ? -Errno.EIO : n;
  }

  @Override
  protected int writeChunk(long position, byte[] from, int size) {
    long room = disk.size() - position;
    if (room <= 0) {
      return -Errno.ENOSPC;
    }
    int n = disk.write(position, from, 0, (int) Math.min(room, size));
    return n < 0 ? -Errno.EIO : n;
  }

  @Override
  protected long writeStart() {
    return (flags() & OpenFlags.APPEND) != 0 ? disk.size() : offset();
  }

  @Override
  protected long end() {
    return disk.size();
  }

  @Override
  protected long lastOffset() {
    return disk.size();
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
