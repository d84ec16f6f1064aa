// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.kernel.sched.TimeBase;

/** Time that stands still: what is measured here never waits. */
final class NoTime implements TimeBase {
  @Override
  public long now() {
    return 0;
  }

  @Override
  public boolean idle(long deadline) {
    return false;
  }
}
