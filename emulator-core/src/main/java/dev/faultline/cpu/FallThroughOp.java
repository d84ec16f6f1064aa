// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import org.jspecify.annotations.Nullable;

/** Ends a block where the next instruction is to be fetched anew. No instruction. */
final class FallThroughOp extends Op {
  @Override
  @Nullable Op exec(Cpu c) {
    return c.leaveAt(this);
  }
}
