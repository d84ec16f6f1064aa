// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.PollEvents;
import dev.faultline.kernel.fs.Poller;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.sched.Scheduler;
import org.jspecify.annotations.Nullable;

/** poll and select in all their forms. */
final class PollCalls {
  private static final int POLLFD_SIZE = 8;
  private static final int READ_SET = PollEvents.READABLE | PollEvents.HUP | PollEvents.ERR;
  private static final int WRITE_SET = PollEvents.WRITABLE | PollEvents.ERR;
  private static final int EXCEPT_SET = PollEvents.PRI;
  private static final long NANOS = 1_000_000_000;

  private final CallEnvironment env;

  PollCalls(CallEnvironment env) {
    this.env = env;
  }

  // ---- poll ------------------------------------------------------------------------------------

  int poll(GuestThread t, int address, int count, int milliseconds) {
    return poll(
        t,
        address,
        count,
        milliseconds < 0 ? Scheduler.NO_DEADLINE : env.after(milliseconds * 1_000_000L));
  }

  int ppoll(GuestThread t, int address, int count, int timeout, int mask, int size) {
    return ppoll(t, address, count, timeout, mask, size, false);
  }

  int ppollTime64(GuestThread t, int address, int count, int timeout, int mask, int size) {
    return ppoll(t, address, count, timeout, mask, size, true);
  }

  private int ppoll(
      GuestThread t, int address, int count, int timeout, int mask, int size, boolean wide) {
    Result<Long> deadline = deadline(timeout, wide);
    if (!deadline.isOk()) {
      return deadline.error();
    }
    int error = block(t, mask, size);
    return error != 0 ? error : unblock(t, poll(t, address, count, deadline.value()));
  }

  private int poll(GuestThread t, int address, int count, long wanted) {
    if (count < 0 || count > FdTable.MAX) {
      return -Errno.EINVAL;
    }
    UserStruct u = UserStruct.read(env.memory(), address, count * POLLFD_SIZE);
    if (u == null) {
      return -Errno.EFAULT;
    }
    @Nullable OpenFile[] files = new @Nullable OpenFile[count];
    boolean[] ignored = new boolean[count];
    int[] events = new int[count];
    int[] revents = new int[count];
    for (int i = 0; i < count; i++) {
      int fd = u.get32(i * POLLFD_SIZE);
      files[i] = CallEnvironment.file(t, fd);
      ignored[i] = fd < 0;
      events[i] = u.get16(i * POLLFD_SIZE + 4);
    }
    long deadline = t.deadline(wanted);
    int ready = Poller.poll(env.scheduler(), files, ignored, events, revents, deadline);
    if (ready < 0) {
      return ready;
    }
    for (int i = 0; i < count; i++) {
      u.put16(i * POLLFD_SIZE + 6, revents[i]);
    }
    int error = u.write(address);
    return error != 0 ? error : ready;
  }

  /** A time from now, or never for a null pointer. */
  private Result<Long> deadline(int timeout, boolean wide) {
    if (timeout == 0) {
      return Result.of(Scheduler.NO_DEADLINE);
    }
    Result<Long> time = env.timespec(timeout, wide);
    return time.isOk() ? Result.of(env.after(time.value())) : time;
  }

  private int block(GuestThread t, int mask, int size) {
    if (mask == 0) {
      return 0;
    }
    if (size != 8) {
      return -Errno.EINVAL;
    }
    UserStruct u = UserStruct.read(env.memory(), mask, 8);
    if (u == null) {
      return -Errno.EFAULT;
    }
    t.setTemporaryMask(u.get64(0));
    return 0;
  }

  /** Interrupted, the mask stays until the handler's frame has been made. */
  private static int unblock(GuestThread t, int result) {
    if (result != -Errno.ERESTARTNOHAND) {
      t.restoreMask();
    }
    return result;
  }

  // ---- select ----------------------------------------------------------------------------------

