// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A disk that starts as another image and leaves that as it is: what is written goes to a file of
 * its own, sector by sector.
 *
 * <p>The file: a header sector (magic, version, size in sectors, all eight bytes big-endian); then
 * a bit for each sector, most significant first, set if it was written; then, from the next
 * multiple of 4 KiB, every sector at its place, with holes where nothing was written. The data are
 * written before their bits, so a file that somebody stopped writing is still whole.
 */
public final class OverlayImage implements DiskImage {
  private static final long MAGIC = 0x4641_554C_544C_434FL; // "FAULTLCO"
  private static final long VERSION = 1;
  private static final int HEADER = SECTOR;
  private static final int ALIGNMENT = 4096;

  private final DiskImage base;
  private final FileChannel channel;
  private final byte[] written;
  private final long dataStart;

  private OverlayImage(DiskImage base, FileChannel channel) {
    this.base = base;
    this.channel = channel;
    written = new byte[Math.toIntExact((base.sectors() + 7) / 8)];
    dataStart = (HEADER + written.length + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * An overlay that is gone when the machine is: its file has no name.
   *
   * @param base becomes the overlay's, which closes it
   * @throws IOException if the host has no room for temporary files
   */
  public static OverlayImage temporary(DiskImage base) throws IOException {
    Path file = Files.createTempFile("faultline", ".overlay");
    FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    OverlayImage overlay = new OverlayImage(base, channel);
    overlay.writeHeader();
    return overlay;
  }

  /**
   * Opens an overlay's file, or makes it if there is none.
   *
   * @param base what it lay over before; becomes the overlay's, which closes it
   * @throws IOException if that cannot be: in use, no overlay, made for a disk of another size; the
   *     message says which
   */
  public static OverlayImage open(DiskImage base, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try {
      FileImage.lock(channel, false, file);
      OverlayImage overlay = new OverlayImage(base, channel);
      if (channel.size() == 0) {
        overlay.writeHeader();
      } else {
        overlay.readHeader(file);
      }
      return overlay;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void writeHeader() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    header.putLong(MAGIC).putLong(VERSION).putLong(sectors());
    FileImage.writeFully(channel, 0, header.array(), 0, HEADER);
  }

  private void readHeader(Path file) throws IOException {
    byte[] bytes = new byte[HEADER];
    FileImage.readFully(channel, 0, bytes, 0, HEADER);
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (header.getLong() != MAGIC || header.getLong() != VERSION) {
      throw new IOException(file + " is no overlay");
    }
    long sectors = header.getLong();
    if (sectors != sectors()) {
      throw new IOException(
          file + " was made for a disk of " + sectors + " sectors, not of " + sectors());
    }
    FileImage.readFully(channel, HEADER, written, 0, written.length);
  }

  @Override
  public long sectors() {
    return base.sectors();
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  private boolean isWritten(long sector) {
    return (written[(int) (sector >>> 3)] & 0x80 >>> (int) (sector & 7)) != 0;
  }

  @Override
  public void read(long position, byte[] to, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      long at = position + done;
      boolean here = isWritten(at / SECTOR);
      int n = (int) Math.min(length - done, SECTOR - at % SECTOR);
      while (done + n < length && isWritten((at + n) / SECTOR) == here) {
        n = Math.min(length - done, n + SECTOR);
      }
      if (here) {
        FileImage.readFully(channel, dataStart + at, to, offset + done, n);
      } else {
        base.read(at, to, offset + done, n);
      }
      done += n;
    }
  }

  @Override
  public void write(long position, byte[] from, int offset, int length) throws IOException {
    if (length == 0) {
      return;
    }
    completeSector(position);
    completeSector(position + length);
    FileImage.writeFully(channel, dataStart + position, from, offset, length);
    long first = position / SECTOR;
    long last = (position + length - 1) / SECTOR;
    boolean changed = false;
    for (long sector = first; sector <= last; sector++) {
      changed |= !isWritten(sector);
      written[(int) (sector >>> 3)] |= (byte) (0x80 >>> (int) (sector & 7));
    }
    if (changed) {
      int from8 = (int) (first >>> 3);
      FileImage.writeFully(channel, HEADER + from8, written, from8, (int) (last >>> 3) - from8 + 1);
    }
  }

  /** A sector that is to be written in part gets the rest from the base. */
  private void completeSector(long edge) throws IOException {
    long sector = edge / SECTOR;
    if (edge % SECTOR != 0 && !isWritten(sector)) {
      byte[] whole = new byte[SECTOR];
      base.read(sector * SECTOR, whole, 0, SECTOR);
      FileImage.writeFully(channel, dataStart + sector * SECTOR, whole, 0, SECTOR);
    }
  }

  @Override
  public void close() throws IOException {
    try (base) {
      if (channel.isOpen()) {
        channel.force(true);
      }
      channel.close();
    }
  }
}
