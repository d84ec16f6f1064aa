// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import org.jspecify.annotations.Nullable;

/** The resident pages of an object, in the order in which they came, through the pages. */
final class PageList {
  private @Nullable VmPage first;
  private @Nullable VmPage last;
  private int size;

  @Nullable VmPage first() {
    return first;
  }

  int size() {
    return size;
  }

  void add(VmPage p) {
    p.objectNext = null;
    p.objectPrevious = last;
    if (last == null) {
      first = p;
    } else {
      last.objectNext = p;
    }
    last = p;
    size++;
  }

  void remove(VmPage p) {
    VmPage before = p.objectPrevious;
    VmPage after = p.objectNext;
    if (before == null) {
      first = after;
    } else {
      before.objectNext = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.objectPrevious = before;
    }
    p.objectNext = null;
    p.objectPrevious = null;
    size--;
  }
}
