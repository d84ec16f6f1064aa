// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The one door through which the outside world enters the machine.
 *
 * <p>Host threads {@link Source#post post} events; nothing in the machine changes by that. The
 * machine's thread takes them in at an instruction boundary or when it is idle ({@link #deliver}),
 * and there they get their virtual time. So a run is a function of the list of delivered events,
 * which a {@link Recorder} sees and which {@link #replay} takes.
 *
 * <p>Bounded: each source may have so many events waiting and no more. A source that has more to
 * say leaves it where it came from, for instance in its socket.
 */
public final class ExternalInput {
  /** Takes a source's events, on the machine's thread. */
  @FunctionalInterface
  public interface Receiver {
    /** Lets the event happen, at the present virtual time. */
    void receive(ExternalEvent event);
  }

  /** Sees every event at the moment at which it enters, on the machine's thread. */
  @FunctionalInterface
  public interface Recorder {
    /**
     * Notes one event.
     *
     * @param time virtual nanoseconds
     * @param source the source's {@link Source#number number}
     */
    void record(long time, int source, ExternalEvent event);
  }

  private record Posted(Source source, ExternalEvent event) {}

  private final VirtualClock clock;
  private final int capacity;
  private final List<Source> sources = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrival = lock.newCondition();
  private final ArrayDeque<Posted> queue = new ArrayDeque<>();
  private boolean woken;
  private volatile boolean pending;
  private volatile Runnable wakeupHook = () -> {};
  private Recorder recorder = (time, source, event) -> {};

  /**
   * A door without sources.
   *
   * @param capacity events that may wait per source
   */
  public ExternalInput(VirtualClock clock, int capacity) {
    this.clock = clock;
    this.capacity = capacity;
  }

  // ---- while the machine is put together -----------------------------------------------------

  /** Adds a source of events. Their numbers follow the order of these calls. */
  public Source addSource(String name, Receiver receiver) {
    Source s = new Source(this, sources.size(), name, receiver);
    sources.add(s);
    return s;
  }

  /**
   * Names what is called whenever something has been posted, on the poster's thread: typically sets
   * the flag that makes running guest code stop at its next boundary. Locks may be held: it must
   * neither wait nor post.
   */
  public void setWakeupHook(Runnable hook) {
    wakeupHook = hook;
  }

  /** Names who sees the events as they enter. */
  public void setRecorder(Recorder newRecorder) {
    recorder = newRecorder;
  }

  // ---- on any thread -------------------------------------------------------------------------

  /** Ends a {@link #waitForInput} now, or the next one at once: for a host that wants to stop. */
  public void wakeUp() {
    lock.lock();
    try {
      woken = true;
      arrival.signalAll();
    } finally {
      lock.unlock();
    }
    wakeupHook.run();
  }

  private boolean post(Source source, ExternalEvent event, boolean refusable) {
    lock.lock();
    try {
      if (refusable && source.waiting >= capacity) {
        return false;
      }
      source.waiting++;
      queue.addLast(new Posted(source, event));
      pending = true;
      arrival.signalAll();
    } finally {
      lock.unlock();
    }
    wakeupHook.run();
    return true;
  }

  // ---- on the machine's thread ---------------------------------------------------------------

  /** True if there is something to {@link #deliver}: one read, for every instruction boundary. */
  public boolean isPending() {
    return pending;
  }

  /**
   * Lets in what was waiting when it was called, in the order of arrival, at the clock's present
   * time.
   *
   * @return number of events let in
   */
  public int deliver() {
    int count = 0;
    for (int left = waiting(); left > 0; left--) {
      Posted p = take();
      if (p == null) {
        break;
      }
      enter(p.source, p.event);
      count++;
    }
    return count;
  }

  /**
   * Blocks the calling thread, without using the processor, until something has been posted, {@link
   * #wakeUp} was called, the thread was interrupted (it stays so) or the time is over.
   *
   * @param timeoutNanoseconds of the host's time; {@link Long#MAX_VALUE} for no limit
   * @return true if there is something to {@link #deliver}
   */
  public boolean waitForInput(long timeoutNanoseconds) {
    lock.lock();
    try {
      long left = timeoutNanoseconds;
      while (queue.isEmpty() && !woken && left > 0) {
        if (left == Long.MAX_VALUE) {
          arrival.await();
        } else {
          left = arrival.awaitNanos(left);
        }
      }
      woken = false;
      return !queue.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return pending;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets a recorded event in, as if it had just been delivered.
   *
   * @param source number of the source it was recorded from
   */
  public void replay(int source, ExternalEvent event) {
    enter(sources.get(source), event);
  }

  private void enter(Source source, ExternalEvent event) {
    recorder.record(clock.now(), source.number, event);
    source.receiver.receive(event);
  }

  private int waiting() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Posted take() {
    lock.lock();
    try {
      Posted p = queue.pollFirst();
      pending = !queue.isEmpty();
      if (p != null) {
        p.source.waiting--;
      }
      return p;
    } finally {
      lock.unlock();
    }
  }

  /** One place that events come from: a serial line's far end, the host's clock. */
  public static final class Source {
    private final ExternalInput door;
    private final int number;
    private final String name;
    private final Receiver receiver;
    private int waiting;

    private Source(ExternalInput door, int number, String name, Receiver receiver) {
      this.door = door;
      this.number = number;
      this.name = name;
      this.receiver = receiver;
    }

    /** Its place in the order of sources: what a recording knows it by. */
    public int number() {
      return number;
    }

    /** What people call it. */
    public String name() {
      return name;
    }

    /** Posts an event from any thread; false, and nothing posted, if too many wait already. */
    public boolean post(ExternalEvent event) {
      return door.post(this, event, true);
    }

    /**
     * Posts an event of a kind whose number the source itself bounds, such as the end of what it
     * could post the beginning of. Never refused.
     */
    public void postBounded(ExternalEvent event) {
      door.post(this, event, false);
    }
  }
}
