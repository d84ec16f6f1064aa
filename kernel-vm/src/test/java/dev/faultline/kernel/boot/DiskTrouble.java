// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.disk.DiskFaults.Fault;
import dev.faultline.devices.disk.DiskOperation;
import java.util.HashMap;
import java.util.Map;

/**
 * One trouble of a disk: the request with a certain number fails, as do the driver's attempts at
 * what was in it, so often that it gives up, or only once.
 */
final class DiskTrouble implements FaultyRequests.Choice {
  /** Attempts of the driver, the first one included. */
  static final int ALL = 3;

  private final int victim;
  private final Fault fault;
  private final int attempts;
  private DiskOperation operation = DiskOperation.READ;
  private long first;
  private long end;
  private final Map<Long, Integer> failures = new HashMap<>();

  /**
   * A trouble.
   *
   * @param victim number of the request, counted from 0
   * @param attempts how many attempts at it fail: {@link #ALL}, or 1
   */
  DiskTrouble(int victim, Fault fault, int attempts) {
    this.victim = victim;
    this.fault = fault;
    this.attempts = attempts;
  }

  @Override
  public Fault of(int number, DiskOperation op, long sector, int sectors) {
    if (number == victim) {
      operation = op;
      first = sector;
      end = sector + sectors;
      return fault;
    }
    boolean again =
        number > victim
            && op == operation
            && (op == DiskOperation.FLUSH || sector >= first && sector + sectors <= end);
    if (again && failures.merge(sector, 1, Integer::sum) < attempts) {
      return fault;
    }
    return Fault.NONE;
  }
}
