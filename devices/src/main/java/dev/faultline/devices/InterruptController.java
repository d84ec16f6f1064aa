// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import dev.faultline.mmu.InterruptLine;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PortDevice;

/**
 * The PC's pair of 8259A interrupt controllers: sixteen lines, the slave's output on the master's
 * line 2, with the edge/level control registers of the later chip sets. For the machine's thread.
 *
 * <p>The order of service is the chip's: line 0 first, 8 to 15 in the place of 2, until a rotation
 * changes it. A line that falls before the processor acknowledges it gives the spurious vector (7
 * or 15), with no bit in service.
 */
public final class InterruptController {
  /** First of the master's two ports. */
  public static final int MASTER_PORT = 0x20;

  /** First of the slave's two ports. */
  public static final int SLAVE_PORT = 0xA0;

  /** First of the two edge/level control registers: a bit set makes that line level-triggered. */
  public static final int ELCR_PORT = 0x4D0;

  /** Number of lines, with the one that the slave takes up. */
  public static final int LINES = 16;

  private static final int CASCADE = 2;

  /** Lines that are edge-triggered whatever is written: timer, keyboard, cascade; RTC, x87. */
  private static final int MASTER_ALWAYS_EDGE = 0x07;

  private static final int SLAVE_ALWAYS_EDGE = 0x21;

  private final Pic8259 slave = new Pic8259(0, this::slaveOutput);
  private final Pic8259 master = new Pic8259(1 << CASCADE, high -> {});
  private final InterruptLine[] lines = new InterruptLine[LINES];

  /** A pair that nobody has initialised: it asks for nothing. */
  public InterruptController() {
    for (int i = 0; i < LINES; i++) {
      Pic8259 chip = i < 8 ? master : slave;
      int input = i & 7;
      lines[i] = high -> chip.setInput(input, high);
    }
  }

  /** Puts the registers where a PC has them. */
  public void attach(PhysicalBus bus) {
    bus.attachPorts(MASTER_PORT, 2, master);
    bus.attachPorts(SLAVE_PORT, 2, slave);
    bus.attachPorts(
        ELCR_PORT,
        2,
        new PortDevice() {
          @Override
          public int in(int port) {
            return port == 0 ? master.levelTriggered() : slave.levelTriggered();
          }

          @Override
          public void out(int port, int value) {
            if (port == 0) {
              master.setLevelTriggered(value & ~MASTER_ALWAYS_EDGE);
            } else {
              slave.setLevelTriggered(value & ~SLAVE_ALWAYS_EDGE);
            }
          }
        });
  }

  /**
   * The wire into one input.
   *
   * @param irq 0 to 15; 2 is the cascade and has none
   */
  public InterruptLine line(int irq) {
    if (irq == CASCADE) {
      throw new IllegalArgumentException("line 2 of the master is the slave's output");
    }
    return lines[irq];
  }

  /** The processor's INTR pin. */
  public boolean pending() {
    return master.output();
  }

  /**
   * The processor's acknowledge cycle: the request that is served goes in service.
   *
   * @return its vector; the spurious one if there is no request any more
   */
  public int acknowledge() {
    int input = master.acknowledge();
    return input == CASCADE && master.hasSlave(CASCADE)
        ? slave.vector(slave.acknowledge())
        : master.vector(input);
  }

  private void slaveOutput(boolean high) {
    master.setInput(CASCADE, high);
  }
}
