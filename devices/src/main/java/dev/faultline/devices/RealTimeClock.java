// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import dev.faultline.mmu.InterruptLine;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PortDevice;

/**
 * A Motorola MC146818 real-time clock with 114 bytes of RAM, on an index and a data port as in a
 * PC, the century in RAM byte 0x32. For the machine's thread.
 *
 * <p>The time is a given start plus virtual time; nothing asks the host. Flags are computed when
 * somebody reads them; there are events only for the interrupts that are enabled. Not modelled:
 * stopping the divider chain (register A keeps those bits), the square-wave pin, daylight saving.
 */
public final class RealTimeClock implements PortDevice {
  /** First of the two ports: the index. */
  public static final int PORT = 0x70;

  /** The RAM byte in which PCs keep the century, in BCD. */
  public static final int CENTURY = 0x32;

  private static final int SECONDS_ALARM = 1;
  private static final int MINUTES_ALARM = 3;
  private static final int HOURS_ALARM = 5;
  private static final int REGISTER_A = 10;
  private static final int REGISTER_B = 11;
  private static final int REGISTER_C = 12;
  private static final int REGISTER_D = 13;

  private static final int A_UPDATE_IN_PROGRESS = 0x80;
  private static final int B_SET = 0x80;
  private static final int FLAG_PERIODIC = 0x40;
  private static final int FLAG_ALARM = 0x20;
  private static final int FLAG_UPDATE = 0x10;
  private static final int FLAGS = FLAG_PERIODIC | FLAG_ALARM | FLAG_UPDATE;
  private static final int C_INTERRUPT = 0x80;
  private static final int D_VALID = 0x80;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int SECONDS_PER_DAY = 86_400;

  /** How long before the second the update-in-progress bit is set: 244 + 1,984 microseconds. */
  private static final long UPDATE_NANOS = 2_228_000;

  private final VirtualClock clock;
  private final InterruptLine interrupt;
  private final EventQueue.Timer timer;
  private final Oscillator crystal = new Oscillator(32_768);
  private final int[] ram = new int[128];
  private final CalendarRegisters calendar;
  private int index;
  private int registerA = 0x26;
  private int registerB = 0x02;
  private int flags;

  /** Seconds since 1970 in the second in which the machine was switched on. */
  private long origin;

  /** Up to where the flags have been computed. */
  private long flaggedUntil;

  /**
   * A clock.
   *
   * @param epoch what it shows at virtual time zero, in seconds since 1970-01-01T00:00:00Z
   * @param interrupt line 8 on a PC
   */
  public RealTimeClock(VirtualClock clock, EventQueue events, InterruptLine interrupt, long epoch) {
    this.clock = clock;
    this.interrupt = interrupt;
    this.origin = epoch;
    this.timer = events.timer(_ -> update());
    this.calendar = new CalendarRegisters(ram);
    calendar.show(epoch, registerB);
  }

  /** Puts the registers where a PC has them. */
  public void attach(PhysicalBus bus) {
    bus.attachPorts(PORT, 2, this);
  }

  @Override
  public int in(int port) {
    if (port == 0) {
      return 0xFF;
    }
    return switch (index) {
      case REGISTER_A -> registerA | (updateInProgress() ? A_UPDATE_IN_PROGRESS : 0);
      case REGISTER_B -> registerB;
      case REGISTER_C -> readFlags();
      case REGISTER_D -> D_VALID;
      default -> {
        showTime();
        yield ram[index];
      }
    };
  }

  @Override
  public void out(int port, int value) {
    if (port == 0) {
      index = value & 0x7F; // Bit 7 masks the NMI, which nothing raises.
      return;
    }
    collectFlags();
    switch (index) {
      case REGISTER_A -> registerA = value & ~A_UPDATE_IN_PROGRESS;
      case REGISTER_B -> {
        showTime();
        boolean starts = !running() && (value & B_SET) == 0;
        registerB = value;
        if (starts) {
          takeTime();
        }
      }
      case REGISTER_C, REGISTER_D -> {
        // For reading only.
      }
      default -> {
        showTime();
        ram[index] = value;
        if (CalendarRegisters.isTime(index) && running()) {
          takeTime();
        }
      }
    }
    update();
  }

