// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A disk behind its interface: an image, a latency model, faults. For the machine's thread.
 *
 * <p>The interface asks for each request, when it arrives, what will happen to it ({@link #fault})
 * and when ({@link #completion}), and moves its bytes when that time has come.
 */
public final class Drive implements AutoCloseable {
  private final DiskImage image;
  private final Latency latency;
  private final DiskFaults faults;
  private final @Nullable WriteCache cache;

  /** A drive in which nothing has been written yet. */
  public Drive(DiskImage image, Latency latency, DiskFaults faults) {
    this.image = image;
    this.latency = latency;
    this.faults = faults;
    cache = faults.mayCutPower() ? new WriteCache(image) : null;
  }

  /** Size in sectors. */
  public long sectors() {
    return image.sectors();
  }

  /** True if it refuses writes. */
  public boolean readOnly() {
    return image.readOnly();
  }

  /** A request arrives: what will happen to it. */
  public DiskFaults.Fault fault(long now, DiskOperation operation, long sector, int sectors) {
    return faults.next(now, operation, sector, sectors);
  }

  /** A request arrives: when it is done, virtual nanoseconds. */
  public long completion(
      long now, DiskOperation operation, long sector, int bytes, boolean writeBack) {
    return latency.completion(now, operation, sector, bytes, writeBack);
  }

  /** Part of a request that works: bytes from the image. */
  public void read(long position, byte[] to, int offset, int length) throws IOException {
    image.read(position, to, offset, length);
  }

  /** Part of a request that works: bytes, whole sectors, to the image. */
  public void write(long position, byte[] from, int offset, int length) throws IOException {
    if (cache != null) {
      cache.writing(position, from, offset, length);
    }
    image.write(position, from, offset, length);
  }

  /** A place in the order of writes, for {@link #flushed}. */
  public long mark() {
    return cache == null ? 0 : cache.mark();
  }

  /** What was written up to the mark is on the medium. */
  public void flushed(long mark) {
    if (cache != null) {
      cache.flushed(mark);
    }
  }

  /** How many sectors of a torn write reach the image: fewer than all. */
  public int tear(int sectors) {
    return faults.chance(Math.max(1, sectors));
  }

  /** Turns over one bit of some sectors. */
  public void rot(long sector, int sectors) throws IOException {
    long position = (sector + faults.chance(sectors)) * DiskImage.SECTOR;
    int bit = faults.chance(8 * DiskImage.SECTOR);
    byte[] one = new byte[1];
    image.read(position + bit / 8, one, 0, 1);
    one[0] ^= (byte) (1 << bit % 8);
    image.write(position + bit / 8, one, 0, 1);
  }

  /** The power fails: leaves in the image what the medium has. Nothing may be asked afterwards. */
  public void powerCut() throws IOException {
    if (cache != null) {
      cache.powerCut(DiskFaults.chances(faults.chance(Integer.MAX_VALUE)));
    }
  }

  /** Lets go of the image. */
  @Override
  public void close() throws IOException {
    image.close();
  }
}
