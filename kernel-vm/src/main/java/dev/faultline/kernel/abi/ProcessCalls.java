// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static dev.faultline.kernel.abi.CallEnvironment.AT_FDCWD;

import dev.faultline.cpu.FlatSegments;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.proc.Exec;
import dev.faultline.kernel.proc.Fork;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.proc.ResourceUsage;
import dev.faultline.kernel.proc.Signal;
import dev.faultline.kernel.proc.SignalInfo;
import dev.faultline.kernel.proc.Wait;
import dev.faultline.kernel.proc.WaitStatus;
import java.util.List;

/** fork, exec, wait, exit and their relatives. */
final class ProcessCalls {
  private static final int CLONE_SIGNAL = 0xFF;
  private static final int CLONE_SYSVSEM = 0x40000;
  private static final int CLONE_DETACHED = 0x400000;
  private static final int CLONE_SERVED =
      Fork.VM
          | Fork.FS
          | Fork.FILES
          | Fork.SIGHAND
          | Fork.VFORK
          | Fork.THREAD
          | Fork.SETTLS
          | Fork.PARENT_SETTID
          | Fork.CHILD_CLEARTID
          | Fork.CHILD_SETTID
          | CLONE_SYSVSEM
          | CLONE_DETACHED;

  private static final int WAIT4_OPTIONS =
      0xE000_0000 | Wait.NOHANG | Wait.STOPPED | Wait.CONTINUED;
  private static final int WAITID_OPTIONS = WAIT4_OPTIONS | Wait.EXITED | Wait.NOWAIT;
  private static final int WAIT_KINDS = Wait.EXITED | Wait.STOPPED | Wait.CONTINUED;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;

  private final CallEnvironment env;

  ProcessCalls(CallEnvironment env) {
    this.env = env;
  }

  // ---- fork ------------------------------------------------------------------------------------

  int fork(GuestThread t) {
    return Fork.clone(t, Fork.Request.fork());
  }

  int vfork(GuestThread t) {
    return Fork.clone(t, Fork.Request.vfork());
  }

  int clone(GuestThread t, int flags, int stack, int parentTid, int tls, int childTid) {
    int exitSignal = flags & CLONE_SIGNAL;
    if ((flags & ~(CLONE_SERVED | CLONE_SIGNAL)) != 0
        || exitSignal != 0 && !Signal.isValid(exitSignal)) {
      return -Errno.EINVAL;
    }
    int slot = 0;
    long descriptor = 0;
    if ((flags & Fork.SETTLS) != 0) {
      UserStruct u = UserStruct.read(env.memory(), tls, UserDescriptor.SIZE);
      if (u == null) {
        return -Errno.EFAULT;
      }
      slot = u.get32(0) - FlatSegments.FIRST_TLS_INDEX;
      if (slot < 0 || slot >= FlatSegments.TLS_SLOTS || !UserDescriptor.isValid(u)) {
        return -Errno.EINVAL;
      }
      descriptor = UserDescriptor.descriptor(u);
    }
    return Fork.clone(
        t,
        new Fork.Request(
            flags & ~CLONE_SIGNAL, exitSignal, stack, parentTid, childTid, slot, descriptor));
  }

  // ---- exec ------------------------------------------------------------------------------------

  int execve(GuestThread t, int path, int arguments, int environment) {
    return execveat(t, AT_FDCWD, path, arguments, environment, 0);
  }

