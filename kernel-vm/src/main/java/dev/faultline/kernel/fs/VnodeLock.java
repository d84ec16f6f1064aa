// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
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

  VnodeLock(Scheduler scheduler) {
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

  /** Locks for reading if that needs no sleep. */
  public boolean tryLockShared() {
    KernelThread self = scheduler.current();
    if (owner == self) {
      depth++;
      return true;
    }
    if (owner != null || (exclusiveWaiters > 0 && !sharers.contains(self))) {
      return false;
    }
    sharers.add(self);
    return true;
  }

  /**
   * Locks for writing; sleeps while anybody else holds it.
   *
   * @throws KernelPanic if the caller holds it shared
   */
  public void lockExclusive() {
    KernelThread self = scheduler.current();
    if (owner == self) {
      depth++;
      return;
    }
    if (sharers.contains(self)) {
      throw new KernelPanic("a vnode lock held shared is asked for exclusively by " + self);
    }
    exclusiveWaiters++;
    while (owner != null || !sharers.isEmpty()) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    exclusiveWaiters--;
    owner = self;
    depth = 1;
  }

  /** Locks for writing if that needs no sleep. */
  public boolean tryLockExclusive() {
    KernelThread self = scheduler.current();
    if (owner == self) {
      depth++;
      return true;
    }
    if (owner != null || !sharers.isEmpty()) {
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