  // ---- the time ------------------------------------------------------------------------------

  private boolean running() {
    return (registerB & B_SET) == 0;
  }

  private boolean updateInProgress() {
    return running() && clock.now() % NANOS_PER_SECOND >= NANOS_PER_SECOND - UPDATE_NANOS;
  }

  private long wallSeconds(long now) {
    return origin + now / NANOS_PER_SECOND;
  }

  private void showTime() {
    if (running()) {
      calendar.show(wallSeconds(clock.now()), registerB);
    }
  }

  private void takeTime() {
    origin = calendar.read(registerB) - clock.now() / NANOS_PER_SECOND;
  }

  // ---- flags and interrupt -------------------------------------------------------------------

  private int readFlags() {
    collectFlags();
    int value = flags;
    if ((flags & registerB & FLAGS) != 0) {
      value |= C_INTERRUPT;
    }
    flags = 0;
    update();
    return value;
  }

  /** Sets the flags of everything that has happened since it was called last. */
  private void collectFlags() {
    long from = flaggedUntil;
    long to = clock.now();
    flaggedUntil = to;
    long period = period();
    if (period != 0 && crystal.cycles(from) / period != crystal.cycles(to) / period) {
      flags |= FLAG_PERIODIC;
    }
    if (running() && from / NANOS_PER_SECOND != to / NANOS_PER_SECOND) {
      flags |= FLAG_UPDATE;
      if (nextAlarm(wallSeconds(from)) <= wallSeconds(to)) {
        flags |= FLAG_ALARM;
      }
    }
  }

  private void update() {
    collectFlags();
    interrupt.set((flags & registerB & FLAGS) != 0);
    long now = clock.now();
    long next = EventQueue.NEVER;
    long period = period();
    if (waitsFor(FLAG_PERIODIC) && period != 0) {
      next = crystal.time((crystal.cycles(now) / period + 1) * period);
    }
    if (running() && waitsFor(FLAG_UPDATE)) {
      next = Math.min(next, (now / NANOS_PER_SECOND + 1) * NANOS_PER_SECOND);
    }
    if (running() && waitsFor(FLAG_ALARM)) {
      long alarm = nextAlarm(wallSeconds(now));
      if (alarm != EventQueue.NEVER) {
        next = Math.min(next, (alarm - origin) * NANOS_PER_SECOND);
      }
    }
    timer.arm(next);
  }

  private boolean waitsFor(int flag) {
    return (registerB & flag) != 0 && (flags & flag) == 0;
  }

  /** Length of the periodic interrupt in cycles of the crystal; 0 for none. */
  private long period() {
    int rate = registerA & 0x0F;
    if (rate == 0) {
      return 0;
    }
    return 1L << (rate <= 2 ? rate + 6 : rate - 1);
  }

  /** The first second after the given one in which the alarm goes off; NEVER if none does. */
  private long nextAlarm(long after) {
    int hours = calendar.alarm(ram[HOURS_ALARM], true, registerB);
    int minutes = calendar.alarm(ram[MINUTES_ALARM], false, registerB);
    int seconds = calendar.alarm(ram[SECONDS_ALARM], false, registerB);
    long s = after + 1;
    while (s <= after + SECONDS_PER_DAY) {
      int ofDay = (int) Math.floorMod(s, (long) SECONDS_PER_DAY);
      if (hours >= 0 && hours != ofDay / 3600) {
        s += 3600 - ofDay % 3600;
      } else if (minutes >= 0 && minutes != ofDay / 60 % 60) {
        s += 60 - ofDay % 60;
      } else if (seconds >= 0 && seconds != ofDay % 60) {
        s++;
      } else {
        return s;
      }
    }
    return EventQueue.NEVER;
  }
}
