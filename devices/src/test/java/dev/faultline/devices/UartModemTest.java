// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Registers that are only kept, modem lines, loopback, priorities, the interrupt's gate. */
final class UartModemTest {
  private final UartRegisters u = new UartRegisters();

  @Test
  void registersKeepWhatTheyAreGiven() {
    u.divisor(0x1234);
    u.out(7, 0x5A);
    u.out(1, 0xFF);
    u.out(4, 0xFF);

    assertThat(u.in(7)).isEqualTo(0x5A);
    assertThat(u.in(1)).as("four bits only").isEqualTo(0x0F);
    assertThat(u.in(4)).as("five bits only").isEqualTo(0x1F);
    u.out(3, 0x83);
    assertThat(u.in(0)).isEqualTo(0x34);
    assertThat(u.in(1)).isEqualTo(0x12);
    assertThat(u.in(3)).isEqualTo(0x83);
  }

  @Test
  void theDivisorLatchHidesTheDataRegister() {
    u.out(3, 0x83);
    u.out(0, 'x');

    assertThat(u.sent).isEmpty();
  }

  @Test
  void identificationFollowsThePriorities() {
    u.enable(0x0F);
    u.board.uart.setCarrier(true);
    u.board.uart.receiveBreak();

    assertThat(u.interruptIdentification()).isEqualTo(0x06);
    u.lineStatus();
    assertThat(u.interruptIdentification()).isEqualTo(0x04);
    u.receivedByte();
    assertThat(u.interruptIdentification()).isEqualTo(0x02);
    assertThat(u.interruptIdentification()).isEqualTo(0x00);
    u.modemStatus();
    assertThat(u.interruptIdentification()).isEqualTo(0x01);
    assertThat(u.interrupt()).isFalse();
  }

  @Test
  void carrierIsDcdWithItsDelta() {
    u.enable(UartRegisters.IER_MODEM_STATUS);
    assertThat(u.modemStatus()).isEqualTo(0x30);

    u.board.uart.setCarrier(true);

    assertThat(u.interrupt()).isTrue();
    assertThat(u.modemStatus()).isEqualTo(0xB8);
    assertThat(u.modemStatus()).isEqualTo(0xB0);
    assertThat(u.interrupt()).isFalse();
    u.board.uart.setCarrier(false);
    assertThat(u.modemStatus()).isEqualTo(0x38);
  }

  @Test
  void withoutOut2TheInterruptGoesNowhere() {
    u.out(4, 0);
    u.enable(UartRegisters.IER_RECEIVED);
    u.receive(1);
    assertThat(u.interrupt()).isFalse();
    assertThat(u.interruptIdentification()).isEqualTo(0x04);

    u.out(4, UartRegisters.MCR_OUT2);

    assertThat(u.interrupt()).isTrue();
  }

  @Test
  void loopbackBringsBackWhatIsSentAndNothingLeaves() {
    u.fifos(0);
    u.out(4, UartRegisters.MCR_LOOP);
    u.farEndRoom = 0;

    u.send("ok");

    assertThat(u.sent).isEmpty();
    assertThat(u.receivedByte()).isEqualTo('o');
    assertThat(u.receivedByte()).isEqualTo('k');
    assertThat(u.lineStatus()).isEqualTo(0x60);
  }

  @Test
  void loopbackCutsTheReceiverOffTheLine() {
    u.out(4, UartRegisters.MCR_LOOP);
    assertThat(u.board.uart.canReceive()).isFalse();
    u.receive(1);
    assertThat(u.lineStatus() & 1).isZero();
    int calls = u.receiverReadyCalls;

    u.out(4, UartRegisters.MCR_NORMAL);

    assertThat(u.receiverReadyCalls).isGreaterThan(calls);
    assertThat(u.board.uart.canReceive()).isTrue();
  }

  @Test
  void loopbackConnectsTheModemLines() {
    int[][] pairs = {{0x01, 0x20}, {0x02, 0x10}, {0x04, 0x40}, {0x08, 0x80}};
    for (int[] pair : pairs) {
      u.out(4, UartRegisters.MCR_LOOP | pair[0]);
      assertThat(u.modemStatus() & 0xF0).isEqualTo(pair[1]);
    }
    u.out(4, UartRegisters.MCR_LOOP | 0x04);
    u.modemStatus();

    u.out(4, UartRegisters.MCR_LOOP);

    assertThat(u.modemStatus()).as("the end of ringing").isEqualTo(0x04);
    u.out(4, UartRegisters.MCR_LOOP | 0x04);
    assertThat(u.modemStatus()).as("its beginning leaves no delta").isEqualTo(0x40);
  }

  @Test
  void theUsualProbesFindA16550A() {
    // Scratch register, then FIFO bits, then loopback: as drivers detect the chip.
    u.out(1, 0);
    assertThat(u.in(1)).isZero();
    u.out(4, UartRegisters.MCR_LOOP | 0x0A);
    assertThat(u.modemStatus() & 0xF0).isEqualTo(0x90);
    u.out(4, 0);
    u.out(2, 0x01);

    assertThat(u.in(2) >> 6).isEqualTo(3);
  }
}
