// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import dev.faultline.mmu.InterruptLine;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PortDevice;

/**
 * A 16550A UART (National Semiconductor PC16550D data sheet), wired as in a PC: 1.8432 MHz crystal,
 * OUT2 gates the interrupt. For the machine's thread.
 *
 * <p>By default a byte leaves as soon as the far end takes it; {@link Timing#BAUD} sends at the
 * programmed rate instead. In both, a far end that takes no more keeps the transmitter full: THRE
 * stays clear, and the interrupt comes when it has drained. So a driver sleeps for that interrupt;
 * one that polls THRE in a loop, without letting the machine take events, waits for ever.
 *
 * <p>The receiver is as fast as the far end. The programmed rate counts for the character timeout.
 */
public final class Uart16550 implements PortDevice {
  /** How long a byte takes to leave. */
  public enum Timing {
    /** No time at all. */
    INSTANT,
    /** As long as the divisor and the frame format say. */
    BAUD
  }

  /** Number of ports. */
  public static final int PORTS = 8;

  /** Base port of COM1. */
  public static final int COM1 = 0x3F8;

  /** Base port of COM2. */
  public static final int COM2 = 0x2F8;

  // Interrupt enable register.
  private static final int IER_RECEIVED = 0x01;
  private static final int IER_TRANSMITTER = 0x02;
  private static final int IER_LINE_STATUS = 0x04;
  private static final int IER_MODEM_STATUS = 0x08;

  // Interrupt identification register, in the order of priority.
  private static final int IIR_LINE_STATUS = 0x06;
  private static final int IIR_RECEIVED = 0x04;
  private static final int IIR_TIMEOUT = 0x0C;
  private static final int IIR_TRANSMITTER = 0x02;
  private static final int IIR_MODEM_STATUS = 0x00;
  private static final int IIR_NONE = 0x01;
  private static final int IIR_FIFOS = 0xC0;

  private static final int LCR_DLAB = 0x80;

  private static final int MCR_DTR = 0x01;
  private static final int MCR_RTS = 0x02;
  private static final int MCR_OUT1 = 0x04;
  private static final int MCR_OUT2 = 0x08;
  private static final int MCR_LOOP = 0x10;

  private static final int LSR_DATA_READY = 0x01;
  private static final int LSR_OVERRUN = 0x02;
  private static final int LSR_BREAK = 0x10;
  private static final int LSR_THRE = 0x20;
  private static final int LSR_TEMT = 0x40;
  private static final int LSR_FIFO_ERROR = 0x80;

  private static final int MSR_CTS = 0x10;
  private static final int MSR_DSR = 0x20;
  private static final int MSR_RI = 0x40;
  private static final int MSR_DCD = 0x80;

  private static final int[] TRIGGER_LEVELS = {1, 4, 8, 14};
  private static final int TIMEOUT_CHARACTERS = 4;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long BAUD_BASE = 115_200;

  private final VirtualClock clock;
  private final InterruptLine interrupt;
  private final Timing timing;
  private final EventQueue.Timer characterSent;
  private final EventQueue.Timer receiveTimeout;
  private SerialLine line = SerialLine.UNPLUGGED;

  private final CharacterFifo received = new CharacterFifo();
  private final CharacterFifo transmit = new CharacterFifo();
  private int trigger = 1;
  private boolean fifos;
  private boolean overrun;
  private boolean timedOut;
  private boolean transmitterInterrupt;
  private boolean transmitting;
  private boolean shiftBusy;
  private int shiftRegister;
  private int divisor = 12;
  private int ier;
  private int lcr;
  private int mcr;
  private int scratch;

  /**
   * What the modem's lines say, as in the high half of the MSR; and what has changed since read.
   */
  private int externalStatus = MSR_CTS | MSR_DSR;

  private int modemStatus = externalStatus;
  private int modemDelta;

  /** A UART after reset, with nothing plugged in. */
  public Uart16550(VirtualClock clock, EventQueue events, InterruptLine interrupt, Timing timing) {
    this.clock = clock;
    this.interrupt = interrupt;
    this.timing = timing;
    this.characterSent = events.timer(_ -> characterSent());
    this.receiveTimeout = events.timer(_ -> receiveTimeout());
  }

  /** Puts the registers on eight ports. */
  public void attach(PhysicalBus bus, int basePort) {
    bus.attachPorts(basePort, PORTS, this);
  }

  // ---- the serial side -----------------------------------------------------------------------

