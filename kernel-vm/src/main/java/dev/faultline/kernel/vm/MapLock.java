// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a map, shared or exclusive, and its timestamp: whoever finds the timestamp where it
 * was knows that nobody has had the map exclusively since (M2, M3).
 */
final class MapLock {
  private final Scheduler scheduler;
  private int shared;
  private @Nullable KernelThread exclusive;
  private boolean upgrading;
  private int waiting;
  private int timestamp;

  MapLock(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  int timestamp() {
    return timestamp;
  }

  /** Moves the timestamp though nobody else could see a change; the lock is held (M45). */
  void touch() {
    timestamp++;
  }

  private void await() {
    waiting++;
    scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    waiting--;
  }

  private void notifyWaiters() {
    if (waiting > 0) {
      scheduler.wakeup(this);
    }
  }

  void lockShared() {
    while (!isSharable()) {
      await();
    }
    shared++;
  }

  void unlockShared() {
    if (shared <= 0) {
      throw new KernelPanic("map is not locked");
    }
    shared--;
    notifyWaiters();
  }

  void lockExclusive() {
    while (exclusive != null || shared > 0 || upgrading) {
      await();
    }
    exclusive = scheduler.current();
    timestamp++;
  }

  /** True if {@link #lockShared} would not sleep. */
  boolean isSharable() {
    return exclusive == null && !upgrading;
  }

  void unlockExclusive() {
    if (exclusive == null) {
      throw new KernelPanic("map is not locked exclusively");
    }
    exclusive = null;
    notifyWaiters();
  }

  /**
   * Makes a shared lock exclusive.
   *
   * @return false if another thread is about to do so; then the shared lock is lost (M3)
   */
  boolean upgrade() {
    unlockShared();
    if (upgrading) {
      return false;
    }
    upgrading = true;
    while (shared > 0) {
      await();
    }
    upgrading = false;
    exclusive = scheduler.current();
    timestamp++;
    return true;
  }

  /** Makes an exclusive lock shared. */
  void downgrade() {
    unlockExclusive();
    shared++;
  }

  boolean isExclusive() {
    return exclusive != null;
  }

  /** True if its state is one that a lock can be in. */
  boolean isSane() {
    return shared >= 0 && (exclusive == null || shared == 0);
  }

  boolean isFree() {
    return exclusive == null && shared == 0 && !upgrading;
  }
}
