// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * What executes guest instructions. An engine keeps no state of a run in itself: while one guest
 * thread sleeps in a page fault, in the middle of an instruction, another may run on the same
 * engine with a {@link Cpu} of its own.
 */
public interface Engine {
  /**
   * Runs until something has to be done by the kernel.
   *
   * <p>Stops after exactly {@code budget} instructions unless another exit comes first, or a
   * page-fault handler called {@link Cpu#setBudget} meanwhile. A string instruction with REP counts
   * as one.
   *
   * @param cpu the state to run and to leave the result in
   * @param budget instructions, at least 0
   */
  Exit run(Cpu cpu, long budget);
}
