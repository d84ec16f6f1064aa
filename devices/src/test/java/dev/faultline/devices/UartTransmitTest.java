// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What can go wrong on the way out: THRE and its interrupt, a far end that takes nothing. */
final class UartTransmitTest {
  private static final int THRE = 0x20;
  private static final int TEMT = 0x40;

  /** One character of ten bits at 9,600 baud. */
  private static final long CHARACTER = 10L * 1_000_000_000L / 9600;

  private final UartRegisters u = new UartRegisters();

  @Test
  void aReadyFarEndGetsTheByteAtOnceAndTheTransmitterIsEmptyAgain() {
    u.enable(UartRegisters.IER_TRANSMITTER);
    assertThat(u.interruptIdentification()).isEqualTo(0x02);
    assertThat(u.interrupt()).as("reading it took the interrupt back").isFalse();

    u.send("x");

    assertThat(u.sent).containsExactly((int) 'x');
    assertThat(u.lineStatus()).isEqualTo(THRE | TEMT);
    assertThat(u.interrupt()).isTrue();
  }

  @Test
  void enablingTheInterruptWithAnEmptyTransmitterRaisesItEachTime() {
    u.enable(UartRegisters.IER_TRANSMITTER);
    u.interruptIdentification();
    u.enable(0);

    u.enable(UartRegisters.IER_TRANSMITTER);

    assertThat(u.interrupt()).isTrue();
  }

  @Test
  void readingTheIdentificationClearsOnlyWhatItReports() {
    u.enable(UartRegisters.IER_TRANSMITTER | UartRegisters.IER_RECEIVED);
    u.receive(1);

    assertThat(u.interruptIdentification()).isEqualTo(0x04);
    u.receivedByte();

    assertThat(u.interruptIdentification()).isEqualTo(0x02);
    assertThat(u.interruptIdentification()).isEqualTo(0x01);
  }

  @Test
  void aFarEndThatTakesNothingKeepsThreClearUntilItDrains() {
    u.fifos(0);
    u.farEndRoom = 0;
    u.enable(UartRegisters.IER_TRANSMITTER);
    u.send("abc");

    assertThat(u.lineStatus() & (THRE | TEMT)).isZero();
    assertThat(u.interrupt()).isFalse();
    u.farEndRoom = 2;
    u.board.uart.lineReady();
    assertThat(u.sent).hasSize(2);
    assertThat(u.lineStatus() & THRE).isZero();
    u.farEndRoom = 100;
    u.board.uart.lineReady();

    assertThat(u.sent).containsExactly((int) 'a', (int) 'b', (int) 'c');
    assertThat(u.lineStatus()).isEqualTo(THRE | TEMT);
    assertThat(u.interruptIdentification()).isEqualTo(0x02);
  }

  @Test
  void aDriverThatIgnoresThreLosesWhatDoesNotFit() {
    u.fifos(0);
    u.farEndRoom = 0;
    u.send("0123456789abcdefXYZ");
    u.farEndRoom = 100;
    u.board.uart.lineReady();
    assertThat(u.sent).hasSize(16);

    UartRegisters single = new UartRegisters();
    single.farEndRoom = 0;
    single.send("ab");
    single.farEndRoom = 100;
    single.board.uart.lineReady();

    assertThat(single.sent).as("without FIFO the later byte wins").containsExactly((int) 'b');
  }

  @Test
  void clearingTheTransmitterEmptiesIt() {
    u.fifos(0);
    u.farEndRoom = 0;
    u.enable(UartRegisters.IER_TRANSMITTER);
    u.send("abc");

    u.out(2, 0x05);

    assertThat(u.lineStatus() & THRE).isEqualTo(THRE);
    assertThat(u.interruptIdentification()).isEqualTo(0x02);
    u.farEndRoom = 100;
    u.board.uart.lineReady();
    assertThat(u.sent).isEmpty();
  }

  @Test
  void timedBytesLeaveAtTheProgrammedRate() {
    UartRegisters t = new UartRegisters(Uart16550.Timing.BAUD);
    t.divisor(12);
    t.fifos(0);
    t.enable(UartRegisters.IER_TRANSMITTER);
    t.send("abc");
    assertThat(t.sent).isEmpty();
    assertThat(t.lineStatus() & THRE).as("two wait behind the first").isZero();

    t.board.pass(CHARACTER + 1);
    assertThat(t.sent).hasSize(1);
    t.board.pass(CHARACTER + 1);
    assertThat(t.lineStatus() & (THRE | TEMT))
        .as("the last is in the shift register")
        .isEqualTo(THRE);
    assertThat(t.interruptIdentification()).isEqualTo(0x02);
    t.board.pass(CHARACTER + 1);

    assertThat(t.sent).hasSize(3);
    assertThat(t.lineStatus() & TEMT).isEqualTo(TEMT);
  }

  @Test
  void aTimedByteWaitsForTheFarEnd() {
    UartRegisters t = new UartRegisters(Uart16550.Timing.BAUD);
    t.fifos(0);
    t.farEndRoom = 0;
    t.send("ab");
    t.board.pass(1_000_000_000L);
    assertThat(t.lineStatus() & (THRE | TEMT)).isZero();

    t.farEndRoom = 10;
    t.board.uart.lineReady();
    assertThat(t.sent).hasSize(1);
    t.board.pass(1_000_000_000L);

    assertThat(t.sent).containsExactly((int) 'a', (int) 'b');
    assertThat(t.lineStatus() & TEMT).isEqualTo(TEMT);
  }
}
