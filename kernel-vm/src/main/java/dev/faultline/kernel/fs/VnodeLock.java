// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sleeping lock, shared or exclusive. Who holds it may take it again in the same or a weaker mode
 * (F19), and may then not be kept out by those who wait for it exclusively.
 *
 * <p>The lock protects a file's size and directory's entries across sleeps; no user memory may be
 * touched while it is held (V35).
 */
public final class VnodeLock {
  private final Scheduler scheduler;
  private final List<KernelThread> sharers = new ArrayList<>();
  private @Nullable KernelThread owner;
  private int depth;
  private int exclusiveWaiters;

  /** A lock that nobody holds. */
  public VnodeLock(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Locks for reading; sleeps while somebody else writes or waits to. */
  public void lockShared() {
    KernelThread self = scheduler.current();
    if (owner == self) {
      depth++;
      return;
    }
    while (owner != null || (exclusiveWaiters > 0 && !sharers.contains(self))) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    sharers.add(self);
  }

  /** Locks for writing; sleeps while anybody else holds it. */
  public void lockExclusive() {
    if (!lockExclusive(Scheduler.NO_DEADLINE)) {
      throw new KernelPanic("a wait without end has ended");
    }
  }

  /**
   * Locks for writing; sleeps while anybody else holds it, but not beyond a moment.
   *
   * @param deadline virtual nanoseconds
   * @return false if the deadline passed
   * @throws KernelPanic if the caller holds it shared
   */
  public boolean lockExclusive(long deadline) {
    KernelThread self = scheduler.current();
    if (owner == self) {
      depth++;
      return true;
    }
    if (sharers.contains(self)) {
      throw new KernelPanic("a vnode lock held shared is asked for exclusively by " + self);
    }
    exclusiveWaiters++;
    boolean late = false;
    while (!late && (owner != null || !sharers.isEmpty())) {
      late = scheduler.sleep(this, false, deadline) == WakeReason.TIMED_OUT;
    }
    exclusiveWaiters--;
    if (late) {
      // Those who want it shared waited behind us.
      scheduler.wakeup(this);
      return false;
    }
    owner = self;
    depth = 1;
    return true;
  }

  /** Gives back the latest acquisition of the caller. */
  public void unlock() {
    KernelThread self = scheduler.current();
    if (owner == self) {
      if (--depth == 0) {
        owner = null;
        scheduler.wakeup(this);
      }
      return;
    }
    if (!sharers.remove(self)) {
      throw new KernelPanic("a vnode lock is released by " + self + ", which does not hold it");
    }
    if (sharers.isEmpty()) {
      scheduler.wakeup(this);
    }
  }

  /** True if the calling thread holds it in any mode. */
  public boolean heldByCaller() {
    KernelThread self = scheduler.current();
    return owner == self || sharers.contains(self);
  }

  /** True if anybody holds it. */
  public boolean held() {
    return owner != null || !sharers.isEmpty();
  }
}
