// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/** Chooses who runs next: the scheduler's own order, or a test's that explores interleavings. */
@FunctionalInterface
public interface SchedulingPolicy {
  /** First come, first served. */
  SchedulingPolicy FIFO = (queue, count) -> 0;

  /**
   * Chooses one of the runnable threads.
   *
   * @param queue the runnable threads, longest waiting first; not to be changed or kept
   * @param count how many there are, at least 1
   * @return an index below {@code count}
   */
  int choose(RunQueue queue, int count);
}
