// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.cpu.Cpu;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.proc.AlternateStack;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.SignalAction;
import dev.faultline.kernel.proc.SignalInfo;
import dev.faultline.kernel.proc.SignalPost;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import org.jspecify.annotations.Nullable;

/** Signals: actions, masks, sending, waiting, and the return from handlers. */
final class SignalCalls {
  private static final int SET_SIZE = 8;
  private static final int ACTION_SIZE = 20;
  private static final int OLD_ACTION_SIZE = 16;
  private static final int STACK_SIZE = 12;
  private static final int SS_ONSTACK = 1;
  private static final int SS_DISABLE = 2;
  private static final int MIN_STACK = 2048;
  private static final long OLD_MASK = 0xFFFF_FFFFL;

  private final CallEnvironment env;
  private final SignalFrame frames;

  SignalCalls(CallEnvironment env, SignalFrame frames) {
    this.env = env;
    this.frames = frames;
  }

  // ---- actions ---------------------------------------------------------------------------------

  int rtSigaction(GuestThread t, int signal, int action, int old, int size) {
    if (size != SET_SIZE) {
      return -Errno.EINVAL;
    }
    SignalAction wanted = null;
    if (action != 0) {
      UserStruct u = UserStruct.read(env.memory(), action, ACTION_SIZE);
      if (u == null) {
        return -Errno.EFAULT;
      }
      wanted = new SignalAction(u.get32(0), u.get32(4), u.get32(8), u.get64(12));
    }
    if (!Signal.isValid(signal)) {
      return -Errno.EINVAL;
    }
    SignalAction before = t.process().actions().get(signal);
    int error = setAction(t, signal, wanted);
    if (error != 0 || old == 0) {
      return error;
    }
    UserStruct u = new UserStruct(env.memory(), ACTION_SIZE);
    u.put32(0, before.handler()).put32(4, before.flags()).put32(8, before.restorer());
    return u.put64(12, before.mask()).write(old);
  }

  int sigaction(GuestThread t, int signal, int action, int old) {
    SignalAction wanted = null;
    if (action != 0) {
      UserStruct u = UserStruct.read(env.memory(), action, OLD_ACTION_SIZE);
      if (u == null) {
        return -Errno.EFAULT;
      }
      wanted = new SignalAction(u.get32(0), u.get32(8), u.get32(12), u.get32(4) & OLD_MASK);
    }
    if (!Signal.isValid(signal)) {
      return -Errno.EINVAL;
    }
    SignalAction before = t.process().actions().get(signal);
    int error = setAction(t, signal, wanted);
    if (error != 0 || old == 0) {
      return error;
    }
    UserStruct u = new UserStruct(env.memory(), OLD_ACTION_SIZE);
    u.put32(0, before.handler()).put32(4, (int) before.mask());
    return u.put32(8, before.flags()).put32(12, before.restorer()).write(old);
  }

  int signal(GuestThread t, int signal, int handler) {
    if (!Signal.isValid(signal)) {
      return -Errno.EINVAL;
    }
    int before = t.process().actions().get(signal).handler();
    int flags = SignalAction.RESETHAND | SignalAction.NODEFER;
    int error = setAction(t, signal, new SignalAction(handler, flags, 0, 0));
    return error != 0 ? error : before;
  }

  private int setAction(GuestThread t, int signal, @Nullable SignalAction action) {
    if (action == null) {
      return 0;
    }
    if ((Signal.bit(signal) & Signal.UNBLOCKABLE) != 0) {
      return -Errno.EINVAL;
    }
    t.process().actions().set(signal, action);
    env.system().signals().discardIgnored(t.process(), signal);
    return 0;
  }

  // ---- masks -----------------------------------------------------------------------------------

  int rtSigprocmask(GuestThread t, int how, int set, int old, int size) {
    if (size != SET_SIZE) {
      return -Errno.EINVAL;
    }
    long before = t.signalMask();
    if (set != 0) {
      UserStruct u = UserStruct.read(env.memory(), set, SET_SIZE);
      if (u == null) {
        return -Errno.EFAULT;
      }
      int error = changeMask(t, how, u.get64(0), -1);
      if (error != 0) {
        return error;
      }
    }
    return old == 0 || env.memory().store64(old, before) ? 0 : -Errno.EFAULT;
  }

  int sigprocmask(GuestThread t, int how, int set, int old) {
    long before = t.signalMask();
    if (set != 0) {
      long bits = env.memory().fetch32(set);
      if (bits < 0) {
        return -Errno.EFAULT;
      }
      int error = changeMask(t, how, bits, OLD_MASK);
      if (error != 0) {
        return error;
      }
    }
    return old == 0 || env.memory().store32(old, (int) before) ? 0 : -Errno.EFAULT;
  }

  private static int changeMask(GuestThread t, int how, long bits, long reach) {
    long mask = t.signalMask();
    switch (how) {
      case 0 -> mask |= bits;
      case 1 -> mask &= ~bits;
      case 2 -> mask = mask & ~reach | bits;
      default -> {
        return -Errno.EINVAL;
      }
    }
    t.setSignalMask(mask);
    return 0;
  }

  int sgetmask(GuestThread t) {
    return (int) t.signalMask();
  }

  int ssetmask(GuestThread t, int mask) {
    int before = (int) t.signalMask();
    t.setSignalMask(mask & OLD_MASK);
    return before;
  }

  int rtSigpending(GuestThread t, int set, int size) {
    if (Integer.compareUnsigned(size, SET_SIZE) > 0) {
      return -Errno.EINVAL;
    }
    UserStruct u = new UserStruct(env.memory(), SET_SIZE);
    u.put64(0, t.pendingSignals() & t.signalMask());
    int done = env.memory().copyOut(u.array(), 0, set, size);
    return done == size ? 0 : -Errno.EFAULT;
  }

