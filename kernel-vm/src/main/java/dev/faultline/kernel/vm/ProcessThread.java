// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * A thread of a process. What {@link dev.faultline.kernel.sched.KernelThread#owner()} holds for
 * guest threads implements it, so that a fault is charged to the process that runs, which need not
 * be the one that the address space was made for.
 */
@FunctionalInterface
public interface ProcessThread {
  /** The process that the thread belongs to. */
  ProcessView process();
}
