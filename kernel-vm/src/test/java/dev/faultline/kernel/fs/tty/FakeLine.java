// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import dev.faultline.kernel.io.SerialPort;

/** A serial line whose far end is a string. */
final class FakeLine implements SerialPort {
  private final StringBuilder sent = new StringBuilder();
  private Listener listener = new NullListener();
  int room = 4096;
  boolean stopped;

  private static final class NullListener implements Listener {
    @Override
    public void received(int value) {}

    @Override
    public void breakReceived() {}

    @Override
    public void transmitted() {}

    @Override
    public void carrierLost() {}
  }

  /** What came out since the last call. */
  String sent() {
    String all = sent.toString();
    sent.setLength(0);
    return all;
  }

  /** Types at the far end. */
  void type(String text) {
    text.chars().forEach(listener::received);
  }

  void giveRoom(int bytes) {
    room = bytes;
    listener.transmitted();
  }

  void loseCarrier() {
    listener.carrierLost();
  }

  @Override
  public void open(Listener newListener) {
    listener = newListener;
  }

  @Override
  public int room() {
    return room;
  }

  @Override
  public boolean transmit(int value) {
    if (room == 0) {
      return false;
    }
    room--;
    sent.append((char) value);
    return true;
  }

  @Override
  public void setStopped(boolean stop) {
    stopped = stop;
  }

  @Override
  public boolean drained() {
    return true;
  }

  @Override
  public void discard() {}
}
