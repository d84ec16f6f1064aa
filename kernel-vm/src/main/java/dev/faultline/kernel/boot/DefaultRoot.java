// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.MemoryImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * The root of a {@code boot} that names none: an ext2 image with our own programs, which the build
 * made with {@code image create} and from which it cut the zeros at the end.
 */
final class DefaultRoot {
  /** Beside this class; see {@code build/RootImage.java}. */
  private static final String RESOURCE = "default-root.ext2";

  private static final int CHUNK = 1 << 16;

  // The superblock.
  private static final int BLOCKS = 1024 + 4;
  private static final int LOG_BLOCK_SIZE = 1024 + 24;
  private static final int SMALLEST_BLOCK = 1024;

  private DefaultRoot() {}

  /**
   * A disk that holds it. Each is a copy in memory of its own, so what a guest writes is gone with
   * the run; only chunks that hold something take memory.
   */
  static DiskImage open() {
    try (InputStream in = DefaultRoot.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new UsageError("this build has no default root; build it with Maven, or give --root");
      }
      byte[] chunk = new byte[CHUNK];
      int n = in.readNBytes(chunk, 0, CHUNK);
      MemoryImage image = new MemoryImage(size(chunk) / DiskImage.SECTOR);
      for (long position = 0; n > 0; position += n, n = in.readNBytes(chunk, 0, CHUNK)) {
        if (!isZero(chunk, n)) {
          image.write(position, chunk, 0, n);
        }
      }
      return image;
    } catch (IOException e) {
      throw new UncheckedIOException("the default root cannot be read", e);
    }
  }

  private static long size(byte[] start) {
    ByteBuffer superblock = ByteBuffer.wrap(start).order(LITTLE_ENDIAN);
    long blockSize = (long) SMALLEST_BLOCK << superblock.getInt(LOG_BLOCK_SIZE);
    return Integer.toUnsignedLong(superblock.getInt(BLOCKS)) * blockSize;
  }

  private static boolean isZero(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
