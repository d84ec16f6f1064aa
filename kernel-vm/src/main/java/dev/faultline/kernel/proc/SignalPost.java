// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Sends signals: to a process, a thread, a group, all. Sending makes a signal wait and ends sleeps
 * that it may end; what it does is {@link SignalDelivery}'s, on the receiver's own stack.
 */
@SuppressWarnings("ReferenceEquality") // a process is an identity
public final class SignalPost {
  private final ProcessSystem system;

  SignalPost(ProcessSystem system) {
    this.system = system;
  }

  // ---- the kill calls --------------------------------------------------------------------------

  /**
   * The kill call.
   *
   * @param pid a process; 0 the caller's group; -1 all but process 1 and the caller; else a group
   * @param info signal 0 only tests
   * @return 0; -EINVAL, -ESRCH, -EPERM
   */
  public int kill(Process caller, int pid, SignalInfo info) {
    if (info.signal() != 0 && !Signal.isValid(info.signal())) {
      return -Errno.EINVAL;
    }
    if (pid > 0) {
      Process p = system.table().process(pid);
      return p == null ? -Errno.ESRCH : killOne(caller, p, info);
    }
    if (pid == Integer.MIN_VALUE) {
      return -Errno.ESRCH;
    }
    boolean all = pid == -1;
    int group = pid == 0 ? caller.processGroup() : -pid;
    boolean found = false;
    boolean done = false;
    for (Process p : system.table().processes()) {
      boolean meant = all ? p.pid() != 1 && p != caller : p.processGroup() == group;
      if (meant && !(all && p.zombie)) {
        found = true;
        done |= killOne(caller, p, info) == 0;
      }
    }
    if (!found) {
      return -Errno.ESRCH;
    }
    return done ? 0 : -Errno.EPERM;
  }

  private int killOne(Process caller, Process p, SignalInfo info) {
    if (!mayKill(caller, p, info.signal())) {
      return -Errno.EPERM;
    }
    if (info.signal() != 0) {
      post(p, info);
    }
    return 0;
  }

  private static boolean mayKill(Process caller, Process p, int signal) {
    return caller.identity().maySignal(p.identity())
        || signal == Signal.CONT && caller.session() == p.session();
  }

  /**
   * The tgkill and tkill calls.
   *
   * @param group the thread's process, or -1 for any
   * @return 0; -EINVAL, -ESRCH, -EPERM
   */
  public int killThread(Process caller, int group, int tid, SignalInfo info) {
    if (tid <= 0 || info.signal() != 0 && !Signal.isValid(info.signal())) {
      return -Errno.EINVAL;
    }
    GuestThread t = system.table().thread(tid);
    if (t == null || group != -1 && t.process().pid() != group) {
      return -Errno.ESRCH;
    }
    if (!mayKill(caller, t.process(), info.signal())) {
      return -Errno.EPERM;
    }
    if (info.signal() != 0) {
      post(t.process(), info, t);
    }
    return 0;
  }

  // ---- from the kernel -------------------------------------------------------------------------

  /** Sends a signal to every member of a group. */
  public void postGroup(int processGroup, SignalInfo info) {
    for (Process p : system.table().group(processGroup)) {
      post(p, info);
    }
  }

  /** Sends a signal to a process: any of its threads may take it. */
  public void post(Process p, SignalInfo info) {
    post(p, info, null);
  }

  /**
   * A fault of the thread itself: cannot be blocked or ignored, it then does what it does by
   * itself.
   */
  void force(GuestThread t, SignalInfo info) {
    Process p = t.process();
    long bit = Signal.bit(info.signal());
    boolean ignored = p.actions.get(info.signal()).handler() == SignalAction.IGNORE;
    if (ignored || (t.signalMask() & bit) != 0) {
      p.actions.set(info.signal(), SignalAction.NONE);
      t.setSignalMask(t.signalMask() & ~bit);
    }
    t.pending.add(info);
    t.updateInterrupt();
  }

