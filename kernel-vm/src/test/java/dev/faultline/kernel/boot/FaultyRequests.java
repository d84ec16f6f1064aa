// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Notes every request of a disk, and lets those fail that a test chooses. */
final class FaultyRequests implements DiskFaults {
  /** A request as the device saw it. */
  record Request(int number, DiskOperation operation, long sector, int sectors, Fault fault) {
    boolean touches(long first, int count) {
      return sector < first + count && first < sector + sectors;
    }
  }

  /** What happens to a request. */
  interface Choice {
    Fault of(int number, DiskOperation operation, long sector, int sectors);
  }

  private final Choice choice;
  private final boolean cutsPower;
  private final Random chance;
  final List<Request> requests = new ArrayList<>();

  FaultyRequests(Choice choice) {
    this(choice, false, 1);
  }

  private FaultyRequests(Choice choice, boolean cutsPower, long seed) {
    this.choice = choice;
    this.cutsPower = cutsPower;
    chance = DiskFaults.chances(seed);
  }

  /** The power fails when the request with this number arrives. */
  static FaultyRequests powerCutAt(int victim) {
    return new FaultyRequests(
        (number, operation, sector, sectors) -> number == victim ? Fault.POWER_CUT : Fault.NONE,
        true,
        victim);
  }

  /** Nothing fails. */
  static FaultyRequests none() {
    return new FaultyRequests((number, operation, sector, sectors) -> Fault.NONE);
  }

  @Override
  public Fault next(long now, DiskOperation operation, long sector, int sectors) {
    Fault fault = choice.of(requests.size(), operation, sector, sectors);
    requests.add(new Request(requests.size(), operation, sector, sectors, fault));
    return fault;
  }

  /** How many requests met a fault. */
  long faults() {
    return requests.stream().filter(r -> r.fault != Fault.NONE).count();
  }

  @Override
  public boolean mayCutPower() {
    return cutsPower;
  }

  @Override
  public int chance(int bound) {
    return chance.nextInt(bound);
  }
}