  /** Plugs a cable in, instead of the one before. */
  public void connect(SerialLine newLine) {
    line = newLine;
    pump();
    update();
  }

  /**
   * True if the far end may send: the driver has raised DTR (before it has, nobody listens, and a
   * byte would be lost with the next reset of the FIFO), and there is room for one more byte.
   */
  public boolean canReceive() {
    return (mcr & (MCR_DTR | MCR_LOOP)) == MCR_DTR && received.size() < depth();
  }

  /** A byte comes in. Without {@link #canReceive} it overruns; in loopback mode it is lost. */
  public void receive(byte value) {
    if (!loopback()) {
      accept(value & 0xFF, 0);
      update();
    }
  }

  /** A break comes in: a zero byte that is marked. */
  public void receiveBreak() {
    if (!loopback()) {
      accept(0, LSR_BREAK);
      update();
    }
  }

  /** The line's {@link SerialLine#canAccept} has become true. */
  public void lineReady() {
    if (shiftBusy && !characterSent.isArmed()) {
      characterSent();
    }
    pump();
    update();
  }

  /** Carrier at the far end: DCD. CTS and DSR are always there. */
  public void setCarrier(boolean present) {
    externalStatus = MSR_CTS | MSR_DSR | (present ? MSR_DCD : 0);
    updateModemStatus();
    update();
  }

  // ---- registers -----------------------------------------------------------------------------

  @Override
  public int in(int port) {
    int value =
        switch (port) {
          case 0 -> dlab() ? divisor & 0xFF : readReceiver();
          case 1 -> dlab() ? divisor >> 8 : ier;
          case 2 -> readInterruptIdentification();
          case 3 -> lcr;
          case 4 -> mcr;
          case 5 -> readLineStatus();
          case 6 -> readModemStatus();
          default -> scratch;
        };
    update();
    return value;
  }

  @Override
  public void out(int port, int value) {
    switch (port) {
      case 0 -> {
        if (dlab()) {
          divisor = divisor & 0xFF00 | value;
        } else {
          writeTransmitter(value);
        }
      }
      case 1 -> {
        if (dlab()) {
          divisor = divisor & 0xFF | value << 8;
        } else {
          writeInterruptEnable(value & 0x0F);
        }
      }
      case 2 -> writeFifoControl(value);
      case 3 -> lcr = value;
      case 4 -> writeModemControl(value & 0x1F);
      case 5, 6 -> {
        // Line and modem status are for reading; writing them is for the factory's tests.
      }
      default -> scratch = value;
    }
    update();
  }

  private boolean dlab() {
    return (lcr & LCR_DLAB) != 0;
  }

  private boolean loopback() {
    return (mcr & MCR_LOOP) != 0;
  }

  private int depth() {
    return fifos ? CharacterFifo.CAPACITY : 1;
  }

  // ---- receiver ------------------------------------------------------------------------------

  private void accept(int value, int flags) {
    if (received.size() >= depth()) {
      overrun = true;
      if (fifos) {
        return; // The FIFO is kept; it is the character in the shift register that is lost.
      }
      received.clear();
    }
    received.add(value | flags << 8);
    if (fifos) {
      armReceiveTimeout();
    }
  }

  private int readReceiver() {
    if (received.size() == 0) {
      return 0;
    }
    int value = received.remove() & 0xFF;
    timedOut = false;
    if (received.size() == 0) {
      receiveTimeout.cancel();
    } else if (fifos) {
      armReceiveTimeout();
    }
    line.receiverReady();
    return value;
  }

  private void armReceiveTimeout() {
    receiveTimeout.arm(clock.now() + TIMEOUT_CHARACTERS * characterTime());
  }

  private void receiveTimeout() {
    timedOut = received.size() > 0;
    update();
  }

  private void clearReceiver() {
    received.clear();
    timedOut = false;
    receiveTimeout.cancel();
    line.receiverReady();
  }

  // ---- transmitter ---------------------------------------------------------------------------

  private void writeTransmitter(int value) {
    transmitterInterrupt = false;
    transmitting = true;
    if (transmit.size() >= depth()) {
      if (fifos) {
        return;
      }
      transmit.clear();
    }
    transmit.add(value);
    pump();
  }

  /** Moves on what can move on; notes it when the holding register or FIFO has become empty. */
  private void pump() {
    while (transmit.size() > 0 && !shiftBusy) {
      if (timing == Timing.BAUD) {
        shiftRegister = transmit.remove();
        shiftBusy = true;
        characterSent.arm(clock.now() + characterTime());
      } else if (loopback() || line.canAccept()) {
        send(transmit.remove());
      } else {
        break;
      }
    }
    if (transmit.size() == 0 && transmitting) {
      transmitting = false;
      transmitterInterrupt = true;
    }
  }

