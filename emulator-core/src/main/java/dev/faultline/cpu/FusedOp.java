// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import org.jspecify.annotations.Nullable;

/**
 * Two instructions that execute as one op. Where one of them cannot take the fast path, the op that
 * stands for it alone does the work, and goes on unfused.
 */
abstract class FusedOp extends Op {
  /** The first instruction alone. */
  @SuppressWarnings("NullAway.Init")
  Op first;

  /** The second instruction alone; it can also be jumped to. */
  @SuppressWarnings("NullAway.Init")
  Op second;

  final void fuse(Op a, Op b) {
    first = a;
    second = b;
    next = b;
    at = a.at;
    length = a.length;
    d = a.d;
    s = a.s;
    base = a.base;
    index = a.index;
    scale = a.scale;
    segment = a.segment;
    displacement = a.displacement;
    immediate = a.immediate;
  }

  @Override
  final @Nullable Op slow(Cpu c) {
    return first.slow(c);
  }
}
