// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import dev.faultline.kernel.vm.VmMapEntry;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.mmu.Page;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Words in user memory that threads wait on. A word in memory that is shared between processes is
 * known by its object and its place there, any other by its address space and address.
 */
final class Futexes {
  private static final int WAIT = 0;
  private static final int WAKE = 1;
  private static final int REQUEUE = 3;
  private static final int CMP_REQUEUE = 4;
  private static final int WAIT_BITSET = 9;
  private static final int WAKE_BITSET = 10;
  private static final int PRIVATE = 0x80;
  private static final int CLOCK_REALTIME = 0x100;
  private static final int ANY_BIT = -1;
  private static final int OWNER_DIED = 0x4000_0000;
  private static final int TID_MASK = 0x3FFF_FFFF;
  private static final int WAITERS = 0x8000_0000;
  private static final int ROBUST_MAX = 2048;

  /**
   * Which word.
   *
   * @param where an address space or memory object
   * @param offset address or place in the object
   */
  private record Key(Object where, long offset) {
    @Override
    @SuppressWarnings("ReferenceEquality") // spaces and objects are identities
    public boolean equals(@Nullable Object o) {
      return o instanceof Key k && k.where == where && k.offset == offset;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(where) * 31 + Long.hashCode(offset);
    }
  }

  /** One who waits; also what he sleeps on. */
  private static final class Waiter {
    private final int bits;
    private Key key;
    private boolean woken;

    Waiter(Key key, int bits) {
      this.key = key;
      this.bits = bits;
    }
  }

  private final ProcessSystem system;
  private final CallEnvironment env;
  private final Map<Key, Deque<Waiter>> queues = new HashMap<>();

  Futexes(ProcessSystem system) {
    this.system = system;
    env = new CallEnvironment(system);
  }

  int futex(GuestThread t, int address, int op, int value, int timeout, int address2, int value3) {
    return futex(t, address, op, value, timeout, address2, value3, false);
  }

  int futexTime64(
      GuestThread t, int address, int op, int value, int timeout, int address2, int value3) {
    return futex(t, address, op, value, timeout, address2, value3, true);
  }

  private int futex(
      GuestThread t,
      int address,
      int op,
      int value,
      int timeout,
      int address2,
      int value3,
      boolean wide) {
    if ((address & 3) != 0) {
      return -Errno.EINVAL;
    }
    boolean isPrivate = (op & PRIVATE) != 0;
    return switch (op & ~(PRIVATE | CLOCK_REALTIME)) {
      case WAIT -> {
        Result<Long> deadline = deadline(timeout, wide, 0);
        yield deadline.isOk()
            ? await(t, address, isPrivate, value, ANY_BIT, deadline.value())
            : deadline.error();
      }
      case WAIT_BITSET -> {
        boolean real = (op & CLOCK_REALTIME) != 0;
        long now = real ? system.services().files().clock().now() : system.now();
        Result<Long> deadline = deadline(timeout, wide, now);
        if (!deadline.isOk()) {
          yield deadline.error();
        }
        yield value3 == 0
            ? -Errno.EINVAL
            : await(t, address, isPrivate, value, value3, deadline.value());
      }
      case WAKE -> wake(key(t, address, isPrivate), value, ANY_BIT);
      case WAKE_BITSET ->
          value3 == 0 ? -Errno.EINVAL : wake(key(t, address, isPrivate), value, value3);
      case REQUEUE -> requeue(t, address, address2, isPrivate, value, timeout);
      case CMP_REQUEUE -> {
        long now = system.memory().fetch32(address);
        if (now < 0) {
          yield -Errno.EFAULT;
        }
        yield (int) now == value3
            ? requeue(t, address, address2, isPrivate, value, timeout)
            : -Errno.EAGAIN;
      }
      default -> -Errno.ENOSYS;
    };
  }

  /** The time at which a wait ends, on the clock of sleeps; {@code now} is what 0 stands for. */
  private Result<Long> deadline(int timeout, boolean wide, long now) {
    if (timeout == 0) {
      return Result.of(Scheduler.NO_DEADLINE);
    }
    Result<Long> time = env.timespec(timeout, wide);
    return time.isOk() ? Result.of(env.after(Math.max(0, time.value() - now))) : time;
  }

  // ---- waiting ---------------------------------------------------------------------------------

