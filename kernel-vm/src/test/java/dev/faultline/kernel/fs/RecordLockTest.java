// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.sched.KernelThread;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: two processes believe that they own the same bytes, or wait for each other for ever. */
final class RecordLockTest {
  private final FsMachine machine = new FsMachine();
  private final FdTable one = new FdTable();
  private final FdTable two = new FdTable();
  private final List<String> log = new ArrayList<>();
  private RecordLocks locks = new RecordLocks(machine.layer);

  @BeforeEach
  void make() {
    machine.run(
        () -> {
          machine.write("/f", "");
          locks = machine.vnode("/f").recordLocks();
        });
  }

  private int write(FdTable owner, long start, long end, boolean wait) {
    return locks.lock(owner, new RecordLock(true, start, end, owner == one ? 1 : 2), wait);
  }

  private int read(FdTable owner, long start, long end) {
    return locks.lock(owner, new RecordLock(false, start, end, owner == one ? 1 : 2), false);
  }

  @Test
  @DisplayName("readers share, a writer is alone; F_GETLK names who is in the way")
  void conflicts() {
    machine.run(
        () -> {
          assertThat(read(one, 0, 9)).isZero();
          assertThat(read(two, 5, 15)).isZero();
          assertThat(write(one, 5, 5, false)).isEqualTo(-Errno.EAGAIN);
          assertThat(write(one, 0, 4, false)).isZero();
          assertThat(locks.conflict(one, new RecordLock(true, 0, 99, 1)))
              .isEqualTo(new RecordLock(false, 5, 15, 2));
          assertThat(locks.conflict(two, new RecordLock(false, 0, 3, 2)))
              .isEqualTo(new RecordLock(true, 0, 4, 1));
          assertThat(locks.conflict(two, new RecordLock(false, 6, 99, 2))).isNull();
        });
  }

  @Test
  @DisplayName("unlocking the middle splits; locking again joins; counts come back to zero")
  void splitAndJoin() {
    machine.run(
        () -> {
          assertThat(write(one, 0, 99, false)).isZero();
          assertThat(locks.unlock(one, 40, 59)).isZero();
          assertThat(machine.layer.locks().count()).isEqualTo(2);
          assertThat(write(two, 40, 59, false)).isZero();
          assertThat(write(two, 39, 39, false)).isEqualTo(-Errno.EAGAIN);
          assertThat(locks.unlock(two, 0, Long.MAX_VALUE)).isZero();
          assertThat(write(one, 40, 59, false)).isZero();
          assertThat(machine.layer.locks().count()).isEqualTo(1);
          locks.releaseAll(one);
          assertThat(machine.layer.locks().count()).isZero();
        });
  }

  @Test
  @DisplayName("F_SETLKW waits; a circle of waiters is EDEADLK; a signal ends the wait")
  void waiting() {
    machine.run(
        () -> {
          write(one, 0, 0, false);
          write(two, 1, 1, false);
          machine.scheduler.spawn("one", () -> log.add("one " + write(one, 1, 1, true)));
          machine.settle();
          assertThat(write(two, 0, 0, true)).isEqualTo(-Errno.EDEADLK);
          locks.releaseAll(two);
          machine.settle();
          assertThat(log).containsExactly("one 0");
          KernelThread waiting =
              machine.scheduler.spawn("two", () -> log.add("two " + write(two, 0, 0, true)));
          machine.settle();
          machine.scheduler.interrupt(waiting);
          machine.settle();
          assertThat(log).containsExactly("one 0", "two " + -Errno.ERESTARTSYS);
        });
  }

  @Test
  @DisplayName("the first close of the file drops the process's locks")
  void close() {
    machine.run(
        () -> {
          FdTable mine = machine.caller.descriptors();
          Vfs.openDescriptor(machine.caller, null, "/f", OpenFlags.RDWR, 0);
          Vfs.openDescriptor(machine.caller, null, "/f", OpenFlags.RDWR, 0);
          write(mine, 0, 9, false);
          mine.close(0);
          assertThat(write(two, 0, 9, false)).isZero();
        });
  }

  @Test
  @DisplayName("locks are bounded: ENOLCK")
  void bounded() {
    machine.run(
        () -> {
          int error = 0;
          long at = 0;
          while (error == 0) {
            error = write(one, at, at, false);
            at += 2;
          }
          assertThat(error).isEqualTo(-Errno.ENOLCK);
          assertThat(machine.layer.locks().count()).isEqualTo(LockTable.DEFAULT_LIMIT);
        });
  }
}
