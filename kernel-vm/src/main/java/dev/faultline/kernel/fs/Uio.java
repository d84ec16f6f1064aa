// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/**
 * What a read or write moves, and how far it has come: the scattered buffer of the caller.
 *
 * <p>Moving may touch user memory and so fault and sleep: no vnode lock and no busy page may be
 * held (V35). Files therefore go through a kernel buffer of at most {@link #CHUNK} bytes.
 */
public interface Uio {
  /** The most that is moved between two acquisitions of a vnode lock. */
  int CHUNK = 64 << 10;

  /** Bytes not yet moved. */
  int remaining();

  /**
   * Takes bytes from the caller, for a write.
   *
   * @return bytes taken; less than {@code size} if the caller's memory refused
   */
  int moveIn(byte[] to, int offset, int size);

  /**
   * Gives bytes to the caller, for a read.
   *
   * @return bytes given; less than {@code size} if the caller's memory refused
   */
  int moveOut(byte[] from, int offset, int size);
}
