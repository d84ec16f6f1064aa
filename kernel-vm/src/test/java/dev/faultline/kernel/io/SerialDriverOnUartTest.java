// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.EventQueue;
import dev.faultline.devices.SerialLine;
import dev.faultline.devices.Uart16550;
import dev.faultline.devices.VirtualClock;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: driver and device understand the 16550A's registers differently. */
final class SerialDriverOnUartTest {
  private final VirtualClock clock = new VirtualClock();
  private final EventQueue events = new EventQueue();
  private final StringBuilder farEnd = new StringBuilder();
  private final StringBuilder received = new StringBuilder();
  private boolean interrupt;
  private boolean accepts = true;
  private boolean carrierLost;

  /** A UART with its driver, whose interrupts are served as a machine would. */
  private final class Line {
    final Uart16550 uart;
    final SerialDriver driver;

    Line(Uart16550.Timing timing) {
      uart = new Uart16550(clock, events, high -> interrupt = high, timing);
      PhysicalBus bus = new PhysicalBus(new PhysicalMemory(PhysicalMemory.MIN_SIZE));
      uart.attach(bus, Uart16550.COM1);
      uart.connect(
          new SerialLine() {
            @Override
            public boolean canAccept() {
              return accepts;
            }

            @Override
            public void send(byte value) {
              farEnd.append((char) (value & 0xFF));
            }
          });
      driver = new SerialDriver(bus, Uart16550.COM1);
      driver.open(
          new SerialPort.Listener() {
            @Override
            public void received(int value) {
              received.append((char) value);
            }

            @Override
            public void breakReceived() {
              received.append("<break>");
            }

            @Override
            public void transmitted() {}

            @Override
            public void carrierLost() {
              carrierLost = true;
            }
          });
      settle();
    }

    void send(String text) {
      text.chars().forEach(c -> assertThat(driver.transmit(c)).isTrue());
      settle();
    }

    /** Serves interrupts and lets time pass until nothing more happens. */
    void settle() {
      while (interrupt || events.size() > 0) {
        if (interrupt) {
          driver.interrupt();
        } else {
          clock.advanceTo(events.nextTime());
          events.runDue(clock.now());
        }
      }
    }
  }

  @Test
  @DisplayName("every byte arrives once, in order, at once and at 115,200 baud")
  void sending() {
    for (Uart16550.Timing timing : Uart16550.Timing.values()) {
      farEnd.setLength(0);
      Line line = new Line(timing);
      String text = "All work and no play makes Jack a dull boy.\r\n".repeat(50);
      line.send(text);
      assertThat(farEnd).as("%s", timing).hasToString(text);
      assertThat(line.driver.drained()).isTrue();
    }
  }

  @Test
  @DisplayName("a far end that takes nothing fills the ring; when it takes again nothing is lost")
  void flowControl() {
    Line line = new Line(Uart16550.Timing.INSTANT);
    accepts = false;
    int sent = 0;
    while (line.driver.transmit('a' + sent % 26)) {
      sent++;
    }
    line.settle();
    assertThat(farEnd).isEmpty();
    accepts = true;
    line.uart.lineReady();
    line.settle();
    assertThat(farEnd).hasSize(sent);
    for (int i = 0; i < sent; i++) {
      assertThat(farEnd.charAt(i)).isEqualTo((char) ('a' + i % 26));
    }
  }

  @Test
  @DisplayName("what the far end sends is received; a break is a break; a lost carrier is told")
  void receiving() {
    Line line = new Line(Uart16550.Timing.INSTANT);
    line.uart.setCarrier(true);
    line.settle();
    assertThat(carrierLost).isFalse();
    for (char c = 0; c < 256; c++) {
      assertThat(line.uart.canReceive()).isTrue();
      line.uart.receive((byte) c);
      line.settle();
      assertThat(received.charAt(c)).isEqualTo(c);
    }
    line.uart.receiveBreak();
    line.settle();
    assertThat(received.substring(256)).isEqualTo("<break>");
    line.uart.setCarrier(false);
    line.settle();
    assertThat(carrierLost).isTrue();
  }
}
