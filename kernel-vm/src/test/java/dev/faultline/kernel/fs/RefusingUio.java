// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** A buffer whose memory refuses after some bytes. */
record RefusingUio(int remaining, int good) implements Uio {
  @Override
  public int moveIn(byte[] to, int offset, int size) {
    return Math.min(size, good);
  }

  @Override
  public int moveOut(byte[] from, int offset, int size) {
    return Math.min(size, good);
  }
}
