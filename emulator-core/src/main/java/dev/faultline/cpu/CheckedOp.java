// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

import org.jspecify.annotations.Nullable;

/** An instruction whose memory operand needs more than flat addressing: the slow path serves it. */
final class CheckedOp extends Op {
  private final Op inner;

  CheckedOp(Op inner) {
    this.inner = inner;
  }

  @Override
  @Nullable Op exec(Cpu c) {
    return inner.slow(c);
  }

  @Override
  void setPlace(int newAt, int newLength) {
    super.setPlace(newAt, newLength);
    inner.setPlace(newAt, newLength);
  }

  @Override
  void setNext(Op op) {
    super.setNext(op);
    inner.setNext(op);
  }
}
