// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.PortDevice;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: bytes are lost between ring and chip, or an interrupt is served for ever. */
final class SerialDriverTest {
  private final Chip chip = new Chip();
  private final Heard heard = new Heard();
  private final SerialDriver driver = driver();

  private SerialDriver driver() {
    PhysicalBus bus = new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE));
    bus.attachPorts(0x3F8, 8, chip);
    return new SerialDriver(bus, 0x3F8);
  }

  /** As much of a 16550A as the driver can see. */
  private static final class Chip implements PortDevice {
    final StringBuilder input = new StringBuilder();
    final StringBuilder output = new StringBuilder();
    final int[] registers = new int[8];
    int fifo;
    int modem = 0xB0;
    boolean mad;

    @Override
    public int in(int port) {
      return switch (port) {
        case 0 -> {
          char c = input.charAt(0);
          input.deleteCharAt(0);
          yield c;
        }
        case 2 -> {
          boolean receive = !input.isEmpty() && (registers[1] & 1) != 0;
          boolean transmit = fifo == 0 && (registers[1] & 2) != 0;
          boolean modemChange = (modem & 8) != 0 && (registers[1] & 8) != 0;
          yield mad || receive || transmit || modemChange ? 0 : 1;
        }
        case 5 -> (input.isEmpty() ? 0 : 1) | (fifo == 0 ? 0x60 : 0);
        case 6 -> {
          int was = modem;
          modem &= ~8;
          yield was;
        }
        default -> registers[port];
      };
    }

    @Override
    public void out(int port, int value) {
      if (port == 0 && (registers[3] & 0x80) == 0) {
        assertThat(fifo).as("bytes in the chip's FIFO").isLessThan(16);
        fifo++;
        output.append((char) value);
      } else {
        registers[port] = value;
      }
    }
  }

  private static final class Heard implements SerialPort.Listener {
    final StringBuilder text = new StringBuilder();
    int room;
    boolean lost;

    @Override
    public void received(int value) {
      text.append((char) value);
    }

    @Override
    public void breakReceived() {
      text.append("<break>");
    }

    @Override
    public void transmitted() {
      room++;
    }

    @Override
    public void carrierLost() {
      lost = true;
    }
  }

  @Test
  @DisplayName("opening sets 8N1, enables the FIFO and the receive interrupt")
  void opening() {
    driver.open(heard);
    assertThat(chip.registers[3]).isEqualTo(3);
    assertThat(chip.registers[2] & 1).isEqualTo(1);
    assertThat(chip.registers[1]).isEqualTo(9);
  }

  @Test
  @DisplayName("what is written leaves in pieces of sixteen, each asked for by an interrupt")
  void transmitting() {
    driver.open(heard);
    String text = "The quick brown fox jumps over the lazy dog";
    text.chars().forEach(c -> assertThat(driver.transmit(c)).isTrue());
    assertThat(chip.output).hasToString("T");
    int interrupts = 0;
    while (chip.output.length() < text.length()) {
      chip.fifo = 0;
      driver.interrupt();
      interrupts++;
    }
    assertThat(chip.output).hasToString(text);
    assertThat(interrupts).isEqualTo(3);
    assertThat(heard.room).isEqualTo(3);
    assertThat(driver.drained()).isFalse();
    chip.fifo = 0;
    driver.interrupt();
    assertThat(driver.drained()).isTrue();
    assertThat(chip.registers[1] & 2).as("transmit interrupt").isZero();
  }

  @Test
  @DisplayName("a full ring refuses; a stopped line keeps its bytes")
  void fullAndStopped() {
    driver.open(heard);
    driver.setStopped(true);
    int taken = 0;
    while (driver.transmit('x')) {
      taken++;
    }
    assertThat(taken).isEqualTo(4096);
    assertThat(driver.room()).isZero();
    assertThat(chip.output).isEmpty();
    driver.setStopped(false);
    assertThat(chip.output).hasSize(16);
    driver.discard();
    assertThat(driver.room()).isEqualTo(4096);
  }

  @Test
  @DisplayName("one interrupt takes all that has come; a lost carrier is told")
  void receiving() {
    driver.open(heard);
    chip.input.append("hello");
    driver.interrupt();
    assertThat(heard.text).hasToString("hello");
    assertThat(heard.lost).isFalse();
    chip.modem = 8;
    driver.interrupt();
    assertThat(heard.lost).isTrue();
  }

  @Test
  @DisplayName("a chip that never stops asking does not hold the machine")
  void madChip() {
    driver.open(heard);
    chip.mad = true;
    driver.interrupt();
    assertThat(heard.text).isEmpty();
  }
}
