// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A disk that is gone with the machine. Host memory is taken only where something was written. */
public final class MemoryImage implements DiskImage {
  private static final int CHUNK = 1 << 16;

  private final long sectors;
  private final byte[] @Nullable [] chunks;

  /**
   * A disk full of zeros.
   *
   * @param sectors its size; 2<sup>38</sup> at most
   */
  public MemoryImage(long sectors) {
    this.sectors = sectors;
    chunks = new byte[Math.toIntExact((sectors * SECTOR + CHUNK - 1) / CHUNK)][];
  }

  @Override
  public long sectors() {
    return sectors;
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public void read(long position, byte[] to, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      int inside = (int) (at % CHUNK);
      int n = Math.min(length - done, CHUNK - inside);
      byte[] chunk = chunks[(int) (at / CHUNK)];
      if (chunk == null) {
        Arrays.fill(to, offset + done, offset + done + n, (byte) 0);
      } else {
        System.arraycopy(chunk, inside, to, offset + done, n);
      }
      done += n;
    }
  }

  @Override
  public void write(long position, byte[] from, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      int inside = (int) (at % CHUNK);
      int n = Math.min(length - done, CHUNK - inside);
      byte[] chunk = chunks[(int) (at / CHUNK)];
      if (chunk == null) {
        chunk = new byte[CHUNK];
        chunks[(int) (at / CHUNK)] = chunk;
      }
      System.arraycopy(from, offset + done, chunk, inside, n);
      done += n;
    }
  }

  @Override
  public void close() {}
}
