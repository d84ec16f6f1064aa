// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import java.util.ArrayList;
import java.util.List;

/** A UART's registers by name, and a far end whose readiness a test decides. */
final class UartRegisters {
  static final int IER_RECEIVED = 1;
  static final int IER_TRANSMITTER = 2;
  static final int IER_LINE_STATUS = 4;
  static final int IER_MODEM_STATUS = 8;
  static final int MCR_OUT2 = 8;
  static final int MCR_LOOP = 16;
  static final int MCR_NORMAL = 0x0B;

  final Board board;
  final List<Integer> sent = new ArrayList<>();

  /** How many more bytes the far end takes. */
  int farEndRoom = Integer.MAX_VALUE;

  int receiverReadyCalls;

  UartRegisters() {
    this(Uart16550.Timing.INSTANT);
  }

  UartRegisters(Uart16550.Timing timing) {
    board = new Board(timing);
    board.uart.connect(
        new SerialLine() {
          @Override
          public boolean canAccept() {
            return farEndRoom > 0;
          }

          @Override
          public void send(byte value) {
            farEndRoom--;
            sent.add(value & 0xFF);
          }

          @Override
          public void receiverReady() {
            receiverReadyCalls++;
          }
        });
    out(3, 0x03);
    out(4, MCR_NORMAL);
  }

  void out(int register, int value) {
    board.uart.out(register, value);
  }

  int in(int register) {
    return board.uart.in(register);
  }

  void enable(int interrupts) {
    out(1, interrupts);
  }

  /** Divisor of the baud rate: 115,200 divided by it. */
  void divisor(int value) {
    out(3, 0x83);
    out(0, value & 0xFF);
    out(1, value >> 8);
    out(3, 0x03);
  }

  /** FIFOs on, with the trigger level in bits 7 and 6. */
  void fifos(int trigger) {
    out(2, trigger << 6 | 0x07);
  }

  void send(String text) {
    text.chars().forEach(c -> out(0, c));
  }

  void receive(int count) {
    for (int i = 0; i < count; i++) {
      board.uart.receive((byte) i);
    }
  }

  int receivedByte() {
    return in(0);
  }

  int interruptIdentification() {
    return in(2) & 0x0F;
  }

  int lineStatus() {
    return in(5);
  }

  int modemStatus() {
    return in(6);
  }

  boolean interrupt() {
    return board.interrupt;
  }
}
