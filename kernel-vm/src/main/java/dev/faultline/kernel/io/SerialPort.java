// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

/** A serial line as a terminal uses it: bytes out through a queue, bytes in by upcall. */
public interface SerialPort {
  /** Told what happens on the line; called at interrupt time, so nothing here sleeps. */
  interface Listener {
    /** A byte has come. */
    void received(int value);

    /** A break has come. */
    void breakReceived();

    /** The queue has become shorter. */
    void transmitted();

    /** The far end has hung up. */
    void carrierLost();
  }

  /** Starts the line. */
  void open(Listener listener);

  /** Bytes that the queue still takes. */
  int room();

  /**
   * Puts a byte into the queue.
   *
   * @return false if there was no room
   */
  boolean transmit(int value);

  /** Holds the queue back, or lets it run again. */
  void setStopped(boolean stopped);

  /** True if every byte has left for the line. */
  boolean drained();

  /** Forgets the bytes in the queue. */
  void discard();
}