  int execveat(GuestThread t, int dirfd, int path, int arguments, int environment, int flags) {
    if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0) {
      return -Errno.EINVAL;
    }
    Result<String> name = env.path(path);
    if (!name.isOk()) {
      return name.error();
    }
    Result<List<byte[]>> argv = env.strings().vector(arguments, Exec.TOTAL_MAX);
    if (!argv.isOk()) {
      return orLookupError(t, name.value(), argv.error());
    }
    Result<List<byte[]>> envp = env.strings().vector(environment, Exec.TOTAL_MAX);
    if (!envp.isOk()) {
      return orLookupError(t, name.value(), envp.error());
    }
    String file = name.value();
    if (file.isEmpty() && (flags & AT_EMPTY_PATH) != 0) {
      file = "/proc/self/fd/" + dirfd;
    }
    return env.withPath(
        t, dirfd, file, (at, p) -> Exec.execute(t, at, p, argv.value(), envp.value()));
  }

  /** That the program cannot be executed is told before that its arguments are bad. */
  private static int orLookupError(GuestThread t, String name, int error) {
    int found = Exec.check(t, name);
    return found != 0 ? found : error;
  }

  // ---- exit ------------------------------------------------------------------------------------

  int exit(GuestThread t, int code) {
    env.system().exit().exitThread(t, code);
    return 0;
  }

  int exitGroup(GuestThread t, int code) {
    env.system().exit().exitGroup(t, WaitStatus.exited(code));
    return 0;
  }

  // ---- wait ------------------------------------------------------------------------------------

  int waitpid(GuestThread t, int pid, int status, int options) {
    return wait4(t, pid, status, options, 0);
  }

  int wait4(GuestThread t, int pid, int status, int options, int usage) {
    if ((options & ~WAIT4_OPTIONS) != 0) {
      return -Errno.EINVAL;
    }
    if (pid == Integer.MIN_VALUE) {
      return -Errno.ESRCH;
    }
    Wait.Which which = Wait.Which.PROCESS;
    int id = pid;
    if (pid == -1) {
      which = Wait.Which.ANY;
    } else if (pid <= 0) {
      which = Wait.Which.GROUP;
      id = pid == 0 ? t.process().processGroup() : -pid;
    }
    Result<Wait.Event> event = Wait.await(t, which, id, options | Wait.EXITED);
    if (!event.isOk()) {
      return event.error();
    }
    Wait.Event e = event.value();
    if (e.pid() == 0) {
      return 0;
    }
    if (usage != 0) {
      int error = Layouts.rusage(env.memory(), e.usage()).write(usage);
      if (error != 0) {
        return error;
      }
    }
    return status == 0 || env.memory().store32(status, e.status()) ? e.pid() : -Errno.EFAULT;
  }

  int waitid(GuestThread t, int kind, int id, int info, int options, int usage) {
    if ((options & ~WAITID_OPTIONS) != 0 || (options & WAIT_KINDS) == 0) {
      return -Errno.EINVAL;
    }
    Wait.Which which;
    switch (kind) {
      case 0 -> which = Wait.Which.ANY;
      case 1 -> which = Wait.Which.PROCESS;
      case 2 -> which = Wait.Which.GROUP;
      default -> {
        return -Errno.EINVAL;
      }
    }
    if (which == Wait.Which.PROCESS && id <= 0 || id < 0) {
      return -Errno.EINVAL;
    }
    int group = which == Wait.Which.GROUP && id == 0 ? t.process().processGroup() : id;
    Result<Wait.Event> event = Wait.await(t, which, group, options);
    if (!event.isOk()) {
      return event.error();
    }
    Wait.Event e = event.value();
    if (e.pid() != 0 && usage != 0) {
      int error = Layouts.rusage(env.memory(), e.usage()).write(usage);
      if (error != 0) {
        return error;
      }
    }
    return info == 0 ? 0 : siginfo(e).write(info);
  }

  private UserStruct siginfo(Wait.Event e) {
    if (e.pid() == 0) {
      return new UserStruct(env.memory(), Layouts.SIGINFO_SIZE);
    }
    int low = e.status() & 0xFF;
    int code;
    int status = e.status() >> 8 & 0xFF;
    if (e.status() == WaitStatus.CONTINUED) {
      code = SignalInfo.CONTINUED;
      status = Signal.CONT;
    } else if (low == 0x7F) {
      code = SignalInfo.STOPPED;
    } else if (low == 0) {
      code = SignalInfo.EXITED;
    } else {
      code = SignalInfo.KILLED;
      status = low;
    }
    return Layouts.siginfo(
        env.memory(), new SignalInfo(Signal.CHLD, code, e.pid(), e.uid(), status, 0, 0));
  }

  int getrusage(GuestThread t, int who, int to) {
    Process p = t.process();
    ResourceUsage usage;
    switch (who) {
      case 0 -> usage = p.usage();
      case -1 -> usage = p.childrenUsage();
      case 1 -> usage = t.usage();
      default -> {
        return -Errno.EINVAL;
      }
    }
    return Layouts.rusage(env.memory(), usage).write(to);
  }
}