  /** The last bit of the shift register has gone, if the far end has room for it. */
  private void characterSent() {
    if (loopback() || line.canAccept()) {
      shiftBusy = false;
      send(shiftRegister);
      pump();
      update();
    }
  }

  private void send(int value) {
    if (loopback()) {
      accept(value, 0);
    } else {
      line.send((byte) value);
    }
  }

  /** Nanoseconds that one character takes on the wire. */
  private long characterTime() {
    int bits = 1 + 5 + (lcr & 3) + ((lcr & 8) != 0 ? 1 : 0) + ((lcr & 4) != 0 ? 2 : 1);
    return bits * NANOS_PER_SECOND * Math.max(divisor, 1) / BAUD_BASE;
  }

  // ---- control and status --------------------------------------------------------------------

  private void writeInterruptEnable(int value) {
    boolean enablesTransmitter = (value & ~ier & IER_TRANSMITTER) != 0;
    ier = value;
    if (enablesTransmitter && transmit.size() == 0) {
      transmitterInterrupt = true;
    }
  }

  private void writeFifoControl(int value) {
    boolean enable = (value & 0x01) != 0;
    boolean changed = enable != fifos;
    fifos = enable;
    trigger = enable ? TRIGGER_LEVELS[value >> 6] : 1;
    if (changed || enable && (value & 0x02) != 0) {
      clearReceiver();
    }
    if (changed || enable && (value & 0x04) != 0) {
      transmit.clear();
      pump();
    }
  }

  private void writeModemControl(int value) {
    boolean couldReceive = canReceive();
    mcr = value;
    updateModemStatus();
    pump();
    if (!couldReceive && canReceive()) {
      line.receiverReady();
    }
  }

  private void updateModemStatus() {
    int status = externalStatus;
    if (loopback()) {
      status =
          ((mcr & MCR_RTS) != 0 ? MSR_CTS : 0)
              | ((mcr & MCR_DTR) != 0 ? MSR_DSR : 0)
              | ((mcr & MCR_OUT1) != 0 ? MSR_RI : 0)
              | ((mcr & MCR_OUT2) != 0 ? MSR_DCD : 0);
    }
    int changed = status ^ modemStatus;
    // Of the ring indicator only the end of ringing counts.
    modemDelta |= (changed & ~(status & MSR_RI)) >> 4;
    modemStatus = status;
  }

  private int readModemStatus() {
    int value = modemStatus | modemDelta;
    modemDelta = 0;
    return value;
  }

  private int readLineStatus() {
    int value = lineErrors();
    if (received.size() > 0) {
      value |= LSR_DATA_READY;
    }
    if (transmit.size() == 0) {
      value |= shiftBusy ? LSR_THRE : LSR_THRE | LSR_TEMT;
    }
    if (fifos && received.anyFlags()) {
      value |= LSR_FIFO_ERROR;
    }
    overrun = false;
    received.clearFirstFlags();
    return value;
  }

  /** Overrun, and the errors of the character that will be read next. */
  private int lineErrors() {
    int flags = received.size() > 0 ? received.first() >> 8 : 0;
    return overrun ? flags | LSR_OVERRUN : flags;
  }

  private int readInterruptIdentification() {
    int source = interruptSource();
    if (source == IIR_TRANSMITTER) {
      transmitterInterrupt = false;
    }
    return fifos ? source | IIR_FIFOS : source;
  }

  /** The pending interrupt of highest priority, as the identification register codes it. */
  private int interruptSource() {
    if ((ier & IER_LINE_STATUS) != 0 && lineErrors() != 0) {
      return IIR_LINE_STATUS;
    }
    if ((ier & IER_RECEIVED) != 0) {
      if (received.size() >= trigger) {
        return IIR_RECEIVED;
      }
      if (timedOut) {
        return IIR_TIMEOUT;
      }
    }
    if ((ier & IER_TRANSMITTER) != 0 && transmitterInterrupt) {
      return IIR_TRANSMITTER;
    }
    if ((ier & IER_MODEM_STATUS) != 0 && modemDelta != 0) {
      return IIR_MODEM_STATUS;
    }
    return IIR_NONE;
  }

  private void update() {
    boolean gate = (mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;
    interrupt.set(gate && interruptSource() != IIR_NONE);
  }
}
