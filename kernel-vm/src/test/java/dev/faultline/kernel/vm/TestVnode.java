// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import org.jspecify.annotations.Nullable;

/** A vnode of a test: a lock, a use count, a dirty mark. */
final class TestVnode implements VnodeRef {
  private final Scheduler scheduler;
  int shared;
  int exclusive;
  @Nullable KernelThread owner;
  int uses;
  private int writersWaiting;

  /** Runs whenever a use ends. */
  Runnable onUnuse = () -> {};

  int dirtyMarks;

  TestVnode(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public void lockShared() {
    // Those who wait to write come first, as with a real vnode.
    while (owner != scheduler.current() && (owner != null || writersWaiting > 0)) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    shared++;
  }

  @Override
  public void unlockShared() {
    shared--;
    scheduler.wakeup(this);
  }

  @Override
  public boolean lockExclusive(long deadline) {
    KernelThread self = scheduler.current();
    while (owner != self && (owner != null || shared > 0)) {
      writersWaiting++;
      WakeReason why = scheduler.sleep(this, false, deadline);
      writersWaiting--;
      if (why == WakeReason.TIMED_OUT) {
        scheduler.wakeup(this);
        return false;
      }
    }
    owner = self;
    exclusive++;
    return true;
  }

  @Override
  public void unlockExclusive() {
    if (--exclusive == 0) {
      owner = null;
      scheduler.wakeup(this);
    }
  }

  @Override
  public void use() {
    uses++;
  }

  @Override
  public void unuse() {
    uses--;
    onUnuse.run();
  }

  @Override
  public void markObjectDirty() {
    dirtyMarks++;
  }

  boolean isUnlocked() {
    return shared == 0 && exclusive == 0;
  }
}
