// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/** What a process or thread has used, or what its waited-for children have. */
public final class ResourceUsage {
  private long userTime;
  private long systemTime;
  private long minorFaults;
  private long majorFaults;
  private long involuntarySwitches;

  /** Nothing used yet. */
  public ResourceUsage() {}

  /** Virtual nanoseconds spent in user code. */
  public long userTime() {
    return userTime;
  }

  /** Virtual nanoseconds spent in the kernel. */
  public long systemTime() {
    return systemTime;
  }

  /** Faults resolved without I/O. */
  public long minorFaults() {
    return minorFaults;
  }

  /** Faults resolved by I/O. */
  public long majorFaults() {
    return majorFaults;
  }

  /** How often its time slice ended. */
  public long involuntarySwitches() {
    return involuntarySwitches;
  }

  void addUserTime(long nanoseconds) {
    userTime += nanoseconds;
  }

  void addSystemTime(long nanoseconds) {
    systemTime += nanoseconds;
  }

  void countMinorFault() {
    minorFaults++;
  }

  void countMajorFault() {
    majorFaults++;
  }

  void addInvoluntarySwitches(long count) {
    involuntarySwitches += count;
  }

  /** Adds what another has used. */
  public void add(ResourceUsage other) {
    userTime += other.userTime;
    systemTime += other.systemTime;
    minorFaults += other.minorFaults;
    majorFaults += other.majorFaults;
    involuntarySwitches += other.involuntarySwitches;
  }
}
