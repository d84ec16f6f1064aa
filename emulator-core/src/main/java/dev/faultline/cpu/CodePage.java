// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import dev.faultline.mmu.Page;
import org.jspecify.annotations.Nullable;

/** What was decoded of one frame. */
final class CodePage {
  /** Ops chained into blocks, by offset. */
  final @Nullable Op[] ops = new @Nullable Op[Page.SIZE];

  /** Single ops that end after their instruction, by offset; made when first needed. */
  private @Nullable Op @Nullable [] steps;

  /** A bit for each byte that was decoded. */
  private final long[] decoded = new long[Page.SIZE / Long.SIZE];

  @Nullable Op step(int offset) {
    return steps == null ? null : steps[offset];
  }

  void setStep(int offset, Op op) {
    if (steps == null) {
      steps = new @Nullable Op[Page.SIZE];
    }
    steps[offset] = op;
  }

  void markDecoded(int offset, int size) {
    int to = Math.min(offset + size, Page.SIZE);
    for (int i = offset; i < to; i++) {
      decoded[i >>> 6] |= 1L << i;
    }
  }

  boolean isDecoded(int offset, int size) {
    for (int i = offset; i < offset + size; i++) {
      if ((decoded[i >>> 6] & 1L << i) != 0) {
        return true;
      }
    }
    return false;
  }
}
