// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

/** A board with time and a door, and one UART whose interrupt can be looked at. */
public final class Board {
  public final VirtualClock clock = new VirtualClock();
  public final EventQueue events = new EventQueue();
  public final ExternalInput external = new ExternalInput(clock, 1024);
  public final Uart16550 uart;
  public boolean interrupt;

  /** With a UART that sends at once. */
  public Board() {
    this(Uart16550.Timing.INSTANT);
  }

  public Board(Uart16550.Timing timing) {
    uart = new Uart16550(clock, events, high -> interrupt = high, timing);
  }

  /** Lets virtual time pass, with all that happens in it. */
  public void pass(long nanoseconds) {
    long end = clock.now() + nanoseconds;
    while (events.nextTime() <= end) {
      clock.advanceTo(events.nextTime());
      events.runDue(clock.now());
    }
    clock.advanceTo(end);
  }
}
