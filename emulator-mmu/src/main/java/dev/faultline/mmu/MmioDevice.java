// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** What answers in a memory-mapped window of the bus. Never throws for what a guest does. */
public interface MmioDevice {
  /**
   * Reads a register.
   *
   * @param offset from the start of the window, in bytes
   * @param size 1, 2 or 4 bytes
   * @return the value in the low {@code size} bytes
   */
  int read(int offset, int size);

  /**
   * Writes a register.
   *
   * @param offset from the start of the window, in bytes
   * @param size 1, 2 or 4 bytes
   * @param value in the low {@code size} bytes
   */
  void write(int offset, int size, int value);
}
