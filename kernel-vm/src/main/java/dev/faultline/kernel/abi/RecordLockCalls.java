// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FdTable;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.RecordLock;
import dev.faultline.kernel.fs.RecordLocks;
import dev.faultline.kernel.proc.GuestThread;
import org.jspecify.annotations.Nullable;

/** The fcntl commands for record locks, in both layouts of {@code struct flock}. */
final class RecordLockCalls {
  private static final int GET = 0;
  private static final int SET_AND_WAIT = 2;
  private static final int READ_LOCK = 0;
  private static final int WRITE_LOCK = 1;
  private static final int UNLOCK = 2;

  private final CallEnvironment env;

  RecordLockCalls(CallEnvironment env) {
    this.env = env;
  }

  /**
   * Serves one command.
   *
   * @param command 0 get, 1 set, 2 set and wait
   * @param wide true for the layout with 64-bit offsets
   */
  int call(GuestThread t, OpenFile file, int command, int address, boolean wide) {
    UserStruct u = UserStruct.read(env.memory(), address, wide ? 24 : 16);
    if (u == null) {
      return -Errno.EFAULT;
    }
    int type = u.get16(0);
    long start = wide ? u.get64(4) : u.get32(4);
    long length = wide ? u.get64(12) : u.get32(8);
    long base =
        switch (u.get16(2)) {
          case 0 -> 0;
          case 1 -> Math.max(0, file.seek(0, 1));
          case 2 -> file.vnode().size();
          default -> -1;
        };
    if (base < 0 || type < READ_LOCK || type > UNLOCK || command == GET && type == UNLOCK) {
      return -Errno.EINVAL;
    }
    long first = base + start;
    long last = length == 0 ? Long.MAX_VALUE : first + length - 1;
    if (length < 0) {
      last = first - 1;
      first += length;
    }
    if (first < 0 || last < first) {
      return -Errno.EINVAL;
    }
    RecordLock wanted = new RecordLock(type == WRITE_LOCK, first, last, t.process().pid());
    FdTable owner = t.process().descriptors();
    RecordLocks locks = file.vnode().recordLocks();
    if (command == GET) {
      return tell(u, locks.conflict(owner, wanted), address, wide);
    }
    if (type == UNLOCK) {
      return locks.unlock(owner, first, last);
    }
    if (type == READ_LOCK && !file.readable() || type == WRITE_LOCK && !file.writable()) {
      return -Errno.EBADF;
    }
    file.hold();
    int result = locks.lock(owner, wanted, command == SET_AND_WAIT);
    file.release();
    return result;
  }

  private static int tell(UserStruct u, @Nullable RecordLock conflict, int address, boolean wide) {
    if (conflict == null) {
      u.put16(0, UNLOCK);
      return u.write(address);
    }
    u.put16(0, conflict.write() ? WRITE_LOCK : READ_LOCK).put16(2, 0);
    boolean toEnd = conflict.end() == Long.MAX_VALUE;
    long length = toEnd ? 0 : conflict.end() - conflict.start() + 1;
    if (wide) {
      u.put64(4, conflict.start()).put64(12, length).put32(20, conflict.pid());
    } else {
      u.put32(4, (int) conflict.start()).put32(8, (int) length).put32(12, conflict.pid());
    }
    return u.write(address);
  }
}
