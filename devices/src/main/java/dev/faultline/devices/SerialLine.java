// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

/**
 * A serial cable and what is at its far end, as a UART sees it. What the far end sends comes the
 * other way: {@link Uart16550#receive}, {@link Uart16550#receiveBreak}, {@link
 * Uart16550#setCarrier}. For the machine's thread.
 */
public interface SerialLine {
  /** A cable with nothing at its end: takes everything, says nothing. */
  SerialLine UNPLUGGED =
      new SerialLine() {
        @Override
        public boolean canAccept() {
          return true;
        }

        @Override
        public void send(byte value) {}
      };

  /**
   * True if the far end takes one more byte. While it does not, the UART keeps its transmitter
   * full; when that ends, somebody calls {@link Uart16550#lineReady}.
   */
  boolean canAccept();

  /** Sends one byte; only after {@link #canAccept}. */
  void send(byte value);

  /** Called when the UART's receiver, which had been full, has room again. */
  default void receiverReady() {}
}
