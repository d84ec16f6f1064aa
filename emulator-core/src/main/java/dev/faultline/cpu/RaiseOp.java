// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** An encoding that is none: raises #UD, or #GP(0) if it is too long. */
final class RaiseOp extends Op {
  private final int vector;

  RaiseOp(int vector) {
    this.vector = vector;
  }

  @Override
  Op exec(Cpu c) {
    c.at = at;
    throw c.fault(vector, 0);
  }
}
