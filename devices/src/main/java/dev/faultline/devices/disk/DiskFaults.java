// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.util.Random;

/** Decides what goes wrong on a disk. A function of the requests, the time and its own start. */
public interface DiskFaults {
  /** What happens to a request. */
  enum Fault {
    /** Nothing: it works. */
    NONE,
    /** It fails, and moves nothing. */
    ERROR,
    /** It never completes. */
    TIMEOUT,
    /** A write that fails after some of its sectors; another request fails. */
    TORN,
    /** A bit of what is read turns over on the medium, unnoticed; a write works. */
    BIT_ROT,
    /** The machine's power fails when the request arrives. */
    POWER_CUT
  }

  /**
   * A request arrives.
   *
   * @param now virtual nanoseconds
   * @param sectors 0 for a flush
   */
  Fault next(long now, DiskOperation operation, long sector, int sectors);

  /** True if it may ever answer {@link Fault#POWER_CUT}: the disk then keeps what that needs. */
  boolean mayCutPower();

  /** A number for what a fault leaves to chance: which bit, how many sectors. */
  int chance(int bound);

  /** Chances of a seed; those of neighbouring seeds have nothing in common. */
  static Random chances(long seed) {
    return new Random(seed * 0x9E37_79B9_7F4A_7C15L);
  }

  /** Nothing ever goes wrong. */
  static DiskFaults none() {
    return new DiskFaults() {
      @Override
      public Fault next(long now, DiskOperation operation, long sector, int sectors) {
        return Fault.NONE;
      }

      @Override
      public boolean mayCutPower() {
        return false;
      }

      @Override
      public int chance(int bound) {
        return 0;
      }
    };
  }
}
