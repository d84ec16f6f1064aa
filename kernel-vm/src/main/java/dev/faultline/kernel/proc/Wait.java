// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import org.jspecify.annotations.Nullable;

/** Waits for children: the mechanism of wait4 and waitid. */
public final class Wait {
  /** Option: do not sleep. */
  public static final int NOHANG = 1;

  /** Option: children that stopped. */
  public static final int STOPPED = 2;

  /** Option: children that ended. */
  public static final int EXITED = 4;

  /** Option: children that go on. */
  public static final int CONTINUED = 8;

  /** Option: leave the child as it is, to be waited for again. */
  public static final int NOWAIT = 0x0100_0000;

  /** Which children are meant. */
  public enum Which {
    /** Any child. */
    ANY,
    /** One process. */
    PROCESS,
    /** The members of a group. */
    GROUP
  }

  /**
   * What happened to a child.
   *
   * @param pid the child; 0 if nothing has happened and the caller would not wait
   * @param uid the child's real user
   * @param status see {@link WaitStatus}
   * @param usage what it and its waited-for children used, if it has ended
   */
  public record Event(int pid, int uid, int status, ResourceUsage usage) {
    /** Nothing happened. */
    static final Event NONE = new Event(0, 0, 0, new ResourceUsage());
  }

  private Wait() {}

  /**
   * Waits until something happens to a child, or takes what has happened already.
   *
   * @param id pid or group, where {@code which} needs one
   * @return -ECHILD if there is no such child, -ERESTARTSYS after a signal
   */
  public static Result<Event> await(GuestThread caller, Which which, int id, int options) {
    Process parent = caller.process();
    Scheduler scheduler = parent.system.services().scheduler();
    while (true) {
      boolean any = false;
      for (Process child : parent.children) {
        if (matches(child, which, id)) {
          any = true;
          Event event = look(parent, child, options);
          if (event != null) {
            return Result.of(event);
          }
        }
      }
      if (!any) {
        return Result.failure(Errno.ECHILD);
      }
      if ((options & NOHANG) != 0) {
        return Result.of(Event.NONE);
      }
      if (scheduler.sleep(parent, true, Scheduler.NO_DEADLINE) == WakeReason.INTERRUPTED) {
        return Result.failure(Errno.ERESTARTSYS);
      }
    }
  }

  private static boolean matches(Process child, Which which, int id) {
    return switch (which) {
      case ANY -> true;
      case PROCESS -> child.pid() == id;
      case GROUP -> child.processGroup() == id;
    };
  }

  private static @Nullable Event look(Process parent, Process child, int options) {
    boolean take = (options & NOWAIT) == 0;
    if (child.zombie) {
      if ((options & EXITED) == 0) {
        return null;
      }
      ResourceUsage used = child.usage();
      used.add(child.childrenUsage());
      if (take) {
        parent.childrenUsage().add(used);
        parent.system.exit().reap(parent, child);
      }
      return new Event(child.pid(), child.identity().uid(), child.exitStatus, used);
    }
    if (child.stopped && !child.stopReported && (options & STOPPED) != 0) {
      child.stopReported = take;
      return event(child, WaitStatus.stopped(child.stopSignal));
    }
    if (!child.continueReported && (options & CONTINUED) != 0) {
      child.continueReported = take;
      return event(child, WaitStatus.CONTINUED);
    }
    return null;
  }

  private static Event event(Process child, int status) {
    return new Event(child.pid(), child.identity().uid(), status, child.usage());
  }
}
