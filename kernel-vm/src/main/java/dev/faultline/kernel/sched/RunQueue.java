// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

import org.jspecify.annotations.Nullable;

/**
 * The runnable threads in the order in which they became so: a list through the threads themselves.
 */
public final class RunQueue {
  private @Nullable KernelThread head;
  private @Nullable KernelThread tail;
  private int size;

  RunQueue() {}

  /** Number of threads in the queue. */
  public int size() {
    return size;
  }

  /** The thread at {@code index}, 0 being the longest waiting. */
  public KernelThread get(int index) {
    KernelThread t = head;
    for (int i = 0; i < index && t != null; i++) {
      t = t.next;
    }
    if (t == null) {
      throw new IndexOutOfBoundsException(index);
    }
    return t;
  }

  void addLast(KernelThread t) {
    t.next = null;
    if (tail == null) {
      head = t;
    } else {
      tail.next = t;
    }
    tail = t;
    size++;
  }

  KernelThread remove(int index) {
    KernelThread taken = get(index);
    KernelThread before = index == 0 ? null : get(index - 1);
    if (before == null) {
      head = taken.next;
    } else {
      before.next = taken.next;
    }
    if (tail == taken) {
      tail = before;
    }
    taken.next = null;
    size--;
    return taken;
  }
}
