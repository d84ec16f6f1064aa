// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.io.IOException;

/**
 * Where a disk's sectors are kept. Callers stay within its size. For the machine's thread.
 *
 * <p>A write has reached the host's kernel when it returns, so it outlives this process; the host's
 * medium has it when {@link #close} returns.
 */
public interface DiskImage extends AutoCloseable {
  /** Bytes in a sector. */
  int SECTOR = 512;

  /** Size in sectors. */
  long sectors();

  /** True if it must not be written to. */
  boolean readOnly();

  /**
   * Reads bytes.
   *
   * @param position of the first one
   * @throws IOException if the host cannot
   */
  void read(long position, byte[] to, int offset, int length) throws IOException;

  /**
   * Writes bytes.
   *
   * @param position of the first one
   * @throws IOException if the host cannot, for lack of space say
   */
  void write(long position, byte[] from, int offset, int length) throws IOException;

  /** Gives everything to the host's medium and lets go of the file. */
  @Override
  void close() throws IOException;
}
