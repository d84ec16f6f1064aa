// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** A buffer of the kernel's own, for reads and writes on its own behalf. */
public final class KernelUio implements Uio {
  private final byte[] buffer;
  private int position;
  private final int end;

  /** All of an array. */
  public KernelUio(byte[] buffer) {
    this(buffer, 0, buffer.length);
  }

  /** A part of an array. */
  public KernelUio(byte[] buffer, int offset, int size) {
    this.buffer = buffer;
    position = offset;
    end = offset + size;
  }

  @Override
  public int remaining() {
    return end - position;
  }

  @Override
  public int moveIn(byte[] to, int offset, int size) {
    int n = Math.min(size, remaining());
    System.arraycopy(buffer, position, to, offset, n);
    position += n;
    return n;
  }

  @Override
  public int moveOut(byte[] from, int offset, int size) {
    int n = Math.min(size, remaining());
    System.arraycopy(from, offset, buffer, position, n);
    position += n;
    return n;
  }
}
