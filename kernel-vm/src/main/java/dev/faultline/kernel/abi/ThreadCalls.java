// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.cpu.Cpu;
import dev.faultline.cpu.FlatSegments;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.proc.GuestThread;

/** What concerns a single thread: its number, its storage, its place in the run queue. */
final class ThreadCalls {
  private static final int ROBUST_LIST_SIZE = 12;

  private final CallEnvironment env;

  ThreadCalls(CallEnvironment env) {
    this.env = env;
  }

  int gettid(GuestThread t) {
    return t.tid();
  }

  int setTidAddress(GuestThread t, int address) {
    t.setClearChildTid(address);
    return t.tid();
  }

  int setRobustList(GuestThread t, int head, int size) {
    if (size != ROBUST_LIST_SIZE) {
      return -Errno.EINVAL;
    }
    t.setRobustList(head);
    return 0;
  }

  int getRobustList(GuestThread t, int tid, int head, int size) {
    GuestThread of = tid == 0 ? t : env.system().table().thread(tid);
    if (of == null) {
      return -Errno.ESRCH;
    }
    boolean stored =
        env.memory().store32(head, of.robustList()) && env.memory().store32(size, ROBUST_LIST_SIZE);
    return stored ? 0 : -Errno.EFAULT;
  }

  int setThreadArea(GuestThread t, int address) {
    UserStruct u = UserStruct.read(env.memory(), address, UserDescriptor.SIZE);
    if (u == null) {
      return -Errno.EFAULT;
    }
    FlatSegments segments = t.segments();
    int number = u.get32(0);
    int slot = number - FlatSegments.FIRST_TLS_INDEX;
    if (number == -1) {
      slot = 0;
      while (slot < FlatSegments.TLS_SLOTS && segments.tls(slot) != 0) {
        slot++;
      }
      if (slot == FlatSegments.TLS_SLOTS) {
        return -Errno.ESRCH;
      }
    }
    if (slot < 0 || slot >= FlatSegments.TLS_SLOTS || !UserDescriptor.isValid(u)) {
      return -Errno.EINVAL;
    }
    if (number == -1) {
      u.put32(0, slot + FlatSegments.FIRST_TLS_INDEX);
      if (u.write(address) != 0) {
        return -Errno.EFAULT;
      }
    }
    segments.setTls(slot, UserDescriptor.descriptor(u));
    reload(t.cpu());
    return 0;
  }

  /** As a return from the kernel does it: registers see the descriptor as it is now. */
  private static void reload(Cpu cpu) {
    for (int s : new int[] {Cpu.FS, Cpu.GS}) {
      if (!cpu.loadSegment(s, cpu.selector(s))) {
        cpu.loadSegment(s, 0);
      }
    }
  }

  int getThreadArea(GuestThread t, int address) {
    UserStruct u = UserStruct.read(env.memory(), address, UserDescriptor.SIZE);
    if (u == null) {
      return -Errno.EFAULT;
    }
    int slot = u.get32(0) - FlatSegments.FIRST_TLS_INDEX;
    if (slot < 0 || slot >= FlatSegments.TLS_SLOTS) {
      return -Errno.EINVAL;
    }
    UserDescriptor.describe(u, t.segments().tls(slot));
    return u.write(address);
  }

  int schedYield(GuestThread t) {
    env.scheduler().yieldNow();
    return 0;
  }

  /** One CPU, and every thread may use it. */
  int schedGetaffinity(GuestThread t, int tid, int size, int mask) {
    if (tid != 0 && env.system().table().thread(tid) == null) {
      return -Errno.ESRCH;
    }
    if (size < 4 || (size & 3) != 0) {
      return -Errno.EINVAL;
    }
    return env.memory().store32(mask, 1) ? 4 : -Errno.EFAULT;
  }

  int schedSetaffinity(GuestThread t, int tid, int size, int mask) {
    if (tid != 0 && env.system().table().thread(tid) == null) {
      return -Errno.ESRCH;
    }
    long bits = size < 4 ? 0 : env.memory().fetch32(mask);
    if (bits < 0) {
      return -Errno.EFAULT;
    }
    return (bits & 1) != 0 ? 0 : -Errno.EINVAL;
  }

  int schedGetscheduler(GuestThread t, int tid) {
    return tid != 0 && env.system().table().thread(tid) == null ? -Errno.ESRCH : 0;
  }

  int schedGetparam(GuestThread t, int tid, int to) {
    if (tid != 0 && env.system().table().thread(tid) == null) {
      return -Errno.ESRCH;
    }
    return env.memory().store32(to, 0) ? 0 : -Errno.EFAULT;
  }

  /** There is one policy, without priorities. */
  int schedSetscheduler(GuestThread t, int tid, int policy, int parameter) {
    if (tid != 0 && env.system().table().thread(tid) == null) {
      return -Errno.ESRCH;
    }
    long priority = env.memory().fetch32(parameter);
    if (priority < 0) {
      return -Errno.EFAULT;
    }
    return policy == 0 && priority == 0 ? 0 : -Errno.EINVAL;
  }

  int schedPriority(GuestThread t, int policy) {
    return switch (policy) {
      case 0, 3, 5 -> 0;
      default -> -Errno.EINVAL;
    };
  }

  int getcpu(GuestThread t, int cpu, int node) {
    boolean stored =
        (cpu == 0 || env.memory().store32(cpu, 0)) && (node == 0 || env.memory().store32(node, 0));
    return stored ? 0 : -Errno.EFAULT;
  }
}