  private void post(Process p, SignalInfo info, @Nullable GuestThread target) {
    int signal = info.signal();
    if (p.zombie || p.exiting) {
      return;
    }
    if (signal == Signal.KILL) {
      if (!p.isShieldedInit()) {
        kill(p);
      }
      return;
    }
    long bit = Signal.bit(signal);
    if (signal == Signal.CONT) {
      discard(p, Signal.STOPPING);
      goOn(p);
    } else if ((bit & Signal.STOPPING) != 0) {
      discard(p, Signal.bit(Signal.CONT));
    }
    if (isDropped(p, signal, target)) {
      return;
    }
    PendingSignals to = target == null ? p.pending : target.pending;
    if (!to.add(info)) {
      return;
    }
    GuestThread taker = target != null ? target : taker(p, bit);
    if (taker != null && isOpenTo(taker, bit)) {
      system.services().scheduler().interrupt(taker.kernelThread());
    }
  }

  /**
   * The thread that is to look at a signal for the process: one that waits for it, else the oldest
   * that does not block it.
   */
  private static @Nullable GuestThread taker(Process p, long bit) {
    GuestThread found = null;
    for (GuestThread t : p.threads) {
      if ((t.awaitedSignals() & bit) != 0) {
        return t;
      }
      if (found == null && (t.signalMask() & bit) == 0) {
        found = t;
      }
    }
    return found;
  }

  private static boolean isOpenTo(GuestThread t, long bit) {
    return (t.signalMask() & bit) == 0 || (t.awaitedSignals() & bit) != 0;
  }

  private static boolean isDropped(Process p, int signal, @Nullable GuestThread target) {
    boolean isDefault = p.actions.get(signal).handler() == SignalAction.DEFAULT;
    if (isDefault && p.isShieldedInit()) {
      return true;
    }
    if (!p.actions.ignores(signal)) {
      return false;
    }
    // Blocked, it may still be taken by sigtimedwait, or caught once a handler is set.
    GuestThread t = target != null ? target : taker(p, Signal.bit(signal));
    return t != null && ((t.signalMask() | t.awaitedSignals()) & Signal.bit(signal)) == 0;
  }

  private static void discard(Process p, long which) {
    p.pending.discard(which);
    for (GuestThread t : p.threads) {
      t.pending.discard(which);
    }
  }

  /** Drops what waits of a signal that is now ignored. */
  public void discardIgnored(Process p, int signal) {
    if (p.actions.ignores(signal)) {
      discard(p, Signal.bit(signal));
    }
  }

  // ---- kill, stop, continue --------------------------------------------------------------------

  /** SIGKILL: every thread gets its mark and ends as soon as it can. */
  void kill(Process p) {
    p.killed = true;
    p.stopped = false;
    Scheduler scheduler = system.services().scheduler();
    for (GuestThread t : p.threads) {
      endSleeps(t);
    }
    scheduler.wakeup(p.stopChannel);
  }

  /** Marks a thread that is to end, and ends any sleep that may be ended for it. */
  void endSleeps(GuestThread t) {
    Scheduler scheduler = system.services().scheduler();
    t.kernelThread().setKillPending();
    scheduler.interrupt(t.kernelThread());
    Object channel = t.killableChannel;
    if (channel != null) {
      scheduler.wakeup(channel);
    }
  }

  /** Stops a process: its threads stop where they leave for user code. */
  void stop(Process p, int signal) {
    p.stopped = true;
    p.stopSignal = signal;
    p.stopReported = false;
    p.continueReported = true;
    for (GuestThread t : p.threads) {
      system.services().scheduler().interrupt(t.kernelThread());
    }
    tellParent(p, SignalInfo.STOPPED, signal);
  }

  private void goOn(Process p) {
    if (!p.stopped) {
      return;
    }
    p.stopped = false;
    p.stopReported = true;
    p.continueReported = false;
    system.services().scheduler().wakeup(p.stopChannel);
    tellParent(p, SignalInfo.CONTINUED, Signal.CONT);
  }

  private void tellParent(Process p, int code, int status) {
    Process parent = p.parent();
    if (parent == null) {
      return;
    }
    if (!parent.actions.get(Signal.CHLD).has(SignalAction.NOCLDSTOP)) {
      post(parent, ofChild(p, Signal.CHLD, code, status));
    }
    system.services().scheduler().wakeup(parent);
  }

  /** What a parent is told of a child. */
  static SignalInfo ofChild(Process child, int signal, int code, int status) {
    ResourceUsage u = child.usage();
    return new SignalInfo(
        signal,
        code,
        child.pid(),
        child.identity().uid(),
        status,
        ticks(u.userTime()),
        ticks(u.systemTime()));
  }

  private static int ticks(long nanoseconds) {
    return (int) (nanoseconds / 10_000_000);
  }
}
