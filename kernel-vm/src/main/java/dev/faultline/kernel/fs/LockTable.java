// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts the record locks of the system against a limit, and knows who waits for whom, so that a
 * circle of waiters is refused instead of slept in.
 */
final class LockTable {
  static final int DEFAULT_LIMIT = 8192;

  private record Wait(FdTable waiter, FdTable holder) {}

  private final int limit;
  private final List<Wait> waits = new ArrayList<>();
  private int count;

  LockTable(int limit) {
    this.limit = limit;
  }

  boolean hasRoomFor(int more) {
    return count + more <= limit;
  }

  void add(int change) {
    count += change;
  }

  int count() {
    return count;
  }

  /** True if {@code holder} waits, over any number of steps, for {@code waiter}. */
  boolean wouldDeadlock(FdTable waiter, FdTable holder) {
    FdTable at = holder;
    for (int steps = 0; steps <= waits.size(); steps++) {
      if (at == waiter) {
        return true;
      }
      FdTable next = null;
      for (Wait wait : waits) {
        if (wait.waiter == at) {
          next = wait.holder;
        }
      }
      if (next == null) {
        return false;
      }
      at = next;
    }
    return false;
  }

  void startWaiting(FdTable waiter, FdTable holder) {
    waits.add(new Wait(waiter, holder));
  }

  void stopWaiting(FdTable waiter, FdTable holder) {
    waits.remove(new Wait(waiter, holder));
  }
}
