// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.sched.KernelPanic;

/** What madvise says of pages, rather than of map entries (O22–O25). */
final class ObjectAdvice {
  private ObjectAdvice() {}

  /** Applies advice to {@code count} pages from an index, each where the chain has it. */
  static void advise(VmObject top, int start, int count, Advice advice) {
    if (top.backing() == null && top.type() != ObjectType.SWAP) {
      // Only what is resident can be meant.
      for (int index : ObjectPages.residentIn(top, start, start + count)) {
        advisePage(top, index, advice);
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      advisePage(top, start + i, advice);
    }
  }

  private static void advisePage(VmObject top, int index, Advice advice) {
    boolean slept;
    do {
      slept = adviseOne(top, index, advice);
    } while (slept);
  }

  private static boolean adviseOne(VmObject top, int startIndex, Advice advice) {
    VmObject o = top;
    int index = startIndex;
    while (true) {
      if (advice == Advice.FREE && !(o.type().anonymous() && o.has(VmObject.ONEMAPPING))) {
        return false;
      }
      VmPage p = o.lookup(index);
      if (p != null) {
        return adviseIdle(p, advice);
      }
      if (advice == Advice.FREE && o.type() == ObjectType.SWAP) {
        o.vm.swap().free(o, index, 1);
      }
      VmObject behind = o.backing();
      if (behind == null) {
        return false;
      }
      index += o.backingOffset();
      o = behind;
    }
  }

  /** True if it slept. */
  private static boolean adviseIdle(VmPage p, Advice advice) {
    if (p.holdCount() != 0 || p.wireCount() != 0 || !p.managed() || !p.fullyValid()) {
      return false;
    }
    if (p.sleepIfBusy(true)) {
      return true;
    }
    switch (advice) {
      case WILLNEED -> p.activate();
      case DONTNEED -> p.dontNeed();
      case FREE -> {
        p.cleaned();
        p.activity = 0;
        p.dontNeed();
        VmObject o = p.object;
        if (o != null && o.type() == ObjectType.SWAP) {
          o.vm.swap().free(o, p.index, 1);
        }
      }
      default -> throw new KernelPanic("not an advice on pages: " + advice);
    }
    return false;
  }
}
