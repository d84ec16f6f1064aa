// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A raw image: the sectors one after the other in a file of the host. What was never written may be
 * a hole. The file is locked, so that two machines never write to one disk.
 */
public final class FileImage implements DiskImage {
  private final FileChannel channel;
  private final long sectors;
  private final boolean readOnly;

  private FileImage(FileChannel channel, boolean readOnly) throws IOException {
    this.channel = channel;
    this.sectors = channel.size() / SECTOR;
    this.readOnly = readOnly;
  }

  /**
   * Opens an image.
   *
   * @throws IOException if that cannot be: no such file, in use by another machine, not made of
   *     whole sectors; the message says which
   */
  public static FileImage open(Path file, boolean readOnly) throws IOException {
    FileChannel channel =
        readOnly
            ? FileChannel.open(file, StandardOpenOption.READ)
            : FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(channel, readOnly, file);
      if (channel.size() == 0 || channel.size() % SECTOR != 0) {
        throw new IOException(
            file + ": " + channel.size() + " bytes are not whole sectors of " + SECTOR);
      }
      return new FileImage(channel, readOnly);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Makes an image full of zeros: one hole.
   *
   * @throws IOException if the file is there already or cannot be made
   */
  public static FileImage create(Path file, long sectors) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE);
    try {
      lock(channel, false, file);
      channel.write(ByteBuffer.wrap(new byte[1]), sectors * SECTOR - 1);
      return new FileImage(channel, false);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The lock lives as long as the channel. */
  static void lock(FileChannel channel, boolean shared, Path file) throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock(0, Long.MAX_VALUE, shared);
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new IOException(file + " is in use by another machine");
    }
  }

  @Override
  public long sectors() {
    return sectors;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public void read(long position, byte[] to, int offset, int length) throws IOException {
    readFully(channel, position, to, offset, length);
  }

  @Override
  public void write(long position, byte[] from, int offset, int length) throws IOException {
    writeFully(channel, position, from, offset, length);
  }

  /** What lies beyond the end of a file that somebody has cut reads as zeros. */
  static void readFully(FileChannel channel, long position, byte[] to, int offset, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(to, offset, length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + length - buffer.remaining()) < 0) {
        Arrays.fill(to, offset + length - buffer.remaining(), offset + length, (byte) 0);
        return;
      }
    }
  }

  static void writeFully(FileChannel channel, long position, byte[] from, int offset, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(from, offset, length);
    while (buffer.hasRemaining()) {
      channel.write(buffer, position + length - buffer.remaining());
    }
  }

  @Override
  public void close() throws IOException {
    if (channel.isOpen() && !readOnly) {
      channel.force(true);
    }
    channel.close();
  }
}
