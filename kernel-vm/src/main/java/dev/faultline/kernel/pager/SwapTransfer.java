// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockRequest;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.VmObject;
import dev.faultline.kernel.vm.VmPage;
import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** One transfer between swap and frames: consecutive pages of an object, consecutive blocks. */
final class SwapTransfer {
  /** The most pages. */
  static final int MAX_PAGES = 16;

  /** Told that its request has completed, at interrupt time. */
  @FunctionalInterface
  interface Completion {
    /** The pages moved, or did not. */
    void completed(SwapTransfer t);
  }

  private final BlockRequest request = new BlockRequest(MAX_PAGES);
  private final BlockRequest.Completion requestDone;
  final VmPage[] pages = new VmPage[MAX_PAGES];
  int count;
  int firstBlock;

  /** Of a read, which of the pages must come. */
  int wanted;

  /** True if nobody waits for it: its completion puts it back. */
  boolean asynchronous;

  /** False once its completion has dealt with the pages. */
  boolean underWay;

  private @Nullable VmObject object;
  @Nullable SwapTransfer next;

  SwapTransfer(Completion completion) {
    requestDone = done -> completion.completed(this);
  }

  /** Starts the transfer of {@code n} pages from {@code first} on. */
  void start(
      BlockRequest.Operation what,
      VmObject of,
      VmPage[] from,
      int first,
      int n,
      SwapArea area,
      int block) {
    object = of;
    count = n;
    firstBlock = block;
    underWay = true;
    request.start(what, area.store().sector(SwapBlocks.page(block))).whenDone(requestDone);
    for (int i = 0; i < n; i++) {
      VmPage p = from[first + i];
      pages[i] = p;
      p.set(VmPage.SWAPINPROG);
      request.add(p.address(), Page.SIZE);
    }
    area.disk().submit(request);
  }

  /** Whose pages they are. */
  VmObject object() {
    VmObject o = object;
    if (o == null) {
      throw new KernelPanic("a swap transfer that was not started completes");
    }
    return o;
  }

  /** It is over. */
  void forget() {
    object = null;
  }

  /** True if the pages moved. */
  boolean succeeded() {
    return request.status() == BlockRequest.Status.OK;
  }
}
