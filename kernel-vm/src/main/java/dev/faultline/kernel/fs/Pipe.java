// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.WakeReason;

/**
 * A ring of up to 64 KiB between writers and readers: an anonymous pipe, or a FIFO while it is
 * open. Writes of up to {@link #ATOMIC} bytes are not mixed with others.
 *
 * <p>Bytes pass through a kernel buffer, since the caller's memory may fault and sleep.
 */
public final class Pipe {
  /** Bytes a pipe holds. */
  public static final int CAPACITY = 64 << 10;

  /** The most that is written as one piece. */
  public static final int ATOMIC = 4096;

  private final FileLayer layer;
  private final Scheduler scheduler;
  private final Object readable = new Object();
  private final Object writable = new Object();
  private final Object opened = new Object();
  private final Object readerTurn = new Object();
  private final PollHead pollHead = new PollHead();

  private byte[] ring = new byte[0];
  private int first;
  private int count;
  private int readers;
  private int writers;
  private int readerOpens;
  private int writerOpens;
  private boolean reading;

  Pipe(FileLayer layer) {
    this.layer = layer;
    scheduler = layer.scheduler();
  }

  // ---- ends ----------------------------------------------------------------------------------

  /**
   * Opens a FIFO: waits for the other side, unless it is opened for both or must not wait.
   *
   * @return -ENXIO for a writer that must not wait and finds no reader; -ERESTARTSYS; -ENFILE
   */
  static Result<OpenFile> openFifo(FilePath path, int flags) {
    Vnode vnode = path.vnode();
    Pipe pipe = vnode.pipe();
    if (pipe == null) {
      pipe = vnode.fileSystem().layer().pipes().newPipe();
      if (pipe == null) {
        return Result.failure(Errno.ENFILE);
      }
      vnode.setPipe(pipe);
    }
    boolean nonBlocking = (flags & OpenFlags.NONBLOCK) != 0;
    boolean reads = OpenFlags.reads(flags);
    boolean writes = OpenFlags.writes(flags);
    if (writes && !reads && nonBlocking && pipe.readers == 0) {
      pipe.dropIfUnused(vnode);
      return Result.failure(Errno.ENXIO);
    }
    PipeFile file = new PipeFile(pipe, path, flags, false);
    if (nonBlocking || reads == writes) {
      return Result.of(file);
    }
    if (!pipe.awaitPeer(reads)) {
      file.release();
      return Result.failure(Errno.ERESTARTSYS);
    }
    return Result.of(file);
  }

  private boolean awaitPeer(boolean asReader) {
    int before = asReader ? writerOpens : readerOpens;
    while ((asReader ? writers : readers) == 0
        && (asReader ? writerOpens : readerOpens) == before) {
      if (scheduler.sleep(opened, true, Scheduler.NO_DEADLINE) == WakeReason.INTERRUPTED) {
        return false;
      }
    }
    return true;
  }

  /** Adds an end. Returns the count of writers ever, by which an end knows if one has been. */
  int open(boolean reads, boolean writes) {
    int before = writerOpens;
    if (reads) {
      readers++;
      readerOpens++;
    }
    if (writes) {
      writers++;
      writerOpens++;
    }
    scheduler.wakeup(opened);
    return before;
  }

  /** Takes an end away; the last one takes the buffered bytes with it. */
  void close(Vnode vnode, boolean reads, boolean writes) {
    if (reads) {
      readers--;
    }
    if (writes) {
      writers--;
    }
    changed();
    dropIfUnused(vnode);
  }

  private void dropIfUnused(Vnode vnode) {
    if (readers == 0 && writers == 0) {
      ring = new byte[0];
      count = 0;
      vnode.setPipe(null);
      layer.pipes().gone();
    }
  }

  private void changed() {
    scheduler.wakeup(readable);
    scheduler.wakeup(writable);
    pollHead.wake();
  }

  // ---- transfer ------------------------------------------------------------------------------

