// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import java.util.Arrays;

/**
 * What will happen, in the order in which it will: by virtual time, and at the same time in the
 * order in which it was scheduled. A binary heap; scheduling, cancelling and running take time
 * logarithmic in the number of events waiting, and re-arming a {@link Timer} allocates nothing. For
 * the machine's thread.
 */
public final class EventQueue {
  /** A time that never comes. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Something that happens at a time. */
  @FunctionalInterface
  public interface Event {
    /**
     * Makes it happen. May schedule further events, also for {@code due} itself.
     *
     * @param due the time it was scheduled for, in virtual nanoseconds; the clock may be a little
     *     further, so what repeats counts from here
     */
    void fire(long due);
  }

  private Timer[] heap = new Timer[16];
  private int size;
  private long lastSequence;

  /** A queue in which nothing waits. */
  public EventQueue() {}

  /**
   * Schedules an event once.
   *
   * @param time virtual nanoseconds; a time in the past means: as soon as the queue is run
   * @return what cancels it
   */
  public Timer schedule(long time, Event event) {
    Timer t = timer(event);
    t.arm(time);
    return t;
  }

  /** A timer that is not armed yet; devices keep one for each thing that they repeat. */
  public Timer timer(Event event) {
    return new Timer(this, event);
  }

  /** When the next event is due, or {@link #NEVER}. */
  public long nextTime() {
    return size == 0 ? NEVER : heap[0].time;
  }

  /** Number of events waiting. */
  public int size() {
    return size;
  }

  /**
   * Runs every event that is due, those that these schedule included.
   *
   * @param now virtual nanoseconds
   * @return true if any ran
   */
  public boolean runDue(long now) {
    boolean any = false;
    while (size > 0 && heap[0].time <= now) {
      Timer t = heap[0];
      remove(t);
      t.event.fire(t.time);
      any = true;
    }
    return any;
  }

  private void insert(Timer t) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    t.sequence = ++lastSequence;
    siftUp(t, size++);
  }

  private void remove(Timer t) {
    int hole = t.index;
    t.index = -1;
    Timer last = heap[--size];
    Arrays.fill(heap, size, size + 1, null);
    if (last == t) {
      return;
    }
    if (hole > 0 && last.before(heap[(hole - 1) / 2])) {
      siftUp(last, hole);
    } else {
      siftDown(last, hole);
    }
  }

  private void siftUp(Timer t, int hole) {
    int i = hole;
    while (i > 0) {
      Timer parent = heap[(i - 1) / 2];
      if (!t.before(parent)) {
        break;
      }
      place(parent, i);
      i = (i - 1) / 2;
    }
    place(t, i);
  }

  private void siftDown(Timer t, int hole) {
    int i = hole;
    while (2 * i + 1 < size) {
      int child = 2 * i + 1;
      if (child + 1 < size && heap[child + 1].before(heap[child])) {
        child++;
      }
      if (!heap[child].before(t)) {
        break;
      }
      place(heap[child], i);
      i = child;
    }
    place(t, i);
  }

  private void place(Timer t, int index) {
    heap[index] = t;
    t.index = index;
  }

  /** An event and when it will happen, if it will. */
  public static final class Timer {
    private final EventQueue queue;
    private final Event event;
    private long time = NEVER;
    private long sequence;
    private int index = -1;

    private Timer(EventQueue queue, Event event) {
      this.queue = queue;
      this.event = event;
    }

    /**
     * Schedules the event, instead of what was scheduled before.
     *
     * @param newTime virtual nanoseconds; {@link #NEVER} only cancels
     */
    public void arm(long newTime) {
      cancel();
      if (newTime != NEVER) {
        time = newTime;
        queue.insert(this);
      }
    }

    /** Takes the event out of the queue; false if it was not there (any more). */
    public boolean cancel() {
      if (index < 0) {
        return false;
      }
      queue.remove(this);
      return true;
    }

    /** True while the event waits to happen. */
    public boolean isArmed() {
      return index >= 0;
    }

    /** When it will happen, in virtual nanoseconds; {@link #NEVER} if it is not armed. */
    public long time() {
      return index < 0 ? NEVER : time;
    }

    private boolean before(Timer other) {
      return time < other.time || time == other.time && sequence < other.sequence;
    }
  }
}
