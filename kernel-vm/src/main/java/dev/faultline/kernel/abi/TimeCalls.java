// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.RealTimer;
import dev.faultline.kernel.proc.ResourceUsage;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;

/** Clocks, sleeping, the alarm. */
final class TimeCalls {
  private static final long NANOS = 1_000_000_000;
  private static final long NANOS_PER_TICK = 10_000_000;
  private static final int REALTIME = 0;
  private static final int TIMER_ABSTIME = 1;
  private static final int RESOLUTION = 1;
  private static final int ITIMER_REAL = 0;

  private final CallEnvironment env;

  TimeCalls(CallEnvironment env) {
    this.env = env;
  }

  // ---- clocks ----------------------------------------------------------------------------------

  private long realTime() {
    return env.system().services().files().clock().now();
  }

  /** The reading of a clock, or -1 if there is no such clock. */
  private long read(GuestThread t, int clock) {
    return switch (clock) {
      case REALTIME, 5 -> realTime();
      case 1, 4, 6, 7 -> env.system().now();
      case 2 -> used(t.process().usage());
      case 3 -> used(t.usage());
      default -> -1;
    };
  }

  private static long used(ResourceUsage u) {
    return u.userTime() + u.systemTime();
  }

  int clockGettime(GuestThread t, int clock, int to) {
    long now = read(t, clock);
    if (now < 0) {
      return -Errno.EINVAL;
    }
    UserStruct u = new UserStruct(env.memory(), 8);
    Layouts.timespec32(u, 0, now);
    return u.write(to);
  }

  int clockGettime64(GuestThread t, int clock, int to) {
    long now = read(t, clock);
    if (now < 0) {
      return -Errno.EINVAL;
    }
    UserStruct u = new UserStruct(env.memory(), 16);
    Layouts.timespec64(u, 0, now);
    return u.write(to);
  }

  int clockGetres(GuestThread t, int clock, int to) {
    if (read(t, clock) < 0) {
      return -Errno.EINVAL;
    }
    UserStruct u = new UserStruct(env.memory(), 8).put32(4, RESOLUTION);
    return to == 0 ? 0 : u.write(to);
  }

  int clockGetres64(GuestThread t, int clock, int to) {
    if (read(t, clock) < 0) {
      return -Errno.EINVAL;
    }
    UserStruct u = new UserStruct(env.memory(), 16).put64(8, RESOLUTION);
    return to == 0 ? 0 : u.write(to);
  }

  int gettimeofday(GuestThread t, int to, int zone) {
    if (to != 0) {
      UserStruct u = new UserStruct(env.memory(), 8);
      Layouts.timeval32(u, 0, realTime());
      if (u.write(to) != 0) {
        return -Errno.EFAULT;
      }
    }
    return zone == 0 ? 0 : new UserStruct(env.memory(), 8).write(zone);
  }

  int time(GuestThread t, int to) {
    int seconds = (int) (realTime() / NANOS);
    return to == 0 || env.memory().store32(to, seconds) ? seconds : -Errno.EFAULT;
  }

  int times(GuestThread t, int to) {
    int now = (int) (env.system().now() / NANOS_PER_TICK);
    if (to == 0) {
      return now;
    }
    ResourceUsage own = t.process().usage();
    ResourceUsage children = t.process().childrenUsage();
    UserStruct u = new UserStruct(env.memory(), 16);
    u.put32(0, ticks(own.userTime())).put32(4, ticks(own.systemTime()));
    u.put32(8, ticks(children.userTime())).put32(12, ticks(children.systemTime()));
    int error = u.write(to);
    return error != 0 ? error : now;
  }

  private static int ticks(long nanoseconds) {
    return (int) (nanoseconds / NANOS_PER_TICK);
  }

  // ---- sleeping --------------------------------------------------------------------------------

  int nanosleep(GuestThread t, int wanted, int rest) {
    Result<Long> time = env.timespec(wanted, false);
    return time.isOk() ? sleep(t, env.after(time.value()), rest, false) : time.error();
  }

