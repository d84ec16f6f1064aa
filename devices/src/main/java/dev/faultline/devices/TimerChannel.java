// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

/**
 * One counter of an 8254. It does not count: it knows in which cycle it was loaded, and everything
 * else follows from the present cycle.
 *
 * <p>A count written in modes 2 and 3 while the counter runs takes effect at the end of the period
 * (on the chip, in mode 3, at the end of the half period).
 */
final class TimerChannel {
  static final long NEVER = Long.MAX_VALUE;

  private static final int ACCESS_LATCH = 0;
  private static final int ACCESS_LOW = 1;
  private static final int ACCESS_HIGH = 2;

  private int mode;
  private int access = ACCESS_LOW | ACCESS_HIGH;
  private boolean bcd;

  /** Length of the count, 1 to 65,536; 0 until one has been written. */
  private int reload;

  /** The cycle from which counting counts; {@link #NEVER} while modes 1 and 5 wait for the gate. */
  private long start = NEVER;

  /** The length that replaces {@link #reload} in cycle {@link #nextStart}; 0 if none does. */
  private int nextReload;

  private long nextStart;

  private boolean gate;

  /** While the gate is low: the cycle in which it fell. */
  private long stopped;

  private int lowByte;
  private boolean highByteNext;
  private boolean highReadNext;
  private int latchedCount = -1;
  private int latchedStatus = -1;

  TimerChannel(boolean gate) {
    this.gate = gate;
  }

  // ---- programming ---------------------------------------------------------------------------

  /** A control word for this counter. */
  void control(int value, long now) {
    int newAccess = value >> 4 & 3;
    if (newAccess == ACCESS_LATCH) {
      latchCount(now);
      return;
    }
    access = newAccess;
    int m = value >> 1 & 7;
    mode = m > 5 ? m - 4 : m;
    bcd = (value & 1) != 0;
    reload = 0;
    nextReload = 0;
    start = NEVER;
    highByteNext = false;
    highReadNext = false;
    latchedCount = -1;
    latchedStatus = -1;
  }

  /** A byte of the count. */
  void write(int value, long now) {
    settle(now);
    switch (access) {
      case ACCESS_LOW -> load(value, now);
      case ACCESS_HIGH -> load(value << 8, now);
      default -> {
        highByteNext = !highByteNext;
        if (highByteNext) {
          lowByte = value;
          if (mode == 0) {
            reload = 0; // Half a count stops mode 0.
            start = NEVER;
          }
        } else {
          load(value << 8 | lowByte, now);
        }
      }
    }
  }

  private void load(int value, long now) {
    int count = bcd ? fromBcd(value) : value;
    if (count == 0) {
      count = bcd ? 10_000 : 65_536;
    }
    boolean running = reload != 0 && start != NEVER;
    if ((mode == 2 || mode == 3) && running && gate) {
      nextReload = count;
      nextStart = start > now ? now + 1 : start + ((now - start) / reload + 1) * reload;
      return;
    }
    reload = count;
    if (mode != 1 && mode != 5) {
      start = now + 1;
      stopped = now + 1;
    }
  }

  /** Drives the gate: low stops the counter, its rising edge starts modes 1, 2, 3 and 5 anew. */
  void setGate(boolean high, long now) {
    if (high == gate) {
      return;
    }
    settle(now);
    gate = high;
    if (!high) {
      stopped = now;
    } else if (mode == 0 || mode == 4) {
      if (start != NEVER) {
        start += now - stopped;
      }
    } else if (reload != 0) {
      if (nextReload != 0) {
        reload = nextReload;
        nextReload = 0;
      }
      start = now + 1;
    }
  }

  // ---- reading -------------------------------------------------------------------------------

  /** A byte: the latched status, else one of the latched count, else one of the running count. */
  int read(long now) {
    if (latchedStatus >= 0) {
      int status = latchedStatus;
      latchedStatus = -1;
      return status;
    }
    int count = latchedCount >= 0 ? latchedCount : readable(now);
    if (access == (ACCESS_LOW | ACCESS_HIGH)) {
      highReadNext = !highReadNext;
      if (highReadNext) {
        return count & 0xFF;
      }
    }
    latchedCount = -1;
    return access == ACCESS_LOW ? count & 0xFF : count >> 8;
  }

  /** Keeps the count for reading, if none is kept already. */
  void latchCount(long now) {
    if (latchedCount < 0) {
      latchedCount = readable(now);
    }
  }

  /** Keeps the status for reading, if none is kept already. */
  void latchStatus(long now) {
    if (latchedStatus < 0) {
      settle(now);
      boolean nullCount = reload == 0 || nextReload != 0 || start > now;
      latchedStatus =
          (output(now) ? 0x80 : 0)
              | (nullCount ? 0x40 : 0)
              | access << 4
              | mode << 1
              | (bcd ? 1 : 0);
    }
  }

  private int readable(long now) {
    int count = count(now);
    return bcd ? toBcd(Math.floorMod(count, 10_000)) : count & 0xFFFF;
  }

  private int count(long now) {
    long e = elapsed(now);
    if (mode == 2) {
      return reload == 0 ? 0 : reload - (int) (e % reload);
    }
    if (mode == 3) {
      return reload == 0 ? 0 : squareWaveCount((int) (e % reload));
    }
    return (int) (reload - e);
  }

  /** Mode 3 counts down by two, twice a period; an odd count first loses one. */
  private int squareWaveCount(int phase) {
    int high = (reload + 1) / 2;
    return (reload & ~1) - 2 * (phase < high ? phase : phase - high);
  }

  // ---- output --------------------------------------------------------------------------------

  /** The OUT pin. */
  boolean output(long now) {
    settle(now);
    if (reload == 0) {
      return mode != 0;
    }
    if (start == NEVER) {
      return true;
    }
    long e = elapsed(now);
    return switch (mode) {
      case 0, 1 -> e >= reload;
      case 2 -> !gate || e % reload != reload - 1;
      case 3 -> !gate || e % reload < (reload + 1) / 2;
      default -> e != reload;
    };
  }

  /** The next cycle after the present one in which OUT goes from low to high, if nobody acts. */
  long nextRise(long now) {
    settle(now);
    if (reload == 0 || start == NEVER || !gate) {
      return NEVER;
    }
    long rise =
        switch (mode) {
          case 0, 1 -> start + reload;
          case 2, 3 -> start > now ? start + reload : start + ((now - start) / reload + 1) * reload;
          default -> start + reload + 1;
        };
    return rise > now ? rise : NEVER;
  }

  /** Cycles counted; 0 before the count has been loaded. */
  private long elapsed(long now) {
    settle(now);
    if (start == NEVER) {
      return 0;
    }
    boolean stops = mode != 1 && mode != 5;
    return Math.max(0, (gate || !stops ? now : stopped) - start);
  }

  private void settle(long now) {
    if (nextReload != 0 && now >= nextStart) {
      reload = nextReload;
      start = nextStart;
      nextReload = 0;
    }
  }

  private static int fromBcd(int value) {
    return (value >> 12) * 1000 + (value >> 8 & 15) * 100 + (value >> 4 & 15) * 10 + (value & 15);
  }

  private static int toBcd(int value) {
    return value / 1000 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10;
  }
}
