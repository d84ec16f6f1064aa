// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

/** Where a driver gets the memory that it shares with its device. */
@FunctionalInterface
public interface RingMemory {
  /**
   * A page of RAM, full of zeros, that stays where it is.
   *
   * @return its physical address, or -1 if memory is short
   */
  long allocatePage();
}
