// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The POSIX record locks on one file. A lock belongs to a process, known by its descriptor table,
 * and goes at the first close of the file there. Locks of one owner never overlap.
 */
public final class RecordLocks {
  private record Held(FdTable owner, RecordLock lock) {
    boolean overlaps(long start, long end) {
      return lock.start() <= end && start <= lock.end();
    }
  }

  private final FileLayer layer;
  private List<Held> held = new ArrayList<>();

  RecordLocks(FileLayer layer) {
    this.layer = layer;
  }

  /** F_GETLK: a lock that keeps the wanted one out; null if none does. */
  public @Nullable RecordLock conflict(FdTable owner, RecordLock wanted) {
    Held blocker = blocker(owner, wanted);
    return blocker == null ? null : blocker.lock;
  }

  private @Nullable Held blocker(FdTable owner, RecordLock wanted) {
    for (Held h : held) {
      if (h.owner != owner
          && h.overlaps(wanted.start(), wanted.end())
          && (wanted.write() || h.lock.write())) {
        return h;
      }
    }
    return null;
  }

  /**
   * F_SETLK and F_SETLKW for a lock: replaces what the owner holds of the range.
   *
   * @param wait sleep until nobody is in the way
   * @return 0; -EAGAIN, -ENOLCK; after waiting -EDEADLK, -ERESTARTSYS
   */
  public int lock(FdTable owner, RecordLock wanted, boolean wait) {
    while (true) {
      Held blocker = blocker(owner, wanted);
      if (blocker == null) {
        return replace(owner, wanted.start(), wanted.end(), wanted);
      }
      if (!wait) {
        return -Errno.EAGAIN;
      }
      LockTable table = layer.locks();
      if (table.wouldDeadlock(owner, blocker.owner)) {
        return -Errno.EDEADLK;
      }
      table.startWaiting(owner, blocker.owner);
      WakeReason reason = layer.scheduler().sleep(this, true, Scheduler.NO_DEADLINE);
      table.stopWaiting(owner, blocker.owner);
      if (reason == WakeReason.INTERRUPTED) {
        return -Errno.ERESTARTSYS;
      }
    }
  }

  /** F_UNLCK; 0, or -ENOLCK if splitting a lock takes one more than there may be. */
  public int unlock(FdTable owner, long start, long end) {
    return replace(owner, start, end, null);
  }

  /** Drops all locks of an owner: it has closed the file. */
  void releaseAll(FdTable owner) {
    replace(owner, 0, Long.MAX_VALUE, null);
  }

  private int replace(FdTable owner, long start, long end, @Nullable RecordLock added) {
    List<Held> result = new ArrayList<>(held.size() + 2);
    RecordLock merged = added;
    for (Held h : held) {
      RecordLock l = h.lock;
      if (h.owner != owner) {
        result.add(h);
      } else if (merged != null && l.write() == merged.write() && touches(l, merged)) {
        merged =
            new RecordLock(
                l.write(),
                Math.min(l.start(), merged.start()),
                Math.max(l.end(), merged.end()),
                merged.pid());
      } else if (h.overlaps(start, end)) {
        if (l.start() < start) {
          result.add(new Held(owner, new RecordLock(l.write(), l.start(), start - 1, l.pid())));
        }
        if (l.end() > end) {
          result.add(new Held(owner, new RecordLock(l.write(), end + 1, l.end(), l.pid())));
        }
      } else {
        result.add(h);
      }
    }
    if (merged != null) {
      result.add(new Held(owner, merged));
    }
    int change = result.size() - held.size();
    if (change > 0 && !layer.locks().hasRoomFor(change)) {
      return -Errno.ENOLCK;
    }
    layer.locks().add(change);
    held = result;
    layer.scheduler().wakeup(this);
    return 0;
  }

  /** True if the two ranges overlap or are neighbours. */
  private static boolean touches(RecordLock a, RecordLock b) {
    return a.start() - 1 <= b.end() && b.start() - 1 <= a.end();
  }
}
