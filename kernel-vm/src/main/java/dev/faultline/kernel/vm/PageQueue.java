// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/** A list of pages through the pages themselves, with its length. */
final class PageQueue {
  private final String name;
  @Nullable VmPage head;
  @Nullable VmPage tail;
  private int size;

  PageQueue(String name) {
    this.name = name;
  }

  int size() {
    return size;
  }

  void addLast(VmPage p) {
    p.queue = this;
    p.queueNext = null;
    p.queuePrevious = tail;
    if (tail == null) {
      head = p;
    } else {
      tail.queueNext = p;
    }
    tail = p;
    size++;
  }

  void addFirst(VmPage p) {
    p.queue = this;
    p.queuePrevious = null;
    p.queueNext = head;
    if (head == null) {
      tail = p;
    } else {
      head.queuePrevious = p;
    }
    head = p;
    size++;
  }

  void addAfter(VmPage before, VmPage p) {
    VmPage after = before.queueNext;
    if (after == null) {
      addLast(p);
      return;
    }
    p.queue = this;
    p.queuePrevious = before;
    p.queueNext = after;
    before.queueNext = p;
    after.queuePrevious = p;
    size++;
  }

  void remove(VmPage p) {
    VmPage before = p.queuePrevious;
    VmPage after = p.queueNext;
    if (before == null) {
      head = after;
    } else {
      before.queueNext = after;
    }
    if (after == null) {
      tail = before;
    } else {
      after.queuePrevious = before;
    }
    p.queueNext = null;
    p.queuePrevious = null;
    p.queue = null;
    size--;
  }

  @Override
  public String toString() {
    return name + "(" + size + ")";
  }
}
