// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.sched;

/** Told when the token goes to another thread, before that thread runs: loads its address space. */
@FunctionalInterface
public interface SwitchListener {
  /** {@code to} is about to run. */
  void switchTo(KernelThread to);
}
