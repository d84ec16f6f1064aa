// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import dev.faultline.mmu.InterruptLine;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PortDevice;

/**
 * The PC's 8254 programmable interval timer (Intel data sheet 231164): three channels at 1.193182
 * MHz, all six modes, latch and read-back commands. Channel 0 drives an interrupt, the gate and
 * output of channel 2 are in the system control port 0x61. For the machine's thread.
 *
 * <p>Counts are computed from the clock when somebody asks; only channel 0 has events, one for each
 * rising edge of its output.
 */
public final class IntervalTimer implements PortDevice {
  /** First of the four ports. */
  public static final int PORT = 0x40;

  /** The system control port: gate of channel 2 in bit 0, its output in bit 5. */
  public static final int SYSTEM_CONTROL_PORT = 0x61;

  /** Cycles of the input clock per second. */
  public static final int HERTZ = 1_193_182;

  private static final int CONTROL = 3;
  private static final int READ_BACK = 3;
  private static final int SPEAKER_GATE = 0x01;
  private static final int SPEAKER_BITS = 0x03;
  private static final int SPEAKER_OUTPUT = 0x20;

  private final Oscillator oscillator = new Oscillator(HERTZ);
  private final VirtualClock clock;
  private final InterruptLine interrupt;
  private final EventQueue.Timer edge;
  private final TimerChannel[] channels = {
    new TimerChannel(true), new TimerChannel(true), new TimerChannel(false)
  };
  private int speaker;

  /**
   * A timer that nobody has programmed: it does not count.
   *
   * @param interrupt where channel 0's output leads: line 0 on a PC
   */
  public IntervalTimer(VirtualClock clock, EventQueue events, InterruptLine interrupt) {
    this.clock = clock;
    this.interrupt = interrupt;
    this.edge = events.timer(this::risingEdge);
    interrupt.set(true);
  }

  /** Puts the registers where a PC has them. */
  public void attach(PhysicalBus bus) {
    bus.attachPorts(PORT, 4, this);
    bus.attachPorts(
        SYSTEM_CONTROL_PORT,
        1,
        new PortDevice() {
          @Override
          public int in(int port) {
            return speaker | (channels[2].output(cycle()) ? SPEAKER_OUTPUT : 0);
          }

          @Override
          public void out(int port, int value) {
            speaker = value & SPEAKER_BITS;
            channels[2].setGate((value & SPEAKER_GATE) != 0, cycle());
          }
        });
  }

  @Override
  public int in(int port) {
    return port == CONTROL ? 0xFF : channels[port].read(cycle());
  }

  @Override
  public void out(int port, int value) {
    long now = cycle();
    if (port == CONTROL) {
      control(value, now);
    } else {
      channels[port].write(value, now);
    }
    if (port == 0 || port == CONTROL && value >> 6 == 0) {
      interrupt.set(channels[0].output(now));
      armEdge(now);
    }
  }

  private void control(int value, long now) {
    int select = value >> 6;
    if (select != READ_BACK) {
      channels[select].control(value, now);
      return;
    }
    for (int i = 0; i < channels.length; i++) {
      if ((value & 2 << i) != 0) {
        if ((value & 0x20) == 0) {
          channels[i].latchCount(now);
        }
        if ((value & 0x10) == 0) {
          channels[i].latchStatus(now);
        }
      }
    }
  }

  private long cycle() {
    return oscillator.cycles(clock.now());
  }

  private void armEdge(long now) {
    long next = channels[0].nextRise(now);
    edge.arm(next == TimerChannel.NEVER ? EventQueue.NEVER : oscillator.time(next));
  }

  private void risingEdge(long due) {
    interrupt.set(false);
    interrupt.set(true);
    armEdge(oscillator.cycles(due));
  }
}
