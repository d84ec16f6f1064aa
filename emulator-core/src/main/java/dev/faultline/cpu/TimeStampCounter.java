// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/** What RDTSC reads. The kernel derives it from virtual time, so that runs repeat. */
@FunctionalInterface
public interface TimeStampCounter {
  /**
   * The counter at an instruction; {@link Cpu#retired()} is exact when this is called.
   *
   * @param cpu who asks
   */
  long read(Cpu cpu);
}