  int sigpending(GuestThread t, int set) {
    int pending = (int) (t.pendingSignals() & t.signalMask());
    return env.memory().store32(set, pending) ? 0 : -Errno.EFAULT;
  }

  int rtSigsuspend(GuestThread t, int set, int size) {
    if (size != SET_SIZE) {
      return -Errno.EINVAL;
    }
    UserStruct u = UserStruct.read(env.memory(), set, SET_SIZE);
    if (u == null) {
      return -Errno.EFAULT;
    }
    t.setTemporaryMask(u.get64(0));
    return pause(t);
  }

  int sigsuspend(GuestThread t, int unused1, int unused2, int mask) {
    t.setTemporaryMask(mask & OLD_MASK);
    return pause(t);
  }

  int pause(GuestThread t) {
    while (env.scheduler().sleep(t, true, Scheduler.NO_DEADLINE) != WakeReason.INTERRUPTED) {
      // Nobody wakes this channel but by a signal.
    }
    return -Errno.ERESTARTNOHAND;
  }

  // ---- sending ---------------------------------------------------------------------------------

  private static SignalInfo from(GuestThread t, int signal, int code) {
    return SignalInfo.fromProcess(signal, code, t.process().pid(), t.process().identity().uid(), 0);
  }

  private SignalPost post() {
    return env.system().signals();
  }

  int kill(GuestThread t, int pid, int signal) {
    return post().kill(t.process(), pid, from(t, signal, SignalInfo.USER));
  }

  int tkill(GuestThread t, int tid, int signal) {
    return post().killThread(t.process(), -1, tid, from(t, signal, SignalInfo.THREAD));
  }

  int tgkill(GuestThread t, int group, int tid, int signal) {
    if (group <= 0) {
      return -Errno.EINVAL;
    }
    return post().killThread(t.process(), group, tid, from(t, signal, SignalInfo.THREAD));
  }

  int rtSigqueueinfo(GuestThread t, int pid, int signal, int info) {
    UserStruct u = UserStruct.read(env.memory(), info, Layouts.SIGINFO_SIZE);
    if (u == null) {
      return -Errno.EFAULT;
    }
    if (u.get32(8) >= 0 && pid != t.process().pid()) {
      return -Errno.EPERM;
    }
    if (pid <= 0) {
      return -Errno.ESRCH;
    }
    SignalInfo sent =
        SignalInfo.fromProcess(signal, u.get32(8), u.get32(12), u.get32(16), u.get32(20));
    return post().kill(t.process(), pid, sent);
  }

  // ---- waiting ---------------------------------------------------------------------------------

  int rtSigtimedwait(GuestThread t, int set, int info, int timeout, int size) {
    return sigtimedwait(t, set, info, timeout, size, false);
  }

  int rtSigtimedwaitTime64(GuestThread t, int set, int info, int timeout, int size) {
    return sigtimedwait(t, set, info, timeout, size, true);
  }

  private int sigtimedwait(GuestThread t, int set, int info, int timeout, int size, boolean wide) {
    if (size != SET_SIZE) {
      return -Errno.EINVAL;
    }
    UserStruct u = UserStruct.read(env.memory(), set, SET_SIZE);
    if (u == null) {
      return -Errno.EFAULT;
    }
    long wanted = u.get64(0) & ~Signal.UNBLOCKABLE;
    long deadline = Scheduler.NO_DEADLINE;
    if (timeout != 0) {
      Result<Long> time = env.timespec(timeout, wide);
      if (!time.isOk()) {
        return time.error();
      }
      deadline = env.after(time.value());
    }
    SignalInfo taken = t.awaitSignal(wanted, t.deadline(deadline));
    if (taken != null) {
      int error = info == 0 ? 0 : Layouts.siginfo(env.memory(), taken).write(info);
      return error != 0 ? error : taken.signal();
    }
    return t.kernelThread().interruptPending() ? -Errno.ERESTARTNOHAND : -Errno.EAGAIN;
  }

  // ---- alternate stack and return --------------------------------------------------------------

  int sigaltstack(GuestThread t, int stack, int old) {
    AlternateStack before = t.alternateStack();
    boolean inUse = before.holds(t.cpu().get(Cpu.ESP));
    if (stack != 0) {
      UserStruct u = UserStruct.read(env.memory(), stack, STACK_SIZE);
      if (u == null) {
        return -Errno.EFAULT;
      }
      int flags = u.get32(4) & Integer.MAX_VALUE;
      int size = u.get32(8);
      if (inUse) {
        return -Errno.EPERM;
      }
      if ((flags & ~(SS_ONSTACK | SS_DISABLE)) != 0) {
        return -Errno.EINVAL;
      }
      if (flags == SS_DISABLE) {
        t.setAlternateStack(AlternateStack.NONE);
      } else if (Integer.compareUnsigned(size, MIN_STACK) < 0) {
        return -Errno.ENOMEM;
      } else {
        t.setAlternateStack(new AlternateStack(u.get32(0), size));
      }
    }
    if (old == 0) {
      return 0;
    }
    int state = before.size() == 0 ? SS_DISABLE : inUse ? SS_ONSTACK : 0;
    return new UserStruct(env.memory(), STACK_SIZE)
        .put32(0, before.base())
        .put32(4, state)
        .put32(8, before.size())
        .write(old);
  }

  int sigreturn(GuestThread t) {
    return frames.leave(t, false);
  }

  int rtSigreturn(GuestThread t) {
    return frames.leave(t, true);
  }
}
