// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.mmu.PhysicalBus;

/**
 * Driver of a 16550A UART: programs it through its eight ports and lives on its interrupts.
 *
 * <p>Bytes to send wait in a ring; up to sixteen go into the chip's FIFO whenever it says that it
 * is empty. Received bytes go to the listener at once. {@link #interrupt} is to be called when the
 * chip's line is high.
 */
public final class SerialDriver implements SerialPort {
  private static final int RBR_THR = 0;
  private static final int IER = 1;
  private static final int IIR_FCR = 2;
  private static final int LCR = 3;
  private static final int MCR = 4;
  private static final int LSR = 5;
  private static final int MSR = 6;

  private static final int IER_RECEIVED = 1;
  private static final int IER_TRANSMITTER_EMPTY = 1 << 1;
  private static final int IER_MODEM = 1 << 3;
  private static final int IIR_NONE = 1;
  private static final int FCR_ENABLE_AND_CLEAR = 7;
  private static final int LCR_8N1 = 3;
  private static final int LCR_DIVISOR = 0x80;
  private static final int MCR_DTR_RTS_OUT2 = 0xB;
  private static final int LSR_DATA = 1;
  private static final int LSR_BREAK = 1 << 4;
  private static final int LSR_HOLDING_EMPTY = 1 << 5;
  private static final int LSR_ALL_SENT = 1 << 6;
  private static final int MSR_CARRIER_CHANGED = 1 << 3;
  private static final int MSR_CARRIER = 1 << 7;

  private static final int FIFO = 16;
  private static final int QUEUE = 4096;

  /** The most bytes taken, and causes looked at, in one interrupt: a mad device cannot hold us. */
  private static final int PATIENCE = 4096;

  private final PhysicalBus bus;
  private final int base;
  private final byte[] queue = new byte[QUEUE];
  private int first;
  private int count;
  private int enabled;
  private boolean stopped;
  private Listener listener = new NobodyListens();

  /** A driver for the UART whose ports start at {@code base}. */
  public SerialDriver(PhysicalBus bus, int base) {
    this.bus = bus;
    this.base = base;
  }

  @Override
  public void open(Listener newListener) {
    listener = newListener;
    out(IER, 0);
    out(LCR, LCR_DIVISOR);
    out(RBR_THR, 1);
    out(IER, 0);
    out(LCR, LCR_8N1);
    out(IIR_FCR, FCR_ENABLE_AND_CLEAR);
    out(MCR, MCR_DTR_RTS_OUT2);
    enable(IER_RECEIVED | IER_MODEM);
  }

  /** Serves the chip until it asks for nothing more. Never sleeps. */
  public void interrupt() {
    for (int i = 0; i < PATIENCE && (in(IIR_FCR) & IIR_NONE) == 0; i++) {
      receive();
      int modem = in(MSR);
      if ((modem & MSR_CARRIER_CHANGED) != 0 && (modem & MSR_CARRIER) == 0) {
        listener.carrierLost();
      }
      if (feed()) {
        listener.transmitted();
      }
    }
  }

  private void receive() {
    for (int i = 0; i < PATIENCE; i++) {
      int status = in(LSR);
      if ((status & LSR_DATA) == 0) {
        return;
      }
      int value = in(RBR_THR);
      if ((status & LSR_BREAK) != 0) {
        listener.breakReceived();
      } else {
        listener.received(value);
      }
    }
  }

  /** Fills the chip's FIFO if it is empty; true if a byte has left the queue. */
  private boolean feed() {
    boolean fed = false;
    if (!stopped && count > 0 && (in(LSR) & LSR_HOLDING_EMPTY) != 0) {
      for (int i = 0; i < FIFO && count > 0; i++) {
        out(RBR_THR, queue[first] & 0xFF);
        first = (first + 1) % QUEUE;
        count--;
      }
      fed = true;
    }
    boolean wantsMore = count > 0 && !stopped;
    enable(wantsMore ? enabled | IER_TRANSMITTER_EMPTY : enabled & ~IER_TRANSMITTER_EMPTY);
    return fed;
  }

  @Override
  public int room() {
    return QUEUE - count;
  }

  @Override
  public boolean transmit(int value) {
    if (count == QUEUE) {
      return false;
    }
    queue[(first + count) % QUEUE] = (byte) value;
    count++;
    feed();
    return true;
  }

  @Override
  public void setStopped(boolean stop) {
    stopped = stop;
    feed();
  }

  @Override
  public boolean drained() {
    return count == 0 && (in(LSR) & LSR_ALL_SENT) != 0;
  }

  @Override
  public void discard() {
    count = 0;
    feed();
    listener.transmitted();
  }

  private void enable(int interrupts) {
    if (interrupts != enabled) {
      enabled = interrupts;
      out(IER, interrupts);
    }
  }

  private int in(int register) {
    return bus.in(base + register, 1);
  }

  private void out(int register, int value) {
    bus.out(base + register, 1, value);
  }

  /** Takes what comes before the line is opened. */
  private static final class NobodyListens implements Listener {
    @Override
    public void received(int value) {}

    @Override
    public void breakReceived() {}

    @Override
    public void transmitted() {}

    @Override
    public void carrierLost() {}
  }
}
