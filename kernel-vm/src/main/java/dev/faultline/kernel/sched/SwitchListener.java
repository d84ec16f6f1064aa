// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/**
 * Told when a thread gets the token, before it runs: loads its address space. Also told when a
 * thread that slept or yielded is itself the next: nothing that it held before is sure any more.
 */
@FunctionalInterface
public interface SwitchListener {
  /** {@code to} is about to run. */
  void switchTo(KernelThread to);
}
