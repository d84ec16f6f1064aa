// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.pmap;

/**
 * A frame without a virtual-memory system around it; wired, as page tables are, and pages that
 * wired entries map.
 */
final class TestFrame extends PageFrame {
  TestFrame(int number) {
    this(number, 0);
  }

  TestFrame(int number, int flags) {
    super(number, flags);
    setWireCount(1);
  }

  @Override
  protected void becameDirty() {}

  /** Forgets that it is dirty. */
  void clean() {
    setDirty(0);
  }
}
