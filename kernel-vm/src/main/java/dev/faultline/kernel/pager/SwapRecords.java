// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.Page;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory of swap records. The machine pays for what its kernel remembers: a record counts 144
 * bytes of a wired frame, as it would take in a kernel of its own, so that many records mean less
 * memory and the number of records has a bound.
 */
final class SwapRecords {
  private static final int RECORD_SIZE = 144;

  /** Records that one frame pays for. */
  static final int PER_FRAME = Page.SIZE / RECORD_SIZE;

  private final VmSystem vm;
  private final List<Integer> frames = new ArrayList<>();
  private @Nullable SwapRecord spare;
  private int spares;
  private int used;

  SwapRecords(VmSystem vm) {
    this.vm = vm;
  }

  private int paid() {
    return frames.size() * PER_FRAME;
  }

  /**
   * Sees to it that {@code n} records can be taken. Never sleeps.
   *
   * @return false if memory is short
   */
  boolean ensure(int n) {
    while (paid() - used < n) {
      int frame = vm.allocateWiredFrame();
      if (frame < 0) {
        return false;
      }
      frames.add(frame);
    }
    return true;
  }

  /** A record. Who moves blocks about may take one that is paid for later, when it gives others. */
  SwapRecord take() {
    used++;
    SwapRecord r = spare;
    if (r == null) {
      return new SwapRecord();
    }
    spare = r.hashNext;
    spares--;
    r.hashNext = null;
    return r;
  }

  /** Gives an empty record back, and frames that are not needed any more. */
  void give(SwapRecord r) {
    used--;
    if (spares < PER_FRAME) {
      r.hashNext = spare;
      spare = r;
      spares++;
    }
    while (!frames.isEmpty() && (used == 0 || paid() - used >= 2 * PER_FRAME)) {
      vm.freeWiredFrame(frames.removeLast());
    }
  }

  /** Records in use. */
  int used() {
    return used;
  }

  /** Frames that pay for them. */
  int frames() {
    return frames.size();
  }
}