  int select(GuestThread t, int count, int reads, int writes, int excepts, int timeout) {
    if (timeout == 0) {
      return select(t, count, new int[] {reads, writes, excepts}, Scheduler.NO_DEADLINE);
    }
    UserStruct u = UserStruct.read(env.memory(), timeout, 8);
    if (u == null) {
      return -Errno.EFAULT;
    }
    if (u.get32(0) < 0 || u.get32(4) < 0) {
      return -Errno.EINVAL;
    }
    long deadline = t.deadline(env.after(u.get32(0) * NANOS + u.get32(4) * 1000L));
    int result = select(t, count, new int[] {reads, writes, excepts}, deadline);
    Layouts.timeval32(u, 0, Math.max(0, deadline - env.system().now()));
    // As in Linux, what is left of the time is told if that is possible.
    u.write(timeout);
    return result;
  }

  /** The old form: one pointer to the five arguments. */
  int oldSelect(GuestThread t, int arguments) {
    UserStruct u = UserStruct.read(env.memory(), arguments, 20);
    return u == null
        ? -Errno.EFAULT
        : select(t, u.get32(0), u.get32(4), u.get32(8), u.get32(12), u.get32(16));
  }

  int pselect6(
      GuestThread t, int count, int reads, int writes, int excepts, int timeout, int mask) {
    return pselect(t, count, new int[] {reads, writes, excepts}, timeout, mask, false);
  }

  int pselect6Time64(
      GuestThread t, int count, int reads, int writes, int excepts, int timeout, int mask) {
    return pselect(t, count, new int[] {reads, writes, excepts}, timeout, mask, true);
  }

  private int pselect(
      GuestThread t, int count, int[] sets, int timeout, int maskAndSize, boolean wide) {
    Result<Long> deadline = deadline(timeout, wide);
    if (!deadline.isOk()) {
      return deadline.error();
    }
    int mask = 0;
    int size = 0;
    if (maskAndSize != 0) {
      UserStruct u = UserStruct.read(env.memory(), maskAndSize, 8);
      if (u == null) {
        return -Errno.EFAULT;
      }
      mask = u.get32(0);
      size = u.get32(4);
    }
    int error = block(t, mask, size);
    return error != 0 ? error : unblock(t, select(t, count, sets, t.deadline(deadline.value())));
  }

  private int select(GuestThread t, int wanted, int[] addresses, long deadline) {
    if (wanted < 0) {
      return -Errno.EINVAL;
    }
    int count = Math.min(wanted, FdTable.MAX);
    int bytes = (count + 31) / 32 * 4;
    @Nullable UserStruct[] sets = new @Nullable UserStruct[3];
    for (int s = 0; s < 3; s++) {
      if (addresses[s] != 0) {
        sets[s] = UserStruct.read(env.memory(), addresses[s], bytes);
        if (sets[s] == null) {
          return -Errno.EFAULT;
        }
      }
    }
    int[] meaning = {READ_SET, WRITE_SET, EXCEPT_SET};
    @Nullable OpenFile[] files = new @Nullable OpenFile[count];
    boolean[] ignored = new boolean[count];
    int[] events = new int[count];
    int[] revents = new int[count];
    for (int fd = 0; fd < count; fd++) {
      for (int s = 0; s < 3; s++) {
        events[fd] |= has(sets[s], fd) ? meaning[s] : 0;
      }
      ignored[fd] = events[fd] == 0;
      files[fd] = ignored[fd] ? null : CallEnvironment.file(t, fd);
      if (!ignored[fd] && files[fd] == null) {
        return -Errno.EBADF;
      }
    }
    int ready = Poller.poll(env.scheduler(), files, ignored, events, revents, deadline);
    if (ready < 0) {
      return ready;
    }
    int bits = 0;
    for (int s = 0; s < 3; s++) {
      UserStruct set = sets[s];
      if (set != null) {
        UserStruct result = new UserStruct(env.memory(), bytes);
        for (int fd = 0; fd < count; fd++) {
          if (has(set, fd) && (revents[fd] & meaning[s]) != 0) {
            result.put32(fd / 32 * 4, result.get32(fd / 32 * 4) | 1 << fd % 32);
            bits++;
          }
        }
        int error = result.write(addresses[s]);
        if (error != 0) {
          return error;
        }
      }
    }
    return bits;
  }

  private static boolean has(@Nullable UserStruct set, int fd) {
    return set != null && (set.get32(fd / 32 * 4) >>> fd % 32 & 1) != 0;
  }
}
