// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/**
 * Virtual time as the thread sees it that runs guest code: it asks how far it may run, runs, and
 * tells how far it came. The machine moves the clock and takes device events there, at an
 * instruction boundary, and nowhere else.
 */
public interface InstructionClock {
  /** Instructions the current thread may run before it must come back, at least 1. */
  long budget();

  /**
   * Called at an instruction boundary, when guest code has come back for whatever reason: moves the
   * clock by what the current thread has retired, runs device events that are due, delivers
   * interrupts, wakes expired sleepers.
   *
   * @return true if the thread's time slice is over and another should run
   */
  boolean atBoundary();

  /** Adds the cost of a kernel event to the clock. */
  void charge(long nanoseconds);
}
