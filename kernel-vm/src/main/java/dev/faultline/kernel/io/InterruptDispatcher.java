// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.mmu.PhysicalBus;
import java.util.Arrays;

/**
 * The kernel's driver of the two 8259A interrupt controllers: programs them, calls the handler of
 * each request, ends it. Runs at instruction boundaries and when the machine is idle, nowhere else;
 * a handler never sleeps.
 */
public final class InterruptDispatcher {
  /** The processor's two pins: is a request there, and which vector does the controller name. */
  public interface Acknowledge {
    /** True if the controller asks for service. */
    boolean pending();

    /** The acknowledge cycle; gives the vector. */
    int vector();
  }

  /** Vector of line 0; the sixteen lines follow one another, above the processor's exceptions. */
  public static final int VECTOR_BASE = 0x20;

  private static final int LINES = 16;
  private static final int CASCADE = 2;
  private static final int MASTER = 0x20;
  private static final int SLAVE = 0xA0;

  private static final int ICW1_CASCADED_WITH_ICW4 = 0x11;
  private static final int ICW4_8086 = 1;
  private static final int OCW2_SPECIFIC_EOI = 0x60;
  private static final int OCW3_READ_ISR = 0x0B;

  /** Requests served in one go: a line that is stuck high cannot hold the machine. */
  private static final int PATIENCE = 1024;

  private final PhysicalBus bus;
  private final Acknowledge cpu;
  private final Runnable[] handlers = new Runnable[LINES];
  private int masked = 0xFFFF & ~(1 << CASCADE);
  private long dispatched;

  /** Programs the controllers; all lines are masked until they have a handler. */
  public InterruptDispatcher(PhysicalBus bus, Acknowledge cpu) {
    this.bus = bus;
    this.cpu = cpu;
    Arrays.fill(handlers, (Runnable) () -> {});
    initialise(MASTER, VECTOR_BASE, 1 << CASCADE);
    initialise(SLAVE, VECTOR_BASE + 8, CASCADE);
    writeMasks();
  }

  private void initialise(int port, int vectorBase, int wiring) {
    bus.out(port, 1, ICW1_CASCADED_WITH_ICW4);
    bus.out(port + 1, 1, vectorBase);
    bus.out(port + 1, 1, wiring);
    bus.out(port + 1, 1, ICW4_8086);
  }

  private void writeMasks() {
    bus.out(MASTER + 1, 1, masked & 0xFF);
    bus.out(SLAVE + 1, 1, masked >>> 8);
  }

  /** Names the handler of a line and unmasks it. */
  public void handle(int line, Runnable handler) {
    handlers[line] = handler;
    masked &= ~(1 << line);
    writeMasks();
  }

  /** Serves every request that is there; true if there was one. */
  public boolean dispatch() {
    long before = dispatched;
    for (int i = 0; i < PATIENCE && cpu.pending(); i++) {
      int line = cpu.vector() - VECTOR_BASE;
      if (line < 0 || line >= LINES || isSpurious(line)) {
        continue;
      }
      dispatched++;
      handlers[line].run();
      if (line >= 8) {
        bus.out(SLAVE, 1, OCW2_SPECIFIC_EOI | (line & 7));
        bus.out(MASTER, 1, OCW2_SPECIFIC_EOI | CASCADE);
      } else {
        bus.out(MASTER, 1, OCW2_SPECIFIC_EOI | line);
      }
    }
    return dispatched != before;
  }

  /**
   * A request that fell before it was acknowledged shows as the lowest line, with nothing in
   * service.
   */
  private boolean isSpurious(int line) {
    if ((line & 7) != 7) {
      return false;
    }
    int port = line < 8 ? MASTER : SLAVE;
    bus.out(port, 1, OCW3_READ_ISR);
    boolean spurious = (bus.in(port, 1) & 0x80) == 0;
    if (spurious && port == SLAVE) {
      bus.out(MASTER, 1, OCW2_SPECIFIC_EOI | CASCADE);
    }
    return spurious;
  }

  /** Interrupts served since the machine started. */
  public long dispatched() {
    return dispatched;
  }
}
