// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

/** A ring of bytes with a fixed capacity. Not thread-safe. */
public final class ByteRing {
  private final byte[] bytes;
  private int head;
  private int size;

  /** An empty ring. */
  public ByteRing(int capacity) {
    bytes = new byte[capacity];
  }

  /** Bytes in it. */
  public int size() {
    return size;
  }

  /** Bytes that it has room for. */
  public int room() {
    return bytes.length - size;
  }

  /** Appends a byte; there must be room. */
  public void add(byte value) {
    if (size == bytes.length) {
      throw new IllegalStateException("the ring of " + size + " bytes is full");
    }
    bytes[(head + size++) % bytes.length] = value;
  }

  /** Appends a byte; if the ring is full the oldest one goes. */
  public void push(byte value) {
    if (size == bytes.length) {
      head = (head + 1) % bytes.length;
      size--;
    }
    add(value);
  }

  /** Takes out the oldest bytes, as many as there are and fit; returns their number. */
  public int take(byte[] into) {
    int n = peek(into);
    head = (head + n) % bytes.length;
    size -= n;
    return n;
  }

  /** Copies all bytes, oldest first. */
  public byte[] toArray() {
    byte[] all = new byte[size];
    peek(all);
    return all;
  }

  private int peek(byte[] into) {
    int n = Math.min(size, into.length);
    int first = Math.min(n, bytes.length - head);
    System.arraycopy(bytes, head, into, 0, first);
    System.arraycopy(bytes, 0, into, first, n - first);
    return n;
  }
}
