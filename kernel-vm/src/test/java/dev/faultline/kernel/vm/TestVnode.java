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
  int dirtyMarks;

  TestVnode(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public void lockShared() {
    while (owner != null && owner != scheduler.current()) {
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
      if (scheduler.sleep(this, false, deadline) == WakeReason.TIMED_OUT) {
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
  }

  @Override
  public void markObjectDirty() {
    dirtyMarks++;
  }

  boolean isUnlocked() {
    return shared == 0 && exclusive == 0;
  }
}
