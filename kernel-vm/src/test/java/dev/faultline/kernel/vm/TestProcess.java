// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** A process of a test: counts what is done to it, obeys kill by marking its threads. */
final class TestProcess implements ProcessView {
  final int pid;
  int minorFaults;
  int majorFaults;
  boolean killed;
  boolean alive = true;
  boolean system;
  long stackLimit = Long.MAX_VALUE;
  long spaceLimit = Long.MAX_VALUE;
  long dataLimit = Long.MAX_VALUE;
  long residentLimit = Long.MAX_VALUE;
  long sleepingSince = Long.MAX_VALUE;
  int swaps;
  Runnable onKill = () -> {};

  TestProcess(int pid) {
    this.pid = pid;
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public String command() {
    return "test" + pid;
  }

  @Override
  public boolean isSystem() {
    return system;
  }

  @Override
  public boolean isAlive() {
    return alive;
  }

  @Override
  public boolean killPending() {
    return killed;
  }

  @Override
  public void kill() {
    killed = true;
    onKill.run();
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
  public void countSwap() {
    swaps++;
  }

  @Override
  public long sleepingSince() {
    return sleepingSince;
  }

  @Override
  public long residentLimit() {
    return residentLimit;
  }

  @Override
  public long stackLimit() {
    return stackLimit;
  }

  @Override
  public long addressSpaceLimit() {
    return spaceLimit;
  }

  @Override
  public long dataLimit() {
    return dataLimit;
  }
}
