// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** Cuts a chain of ops, so that the Java stack stays flat: the next op is returned, not called. */
final class CutOp extends Op {
  @Override
  Op exec(Cpu c) {
    return next;
  }
}
