// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A guest thread or a kernel daemon: one Java virtual thread with its own stack through user code,
 * trap, system call and sleep.
 */
public final class KernelThread {
  /** Where a thread stands; a closed set, read by ps. */
  public enum State {
    /** Holds the kernel token. */
    RUNNING,
    /** Could run. */
    RUNNABLE,
    /** Waits in a sleep that a signal does not end. */
    SLEEPING,
    /** Waits in a sleep that a signal ends. */
    SLEEPING_INTERRUPTIBLY,
    /** Has returned from its body. */
    DEAD
  }

  private final int id;
  private final String name;
  private final Thread carrier;

  /** Link of the run queue or of a sleep-queue bucket: a thread is on one of them at most. */
  @Nullable KernelThread next;

  State state = State.RUNNABLE;
  @Nullable Object channel;
  long deadline = Scheduler.NO_DEADLINE;
  long sleepSequence;
  long sleepStart;
  long sleeps;
  WakeReason wakeReason = WakeReason.WOKEN;
  boolean returnsToHost;

  private volatile boolean resumed;
  private boolean interruptPending;
  private boolean killPending;
  private @Nullable Object owner;

  KernelThread(int id, String name, Runnable body) {
    this.id = id;
    this.name = name;
    this.carrier = Thread.ofVirtual().name(name).unstarted(body);
  }

  /** Unique in its scheduler, ascending in the order of creation. */
  public int id() {
    return id;
  }

  /** For messages and ps. */
  public String name() {
    return name;
  }

  /** Where it stands now. */
  public State state() {
    return state;
  }

  /**
   * Since when it has slept in a sleep that a signal may end, in virtual nanoseconds; {@link
   * Long#MAX_VALUE} if it does not.
   */
  public long idleSince() {
    return state == State.SLEEPING_INTERRUPTIBLY ? sleepStart : Long.MAX_VALUE;
  }

  /** How often it has lain down to sleep. */
  public long sleeps() {
    return sleeps;
  }

  /** What it sleeps on, if it does. */
  public @Nullable Object channel() {
    return channel;
  }

  /** What a higher layer attached: the guest thread of a process; null for a daemon. */
  public @Nullable Object owner() {
    return owner;
  }

  /** Attaches the higher layer's object. */
  public void setOwner(@Nullable Object newOwner) {
    owner = newOwner;
  }

  /** True if an interruptible sleep would end at once: a signal waits, or the thread is to die. */
  public boolean interruptPending() {
    return interruptPending || killPending;
  }

  /** Set and cleared by who delivers signals; {@link Scheduler#interrupt} also ends a sleep. */
  public void setInterruptPending(boolean pending) {
    interruptPending = pending;
  }

  /** True if the thread is going to die: it must not wait for memory any more (D21). */
  public boolean killPending() {
    return killPending;
  }

  /** Marks the thread as killed; never undone. {@link Scheduler#interrupt} also ends a sleep. */
  public void setKillPending() {
    killPending = true;
  }

  /** Lets the thread's Java thread run; called by whoever gives up the token. */
  void resume() {
    resumed = true;
    if (carrier.getState() == Thread.State.NEW) {
      carrier.start();
    } else {
      LockSupport.unpark(carrier);
    }
  }

  /** Waits, on the thread's own Java thread, for {@link #resume}. */
  void parkUntilResumed() {
    while (!resumed) {
      LockSupport.park(this);
    }
    resumed = false;
  }

  boolean isCurrentJavaThread() {
    return Thread.currentThread() == carrier;
  }

  /** Waits until the Java thread has ended, even if the waiting one is interrupted. */
  void join() {
    boolean interrupted = false;
    while (true) {
      try {
        carrier.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return name + "#" + id + " " + state;
  }
}
