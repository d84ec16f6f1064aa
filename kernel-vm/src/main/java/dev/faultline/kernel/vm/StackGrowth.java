// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.mmu.Page;

/** Growth of the main stack downwards when it is touched below (M70–M74). */
final class StackGrowth {
  /** Stacks begin with and grow by this many pages. */
  static final int STEP = 32;

  private StackGrowth() {}

  /**
   * Makes room for an access at a page, if that is the stack's to make.
   *
   * @return the pages added, 0 if the stack has nothing to do with it; -1 if growth is refused
   */
  static int grow(VmMap map, int at, int stackPages, long stackLimit, long spaceLimit) {
    if (map.entryAt(at) != null) {
      return 0;
    }
    map.lock();
    int grown = growLocked(map, at, stackPages, stackLimit, spaceLimit);
    map.unlock();
    return grown;
  }

  private static int growLocked(
      VmMap map, int at, int stackPages, long stackLimit, long spaceLimit) {
    VmMapEntry below = map.floor(at);
    if (!map.isEnd(below) && at < below.end) {
      return 0;
    }
    VmMapEntry stack = below.next;
    if (map.isEnd(stack) || stack.stackLeft < 1 || at < stack.start - stack.stackLeft) {
      return 0;
    }
    int need = stack.start - at;
    int gap = stack.start - (map.isEnd(below) ? map.min : below.end);
    if (need > gap) {
      stack.stackLeft = gap;
      return -1;
    }
    long allowed = (stackLimit >>> Page.SHIFT) - stackPages;
    if (need > allowed) {
      return -1;
    }
    int amount = (need + STEP - 1) / STEP * STEP;
    amount = Math.min(amount, Math.min(stack.stackLeft, gap));
    amount = (int) Math.min(amount, allowed);
    if (map.pages() + amount > spaceLimit >>> Page.SHIFT || !map.hasRoom(1)) {
      return -1;
    }
    VmMapEntry more = map.link(below, stack.start - amount, stack.start);
    more.takeAttributes(stack);
    more.object = null;
    more.offset = 0;
    more.wiredCount = 0;
    more.flags = 0;
    more.stackLeft = stack.stackLeft - amount;
    stack.stackLeft = 0;
    return amount;
  }
}