  private int await(
      GuestThread t, int address, boolean isPrivate, int expected, int bits, long wanted) {
    long deadline = t.deadline(wanted);
    // Reading may fault and sleep; from there on nothing runs until this thread lies down.
    long now = system.memory().fetch32(address);
    if (now < 0) {
      return -Errno.EFAULT;
    }
    if ((int) now != expected) {
      return -Errno.EAGAIN;
    }
    Waiter w = new Waiter(key(t, address, isPrivate), bits);
    queues.computeIfAbsent(w.key, k -> new ArrayDeque<>()).add(w);
    WakeReason why = WakeReason.WOKEN;
    while (!w.woken && why == WakeReason.WOKEN) {
      why = system.services().scheduler().sleep(w, true, deadline);
    }
    if (w.woken) {
      return 0;
    }
    remove(w);
    if (why == WakeReason.TIMED_OUT) {
      return -Errno.ETIMEDOUT;
    }
    return deadline == Scheduler.NO_DEADLINE ? -Errno.ERESTARTSYS : -Errno.ERESTARTNOHAND;
  }

  private void remove(Waiter w) {
    Deque<Waiter> queue = queues.get(w.key);
    if (queue != null) {
      queue.remove(w);
      if (queue.isEmpty()) {
        queues.remove(w.key);
      }
    }
  }

  private int wake(Key key, int count, int bits) {
    Deque<Waiter> queue = queues.get(key);
    if (queue == null) {
      return 0;
    }
    int woken = 0;
    for (Waiter w : queue.toArray(new Waiter[0])) {
      // As Linux does it: even a count of zero or less wakes one.
      if (woken > 0 && woken >= count) {
        break;
      }
      if ((w.bits & bits) != 0) {
        release(w);
        woken++;
      }
    }
    return woken;
  }

  private void release(Waiter w) {
    remove(w);
    w.woken = true;
    system.services().scheduler().wakeup(w);
  }

  private int requeue(
      GuestThread t, int address, int address2, boolean isPrivate, int wakeCount, int moveCount) {
    if ((address2 & 3) != 0 || wakeCount < 0 || moveCount < 0) {
      return -Errno.EINVAL;
    }
    Key from = key(t, address, isPrivate);
    Key to = key(t, address2, isPrivate);
    int done = wakeCount == 0 ? 0 : wake(from, wakeCount, ANY_BIT);
    Deque<Waiter> queue = queues.get(from);
    if (queue == null || from.equals(to)) {
      return done;
    }
    int moved = 0;
    for (Waiter w : queue.toArray(new Waiter[0])) {
      if (moved == moveCount) {
        break;
      }
      remove(w);
      w.key = to;
      queues.computeIfAbsent(to, k -> new ArrayDeque<>()).add(w);
      moved++;
    }
    return done + moved;
  }

  // ---- which word ------------------------------------------------------------------------------

  private static Key key(GuestThread t, int address, boolean isPrivate) {
    if (!isPrivate) {
      VmMapEntry[] found = new VmMapEntry[1];
      t.process()
          .space()
          .forEachMapping(
              e -> {
                boolean covers =
                    Integer.compareUnsigned(e.startAddress(), address) <= 0
                        && Integer.compareUnsigned(address, e.endAddress()) < 0;
                if (covers) {
                  found[0] = e;
                }
              });
      VmMapEntry entry = found[0];
      VmObject object = entry == null || !entry.shared() ? null : entry.bottomObject();
      if (entry != null && object != null) {
        long first = (long) entry.bottomOffset() << Page.SHIFT;
        return new Key(object, first + (address - entry.startAddress()));
      }
    }
    return new Key(t.process().space(), address & 0xFFFF_FFFFL);
  }

  // ---- the end of a thread ---------------------------------------------------------------------

  /** Clears the thread's number and wakes who joins it; marks the locks it dies with. */
  void threadExits(GuestThread t) {
    releaseLocks(t);
    int address = t.clearChildTid();
    if (address != 0 && system.memory().store32(address, 0)) {
      wake(key(t, address, false), 1, ANY_BIT);
    }
  }

  private void releaseLocks(GuestThread t) {
    int head = t.robustList();
    if (head == 0) {
      return;
    }
    long offset = system.memory().fetch32(head + 4);
    long entry = system.memory().fetch32(head);
    for (int n = 0; n < ROBUST_MAX && offset >= 0 && entry >= 0; n++) {
      int at = (int) entry & ~1;
      if (at == head) {
        return;
      }
      releaseLock(t, at + (int) offset);
      entry = system.memory().fetch32(at);
    }
  }

  private void releaseLock(GuestThread t, int address) {
    long word = system.memory().fetch32(address);
    if (word < 0 || ((int) word & TID_MASK) != t.tid()) {
      return;
    }
    if (system.memory().store32(address, (int) word & WAITERS | OWNER_DIED)
        && ((int) word & WAITERS) != 0) {
      wake(key(t, address, false), 1, ANY_BIT);
    }
  }
}
