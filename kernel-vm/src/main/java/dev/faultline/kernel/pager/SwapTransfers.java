// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/** Transfers that are used again and again, and the most of a kind that may be under way (S15). */
final class SwapTransfers {
  private final Scheduler scheduler;
  private final int limit;
  private final SwapTransfer.Completion completion;
  private @Nullable SwapTransfer idle;
  private int taken;
  private int waiting;

  SwapTransfers(Scheduler scheduler, int limit, SwapTransfer.Completion completion) {
    this.scheduler = scheduler;
    this.limit = limit;
    this.completion = completion;
  }

  /** A transfer; sleeps while as many as may be are taken. */
  SwapTransfer take() {
    while (taken == limit) {
      waiting++;
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
      waiting--;
    }
    taken++;
    SwapTransfer t = idle;
    if (t == null) {
      return new SwapTransfer(completion);
    }
    idle = t.next;
    t.next = null;
    return t;
  }

  /** Gives one back. Called at interrupt time too. */
  void give(SwapTransfer t) {
    t.forget();
    t.next = idle;
    idle = t;
    taken--;
    if (waiting > 0) {
      scheduler.wakeupOne(this);
    }
  }

  /** How many are taken. */
  int taken() {
    return taken;
  }
}
