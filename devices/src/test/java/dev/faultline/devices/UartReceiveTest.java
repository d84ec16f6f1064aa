// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What can go wrong on the way in: overrun, trigger levels, the timeout, breaks. */
final class UartReceiveTest {
  /** Four characters of ten bits at 9,600 baud. */
  private static final long TIMEOUT = 4L * 10 * 1_000_000_000L / 9600;

  private final UartRegisters u = new UartRegisters();

  @Test
  void withoutFifoOneByteIsHeldAndTheNextReplacesIt() {
    u.receive(1);
    assertThat(u.board.uart.canReceive()).isFalse();
    assertThat(u.lineStatus()).isEqualTo(0x61);

    u.board.uart.receive((byte) 'b');

    assertThat(u.lineStatus()).isEqualTo(0x63);
    assertThat(u.lineStatus()).as("reading clears the overrun").isEqualTo(0x61);
    assertThat(u.receivedByte()).isEqualTo('b');
    assertThat(u.lineStatus()).isEqualTo(0x60);
  }

  @Test
  void aFullFifoIsKeptAndTheNewByteIsLost() {
    u.fifos(0);
    u.receive(16);
    assertThat(u.board.uart.canReceive()).isFalse();
    assertThat(u.lineStatus() & 0x02).isZero();

    u.board.uart.receive((byte) 99);

    assertThat(u.lineStatus() & 0x02).isEqualTo(0x02);
    for (int i = 0; i < 16; i++) {
      assertThat(u.receivedByte()).isEqualTo(i);
    }
    assertThat(u.lineStatus() & 0x01).isZero();
  }

  @Test
  void theInterruptComesAtEachTriggerLevelAndGoesBelowIt() {
    int[] levels = {1, 4, 8, 14};
    for (int i = 0; i < levels.length; i++) {
      UartRegisters r = new UartRegisters();
      r.fifos(i);
      r.enable(UartRegisters.IER_RECEIVED);
      r.receive(levels[i] - 1);
      assertThat(r.interrupt()).isFalse();

      r.receive(1);

      assertThat(r.interrupt()).isTrue();
      assertThat(r.in(2)).isEqualTo(0xC4);
      r.receivedByte();
      assertThat(r.interrupt()).as("level %d", levels[i]).isFalse();
    }
  }

  @Test
  void fewerBytesThanTheTriggerLevelTimeOut() {
    u.divisor(12);
    u.fifos(3);
    u.enable(UartRegisters.IER_RECEIVED);
    u.receive(3);
    u.board.pass(TIMEOUT - 1_000);
    assertThat(u.interrupt()).isFalse();

    u.board.pass(2_000);

    assertThat(u.interrupt()).isTrue();
    assertThat(u.interruptIdentification()).isEqualTo(0x0C);
    u.receivedByte();
    assertThat(u.interrupt()).as("a read starts the time anew").isFalse();
    u.board.pass(TIMEOUT);
    assertThat(u.interruptIdentification()).isEqualTo(0x0C);
  }

  @Test
  void eachByteStartsTheTimeoutAnew() {
    u.divisor(12);
    u.fifos(3);
    u.enable(UartRegisters.IER_RECEIVED);
    for (int i = 0; i < 5; i++) {
      u.receive(1);
      u.board.pass(TIMEOUT / 2);
      assertThat(u.interrupt()).isFalse();
    }
    u.board.pass(TIMEOUT / 2 + 1);

    assertThat(u.interrupt()).isTrue();
  }

  @Test
  void anEmptyFifoDoesNotTimeOut() {
    u.fifos(3);
    u.enable(UartRegisters.IER_RECEIVED);
    u.receive(1);
    u.receivedByte();

    u.board.pass(1_000_000_000L);

    assertThat(u.interrupt()).isFalse();
    assertThat(u.board.events.size()).isZero();
  }

  @Test
  void aBreakIsSeenWhenItIsTheNextCharacter() {
    u.fifos(0);
    u.enable(UartRegisters.IER_LINE_STATUS);
    u.board.uart.receive((byte) 'a');
    u.board.uart.receiveBreak();
    assertThat(u.lineStatus() & 0x90).as("in the FIFO, not at its head").isEqualTo(0x80);
    assertThat(u.interrupt()).isFalse();

    u.receivedByte();

    assertThat(u.interrupt()).isTrue();
    assertThat(u.interruptIdentification()).isEqualTo(0x06);
    assertThat(u.lineStatus() & 0x91).isEqualTo(0x91);
    assertThat(u.lineStatus() & 0x91).as("read once").isEqualTo(0x01);
    assertThat(u.interrupt()).isFalse();
    assertThat(u.receivedByte()).isZero();
  }

  @Test
  void clearingTheReceiverForgetsBytesTimeoutAndFlags() {
    u.fifos(3);
    u.enable(UartRegisters.IER_RECEIVED);
    u.receive(3);
    u.board.uart.receiveBreak();
    int callsBefore = u.receiverReadyCalls;

    u.out(2, 0xC3);
    u.board.pass(1_000_000_000L);

    assertThat(u.interrupt()).isFalse();
    assertThat(u.lineStatus()).isEqualTo(0x60);
    assertThat(u.receiverReadyCalls).as("there is room").isGreaterThan(callsBefore);
  }

  @Test
  void switchingTheFifosClearsThem() {
    u.fifos(0);
    u.receive(5);

    u.out(2, 0x00);

    assertThat(u.lineStatus() & 1).isZero();
    assertThat(u.in(2)).isEqualTo(0x01);
  }

  @Test
  void readingNothingIsHarmless() {
    assertThat(u.receivedByte()).isZero();
    assertThat(u.lineStatus()).isEqualTo(0x60);
  }
}
