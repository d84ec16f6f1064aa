// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.kernel.vm.ProcessView;

/** A process without limits that nobody kills. */
final class BenchProcess implements ProcessView {
  private long minorFaults;
  private long majorFaults;

  @Override
  public int pid() {
    return 1;
  }

  @Override
  public String command() {
    return "bench";
  }

  @Override
  public boolean isSystem() {
    return false;
  }

  @Override
  public boolean isAlive() {
    return true;
  }

  @Override
  public boolean killPending() {
    return false;
  }

  @Override
  public void kill() {
    throw new IllegalStateException(
        "out of memory after " + minorFaults + "+" + majorFaults + " faults");
  }

  @Override
  public void countMinorFault() {
    minorFaults++;
  }

  @Override
  public void countMajorFault() {
    majorFaults++;
  }

  @Override
  public void countSwap() {}

  @Override
  public long sleepingSince() {
    return Long.MAX_VALUE;
  }

  @Override
  public long residentLimit() {
    return Long.MAX_VALUE;
  }

  @Override
  public long stackLimit() {
    return Integer.MAX_VALUE;
  }

  @Override
  public long addressSpaceLimit() {
    return Long.MAX_VALUE;
  }

  @Override
  public long dataLimit() {
    return Long.MAX_VALUE;
  }
}