  int clockNanosleep(GuestThread t, int clock, int flags, int wanted, int rest) {
    return clockNanosleep(t, clock, flags, wanted, rest, false);
  }

  int clockNanosleep64(GuestThread t, int clock, int flags, int wanted, int rest) {
    return clockNanosleep(t, clock, flags, wanted, rest, true);
  }

  private int clockNanosleep(
      GuestThread t, int clock, int flags, int wanted, int rest, boolean wide) {
    if (clock == 3 || read(t, clock) < 0) {
      return -Errno.EINVAL;
    }
    Result<Long> time = env.timespec(wanted, wide);
    if (!time.isOk()) {
      return time.error();
    }
    if ((flags & TIMER_ABSTIME) == 0) {
      return sleep(t, env.after(time.value()), rest, wide);
    }
    long left = Math.max(0, time.value() - read(t, clock));
    return sleep(t, env.after(left), 0, wide);
  }

  private int sleep(GuestThread t, long wanted, int rest, boolean wide) {
    long deadline = t.deadline(wanted);
    while (true) {
      WakeReason why = env.scheduler().sleep(t, true, deadline);
      if (why == WakeReason.TIMED_OUT) {
        return 0;
      }
      if (why == WakeReason.INTERRUPTED) {
        break;
      }
    }
    if (rest != 0 && deadline != Scheduler.NO_DEADLINE) {
      UserStruct u = new UserStruct(env.memory(), wide ? 16 : 8);
      long left = Math.max(0, deadline - env.system().now());
      if (wide) {
        Layouts.timespec64(u, 0, left);
      } else {
        Layouts.timespec32(u, 0, left);
      }
      if (u.write(rest) != 0) {
        return -Errno.EFAULT;
      }
    }
    return -Errno.ERESTARTNOHAND;
  }

  // ---- the alarm -------------------------------------------------------------------------------

  int alarm(GuestThread t, int seconds) {
    RealTimer timer = t.process().realTimer();
    long left = timer.remaining();
    if (!timer.set((seconds & 0xFFFF_FFFFL) * NANOS, 0)) {
      return -Errno.EAGAIN;
    }
    // Rounded, but never to "none" while it runs.
    long rounded = (left + NANOS / 2) / NANOS;
    return left > 0 && rounded == 0 ? 1 : (int) rounded;
  }

  int setitimer(GuestThread t, int which, int wanted, int old) {
    if (which < 0 || which > 2) {
      return -Errno.EINVAL;
    }
    long delay = 0;
    long interval = 0;
    if (wanted != 0) {
      UserStruct u = UserStruct.read(env.memory(), wanted, 16);
      if (u == null) {
        return -Errno.EFAULT;
      }
      if (!isTimeval(u, 0) || !isTimeval(u, 8)) {
        return -Errno.EINVAL;
      }
      interval = u.get32(0) * NANOS + u.get32(4) * 1000L;
      delay = u.get32(8) * NANOS + u.get32(12) * 1000L;
    }
    if (which != ITIMER_REAL) {
      // Timers of processor time never run; stopping one is no error.
      return delay != 0 ? -Errno.EINVAL : old == 0 ? 0 : getitimer(t, which, old);
    }
    UserStruct before = current(t);
    if (!t.process().realTimer().set(delay, interval)) {
      return -Errno.EAGAIN;
    }
    return old == 0 ? 0 : before.write(old);
  }

  int getitimer(GuestThread t, int which, int to) {
    if (which < 0 || which > 2) {
      return -Errno.EINVAL;
    }
    UserStruct u = which == ITIMER_REAL ? current(t) : new UserStruct(env.memory(), 16);
    return u.write(to);
  }

  private UserStruct current(GuestThread t) {
    UserStruct u = new UserStruct(env.memory(), 16);
    Layouts.timeval32(u, 0, t.process().realTimer().interval());
    Layouts.timeval32(u, 8, t.process().realTimer().remaining());
    return u;
  }

  private static boolean isTimeval(UserStruct u, int at) {
    return u.get32(at) >= 0 && u.get32(at + 4) >= 0 && u.get32(at + 4) < 1_000_000;
  }
}
