// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The sleeping threads, found by channel and by deadline.
 *
 * <p>Channels hash by identity, but a bucket is only ever searched for one channel and keeps the
 * order in which its threads went to sleep, so the hash decides nothing that a guest could see.
 */
final class SleepQueue {
  private static final int BUCKETS = 256;

  private final @Nullable KernelThread[] heads = new @Nullable KernelThread[BUCKETS];
  private final @Nullable KernelThread[] tails = new @Nullable KernelThread[BUCKETS];
  private final PriorityQueue<KernelThread> timed =
      new PriorityQueue<>(
          (a, b) ->
              a.deadline != b.deadline
                  ? Long.compare(a.deadline, b.deadline)
                  : Long.compare(a.sleepSequence, b.sleepSequence));
  private int size;

  private static int bucketOf(Object channel) {
    int h = System.identityHashCode(channel);
    return (h ^ h >>> 8) & BUCKETS - 1;
  }

  int size() {
    return size;
  }

  void add(KernelThread t, Object channel) {
    t.channel = channel;
    t.next = null;
    int b = bucketOf(channel);
    KernelThread last = tails[b];
    if (last == null) {
      heads[b] = t;
    } else {
      last.next = t;
    }
    tails[b] = t;
    if (t.deadline != Scheduler.NO_DEADLINE) {
      timed.add(t);
    }
    size++;
  }

  /** Takes the thread out that has slept longest on the channel; null if there is none. */
  @SuppressWarnings("ReferenceEquality") // a channel is an identity, not a value
  @Nullable KernelThread removeFirst(Object channel) {
    for (KernelThread t = heads[bucketOf(channel)]; t != null; t = t.next) {
      if (t.channel == channel) {
        remove(t);
        return t;
      }
    }
    return null;
  }

  @SuppressWarnings("ReferenceEquality") // the thread itself is looked for
  void remove(KernelThread t) {
    Object channel = t.channel;
    if (channel == null) {
      throw new KernelPanic("thread " + t + " does not sleep");
    }
    int b = bucketOf(channel);
    KernelThread before = null;
    for (KernelThread k = heads[b]; k != t; k = k.next) {
      if (k == null) {
        throw new KernelPanic("thread " + t + " is lost from its sleep queue");
      }
      before = k;
    }
    if (before == null) {
      heads[b] = t.next;
    } else {
      before.next = t.next;
    }
    if (tails[b] == t) {
      tails[b] = before;
    }
    t.next = null;
    t.channel = null;
    if (t.deadline != Scheduler.NO_DEADLINE) {
      timed.remove(t);
      t.deadline = Scheduler.NO_DEADLINE;
    }
    size--;
  }

  /** The earliest deadline, or {@link Scheduler#NO_DEADLINE}. */
  long nextDeadline() {
    KernelThread first = timed.peek();
    return first == null ? Scheduler.NO_DEADLINE : first.deadline;
  }

  /** Takes out a thread whose deadline is at or before {@code now}, earliest first. */
  @Nullable KernelThread removeExpired(long now) {
    KernelThread first = timed.peek();
    if (first == null || first.deadline > now) {
      return null;
    }
    remove(first);
    return first;
  }
}