  /** Reads what is there, waiting for the first byte while there is a writer. */
  int read(Uio uio, boolean nonBlocking) {
    if (uio.remaining() == 0) {
      return 0;
    }
    while (count == 0 || reading) {
      if (count == 0 && writers == 0) {
        return 0;
      }
      if (nonBlocking && !reading) {
        return -Errno.EAGAIN;
      }
      Object channel = reading ? readerTurn : readable;
      if (scheduler.sleep(channel, true, Scheduler.NO_DEADLINE) == WakeReason.INTERRUPTED) {
        return -Errno.ERESTARTSYS;
      }
    }
    // The bytes stay in the ring until the caller has them: its memory may refuse.
    reading = true;
    byte[] buffer = new byte[Math.min(uio.remaining(), count)];
    int toEnd = Math.min(buffer.length, ring.length - first);
    System.arraycopy(ring, first, buffer, 0, toEnd);
    System.arraycopy(ring, 0, buffer, toEnd, buffer.length - toEnd);
    int moved = uio.moveOut(buffer, 0, buffer.length);
    reading = false;
    first = (first + moved) % ring.length;
    count -= moved;
    scheduler.wakeup(readerTurn);
    if (moved == 0) {
      return -Errno.EFAULT;
    }
    scheduler.wakeup(writable);
    pollHead.wake();
    return moved;
  }

  /** Writes all, waiting for room; -EPIPE if nobody reads. */
  int write(Uio uio, boolean nonBlocking) {
    int total = uio.remaining();
    int done = 0;
    byte[] buffer = new byte[Math.min(total, ATOMIC)];
    while (done < total) {
      int size = Math.min(total - done, ATOMIC);
      if (readers == 0) {
        return done > 0 ? done : -Errno.EPIPE;
      }
      if (nonBlocking && room() == 0) {
        return done > 0 ? done : -Errno.EAGAIN;
      }
      int got =
          uio.moveIn(buffer, 0, nonBlocking && total > ATOMIC ? Math.min(size, room()) : size);
      if (got == 0) {
        return done > 0 ? done : -Errno.EFAULT;
      }
      int put = put(buffer, got, total <= ATOMIC, nonBlocking);
      if (put < 0) {
        return done > 0 ? done : put;
      }
      done += put;
      if (put < size) {
        break;
      }
    }
    return done;
  }

  /**
   * Appends bytes, waiting for room.
   *
   * @param whole wait until all of it fits at once
   * @return bytes appended, or an error if there were none
   */
  private int put(byte[] from, int size, boolean whole, boolean nonBlocking) {
    int done = 0;
    while (done < size) {
      if (readers == 0) {
        return done > 0 ? done : -Errno.EPIPE;
      }
      int room = room();
      if (room == 0 || (whole && room < size)) {
        if (nonBlocking) {
          return done > 0 ? done : -Errno.EAGAIN;
        }
        if (scheduler.sleep(writable, true, Scheduler.NO_DEADLINE) == WakeReason.INTERRUPTED) {
          return done > 0 ? done : -Errno.ERESTARTSYS;
        }
        continue;
      }
      int n = Math.min(room, size - done);
      append(from, done, n);
      done += n;
      scheduler.wakeup(readable);
      pollHead.wake();
    }
    return done;
  }

  private int room() {
    return CAPACITY - count;
  }

  private void append(byte[] from, int offset, int size) {
    if (count + size > ring.length) {
      grow(count + size);
    }
    int at = (first + count) % ring.length;
    int toEnd = Math.min(size, ring.length - at);
    System.arraycopy(from, offset, ring, at, toEnd);
    System.arraycopy(from, offset + toEnd, ring, 0, size - toEnd);
    count += size;
  }

  private void grow(int needed) {
    int size = Math.max(ATOMIC, ring.length);
    while (size < needed) {
      size *= 2;
    }
    byte[] larger = new byte[size];
    int toEnd = Math.min(count, ring.length - first);
    System.arraycopy(ring, first, larger, 0, toEnd);
    System.arraycopy(ring, 0, larger, toEnd, count - toEnd);
    ring = larger;
    first = 0;
  }

  // ---- state ---------------------------------------------------------------------------------

  /** Bytes that can be read: FIONREAD. */
  int available() {
    return count;
  }

  PollHead pollHead() {
    return pollHead;
  }

  /** Readiness of an end that was opened when {@code writersBefore} writers had been. */
  int poll(boolean reads, boolean writes, int writersBefore) {
    int events = 0;
    if (reads) {
      if (count > 0) {
        events |= PollEvents.READABLE;
      }
      if (writers == 0 && writerOpens != writersBefore) {
        events |= PollEvents.HUP;
      }
    }
    if (writes) {
      if (room() >= ATOMIC) {
        events |= PollEvents.WRITABLE;
      }
      if (readers == 0) {
        events |= PollEvents.ERR;
      }
    }
    return events;
  }
}
