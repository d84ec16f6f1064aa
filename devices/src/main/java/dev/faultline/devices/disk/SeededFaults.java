// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.disk;

import java.util.Random;

/**
 * Troubles by chance: one request in fifty fails, is torn or never completes. Nothing that a driver
 * could not notice and try again.
 */
public final class SeededFaults implements DiskFaults {
  private static final int ONE_IN = 50;

  private final Random chance;

  /** The troubles of this seed. */
  public SeededFaults(long seed) {
    chance = DiskFaults.chances(seed);
  }

  @Override
  public Fault next(long now, DiskOperation operation, long sector, int sectors) {
    if (chance.nextInt(ONE_IN) != 0) {
      return Fault.NONE;
    }
    return switch (chance.nextInt(10)) {
      case 0 -> Fault.TIMEOUT;
      case 1, 2, 3 -> Fault.TORN;
      default -> Fault.ERROR;
    };
  }

  @Override
  public boolean mayCutPower() {
    return false;
  }

  @Override
  public int chance(int bound) {
    return chance.nextInt(bound);
  }
}
