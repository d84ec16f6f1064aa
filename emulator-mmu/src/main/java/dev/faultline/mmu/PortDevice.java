// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** What answers on a range of I/O ports. Wider accesses are split into bytes by the bus. */
public interface PortDevice {
  /** Reads one byte; {@code port} counts from the start of the device's range. */
  int in(int port);

  /** Writes one byte (the low eight bits of {@code value}). */
  void out(int port, int value);
}
