// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/** What a process or thread has used, or what its waited-for children have. */
public final class ResourceUsage {
  private long userTime;
  private long systemTime;
  private long minorFaults;
  private long majorFaults;
  private long voluntarySwitches;
  private long involuntarySwitches;
  private long swaps;
  private int maxResident;

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

  /** How often it was taken out of memory. */
  public long swaps() {
    return swaps;
  }

  /** The most pages that were resident at a time; of children, in the largest of them. */
  public int maxResident() {
    return maxResident;
  }

  /** How often it waited for something. */
  public long voluntarySwitches() {
    return voluntarySwitches;
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

  void countSwap() {
    swaps++;
  }

  void noteResident(int pages) {
    maxResident = Math.max(maxResident, pages);
  }

  void addVoluntarySwitches(long count) {
    voluntarySwitches += count;
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
    voluntarySwitches += other.voluntarySwitches;
    involuntarySwitches += other.involuntarySwitches;
    swaps += other.swaps;
    maxResident = Math.max(maxResident, other.maxResident);
  }
}
