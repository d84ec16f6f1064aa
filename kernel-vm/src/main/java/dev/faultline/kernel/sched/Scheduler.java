// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Hands the kernel token from thread to thread, in an order that depends on nothing outside the
 * machine (design, section 5).
 *
 * <p>All methods but {@link #execute} and {@link #stop} are for the thread that holds the token. A
 * thread that sleeps picks its successor itself, on its own Java stack, and lets time pass there
 * when nobody can run.
 */
public final class Scheduler {
  /** A deadline that never comes. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  private final TimeBase time;
  private final int maxThreads;
  private SchedulingPolicy policy = SchedulingPolicy.FIFO;
  private SwitchListener switchListener = to -> {};

  private final RunQueue runQueue = new RunQueue();
  private final SleepQueue sleepQueue = new SleepQueue();
  private final List<KernelThread> threads = new ArrayList<>();
  private @Nullable KernelThread current;
  private int lastId;
  private long sleepSequence;
  private long switches;

  private volatile boolean stopping;
  private @Nullable KernelPanic panic;
  private @Nullable CountDownLatch host;

  /**
   * A scheduler without threads.
   *
   * @param maxThreads how many may exist at a time; {@link #spawn} refuses more
   */
  public Scheduler(TimeBase time, int maxThreads) {
    this.time = time;
    this.maxThreads = maxThreads;
  }

  /** Replaces the order of arrival by another choice. */
  public void setPolicy(SchedulingPolicy newPolicy) {
    policy = newPolicy;
  }

  /** Names who loads the address space of the thread that gets the token. */
  public void setSwitchListener(SwitchListener listener) {
    switchListener = listener;
  }

  // ---- from the host -------------------------------------------------------------------------

  /**
   * Runs {@code body} as a kernel thread until it returns, while others run whenever it sleeps.
   * Then everything stands still until the next call. For booting, and for tests.
   *
   * @throws KernelPanic if a kernel thread dies, or has died, of an exception
   * @throws IllegalStateException if a kernel thread is running, or after {@link #stop}
   */
  public void execute(String name, Runnable body) {
    if (current != null) {
      throw new IllegalStateException("a kernel thread is running: " + current);
    }
    if (stopping) {
      throw new IllegalStateException("the machine has stopped");
    }
    if (panic != null) {
      throw panic;
    }
    KernelThread t = create(name, body);
    t.returnsToHost = true;
    CountDownLatch latch = new CountDownLatch(1);
    host = latch;
    dispatch(t);
    t.resume();
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (panic != null) {
      throw panic;
    }
  }

  /**
   * Ends the machine: every thread is unwound by {@link MachineStopped}, one after the other in the
   * order of creation, each with the token. Sleeping or spawning on the way only unwinds further.
   * Called from the host, between two {@link #execute}s.
   *
   * @throws KernelPanic if a thread died of another exception while it was unwound, and none before
   */
  public void stop() {
    if (current != null) {
      throw new IllegalStateException("a kernel thread is running: " + current);
    }
    KernelPanic before = panic;
    stopping = true;
    for (KernelThread t : List.copyOf(threads)) {
      if (t.channel != null) {
        sleepQueue.remove(t);
      }
      t.state = KernelThread.State.RUNNING;
      current = t;
      t.resume();
      t.join();
    }
    current = null;
    threads.clear();
    if (panic != null && before == null) {
      throw panic;
    }
  }

  // ---- threads -------------------------------------------------------------------------------

  /** The thread that holds the token. */
  public KernelThread current() {
    if (current == null) {
      throw new IllegalStateException("no kernel thread runs");
    }
    return current;
  }

  /** True if one more thread may be created. */
  public boolean canSpawn() {
    return threads.size() < maxThreads;
  }

  /**
   * Creates a thread and puts it at the end of the run queue.
   *
   * @throws KernelPanic if there are too many; ask {@link #canSpawn} first
   */
  public KernelThread spawn(String name, Runnable body) {
    checkStopped();
    if (!canSpawn()) {
      throw new KernelPanic("more than " + maxThreads + " kernel threads");
    }
    KernelThread t = create(name, body);
    runQueue.addLast(t);
    return t;
  }

  private KernelThread create(String name, Runnable body) {
    KernelThread[] self = new KernelThread[1];
    KernelThread t = new KernelThread(++lastId, name, () -> main(self[0], body));
    self[0] = t;
    threads.add(t);
    return t;
  }

  private void main(KernelThread self, Runnable body) {
    self.parkUntilResumed();
    try {
      if (!stopping) {
        body.run();
      }
      exit(self);
    } catch (MachineStopped e) {
      exit(self);
    } catch (Throwable e) {
      panicked(self, e);
    }
  }

  private void exit(KernelThread self) {
    self.state = KernelThread.State.DEAD;
    threads.remove(self);
    if (stopping) {
      return;
    }
    if (self.returnsToHost || panic != null) {
      returnToHost();
      return;
    }
    KernelThread next = pickNext();
    dispatch(next);
    next.resume();
  }

  private void panicked(KernelThread self, Throwable e) {
    if (panic == null) {
      panic =
          e instanceof KernelPanic p ? p : new KernelPanic("thread " + self + " died of " + e, e);
    }
    returnToHost();
  }

  private void returnToHost() {
    current = null;
    CountDownLatch latch = host;
    host = null;
    if (latch != null) {
      latch.countDown();
    }
  }

  // ---- sleep and wakeup ----------------------------------------------------------------------

  /**
   * Gives up the token until somebody wakes the channel, a signal comes, or the deadline passes.
   *
   * @param channel any object; waiters are compared by identity
   * @param interruptible whether a pending or arriving signal ends the sleep
   * @param deadline virtual nanoseconds, or {@link #NO_DEADLINE}
   */
  public WakeReason sleep(Object channel, boolean interruptible, long deadline) {
    checkStopped();
    KernelThread self = running();
    if (interruptible && self.interruptPending()) {
      return WakeReason.INTERRUPTED;
    }
    long now = time.now();
    if (deadline <= now) {
      return WakeReason.TIMED_OUT;
    }
    self.sleepStart = now;
    self.sleeps++;
    self.state =
        interruptible ? KernelThread.State.SLEEPING_INTERRUPTIBLY : KernelThread.State.SLEEPING;
    self.deadline = deadline;
    self.sleepSequence = ++sleepSequence;
    sleepQueue.add(self, channel);
    switchAway(self);
    return self.wakeReason;
  }

  /**
   * Makes every thread that sleeps on the channel runnable, in the order in which they lay down.
   */
  public void wakeup(Object channel) {
    while (wakeupOne(channel)) {
      // Each call takes one thread out.
    }
  }

  /** Makes the thread runnable that has slept longest on the channel; false if none does. */
  public boolean wakeupOne(Object channel) {
    KernelThread t = sleepQueue.removeFirst(channel);
    if (t == null) {
      return false;
    }
    makeRunnable(t, WakeReason.WOKEN);
    return true;
  }

  /** Marks a signal as pending and ends the thread's sleep if that is interruptible. */
  public void interrupt(KernelThread t) {
    t.setInterruptPending(true);
    if (t.state == KernelThread.State.SLEEPING_INTERRUPTIBLY) {
      sleepQueue.remove(t);
      makeRunnable(t, WakeReason.INTERRUPTED);
    }
  }

  /** Wakes the threads whose deadline has come. Called by the machine when its clock has moved. */
  public void expireDeadlines() {
    long now = time.now();
    for (KernelThread t = sleepQueue.removeExpired(now);
        t != null;
        t = sleepQueue.removeExpired(now)) {
      makeRunnable(t, WakeReason.TIMED_OUT);
    }
  }

  /** The earliest deadline of a sleeper, or {@link #NO_DEADLINE}. */
  public long nextDeadline() {
    return sleepQueue.nextDeadline();
  }

  private void makeRunnable(KernelThread t, WakeReason reason) {
    t.wakeReason = reason;
    t.state = KernelThread.State.RUNNABLE;
    runQueue.addLast(t);
  }

  // ---- the token -----------------------------------------------------------------------------

  /** Lets the others run first, if there are any. */
  public void yieldNow() {
    checkStopped();
    KernelThread self = running();
    if (runQueue.size() == 0) {
      return;
    }
    self.state = KernelThread.State.RUNNABLE;
    runQueue.addLast(self);
    switchAway(self);
  }

  /** Number of threads that could run beside the current one. */
  public int runnable() {
    return runQueue.size();
  }

  /** Number of threads that sleep. */
  public int sleeping() {
    return sleepQueue.size();
  }

  /** How often the token has gone to another thread. */
  public long switches() {
    return switches;
  }

  /** The threads alive, in the order of their creation. */
  public List<KernelThread> threads() {
    return List.copyOf(threads);
  }

  /** The current thread, which must be the caller, and not in the middle of giving up the token. */
  private KernelThread running() {
    KernelThread self = current();
    if (self.state != KernelThread.State.RUNNING || !self.isCurrentJavaThread()) {
      throw new KernelPanic("only a running thread may sleep, not an event: " + self);
    }
    return self;
  }

  private void checkStopped() {
    if (stopping || panic != null) {
      throw new MachineStopped();
    }
  }

  private void switchAway(KernelThread self) {
    KernelThread next = pickNext();
    dispatch(next);
    if (next == self) {
      return;
    }
    next.resume();
    self.parkUntilResumed();
    checkStopped();
  }

  private void dispatch(KernelThread next) {
    next.state = KernelThread.State.RUNNING;
    switches += next == current ? 0 : 1;
    current = next;
    switchListener.switchTo(next);
  }

  private KernelThread pickNext() {
    while (runQueue.size() == 0) {
      if (!time.idle(sleepQueue.nextDeadline())) {
        // Recorded at once: what the unwinding throws on top of it matters less.
        panic = new KernelPanic("every thread sleeps and nothing can wake one: " + threads);
        throw panic;
      }
      expireDeadlines();
    }
    int count = runQueue.size();
    return runQueue.remove(policy.choose(runQueue, count));
  }
}
