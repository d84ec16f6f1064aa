// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/**
 * Unwinds a kernel thread whose machine has ended. An {@link Error}, so that nobody takes it for a
 * failure of his own; kernel code never catches it.
 */
public final class MachineStopped extends Error {
  private static final long serialVersionUID = 1L;

  MachineStopped() {
    super("the machine has stopped", null, false, false);
  }
}
