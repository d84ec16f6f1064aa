// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pager;

import dev.faultline.kernel.io.BlockRequest;
import java.util.ArrayDeque;

/** Disk requests that are used again and again. */
final class RequestPool {
  /** Every disk takes so many segments. */
  static final int SEGMENTS = 32;

  private static final int KEPT = 16;

  private final ArrayDeque<BlockRequest> free = new ArrayDeque<>();

  BlockRequest take() {
    BlockRequest request = free.poll();
    return request == null ? new BlockRequest(SEGMENTS) : request;
  }

  void give(BlockRequest request) {
    if (free.size() < KEPT) {
      free.push(request);
    }
  }
}
