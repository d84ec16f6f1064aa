// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import org.jspecify.annotations.Nullable;

/** Ends a block where another begins in the same page. No instruction; counted as none. */
final class JoinOp extends Op {
  @Override
  @Nullable Op exec(Cpu c) {
    Op target = link;
    if (target != null) {
      c.left -= delta;
      return c.left >= DecodeCache.MAX_BLOCK ? target : c.stopBefore(target);
    }
    if (c.mmu().epoch() != c.codeEpoch) {
      return c.leaveAt(this);
    }
    c.leaveAt(this);
    if (c.left < DecodeCache.MAX_BLOCK) {
      return null;
    }
    target = c.cache.enter(c);
    if (target != null) {
      link = target;
      delta = index() - target.index();
    }
    return target;
  }
}
