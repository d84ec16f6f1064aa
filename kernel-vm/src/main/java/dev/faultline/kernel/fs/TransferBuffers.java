// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import java.util.ArrayDeque;

/**
 * Kernel memory through which the bytes of a call pass, {@link Uio#CHUNK} at a time. It is used
 * again and again: to make and clear so much for each call would take longer than copying it.
 */
public final class TransferBuffers {
  /** Below that an array of its own costs nothing. */
  private static final int SMALL = 1024;

  private static final int KEPT = 4;

  private final ArrayDeque<byte[]> idle = new ArrayDeque<>();

  TransferBuffers() {}

  /** An array for as many of so many bytes as are moved at a time. What is in it means nothing. */
  public byte[] take(int bytes) {
    if (bytes <= SMALL) {
      return new byte[bytes];
    }
    byte[] buffer = idle.poll();
    return buffer == null ? new byte[Uio.CHUNK] : buffer;
  }

  /** Gives one back. */
  public void give(byte[] buffer) {
    if (buffer.length == Uio.CHUNK && idle.size() < KEPT) {
      idle.push(buffer);
    }
  }
}
