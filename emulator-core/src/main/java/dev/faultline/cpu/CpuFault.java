// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * Unwinds an instruction that raises an exception; vector and error code are in the {@link Cpu}.
 * One preallocated instance without a stack trace; the engine catches it.
 */
@SuppressWarnings("StaticAssignmentOfThrowable") // preallocated on purpose: no allocation
final class CpuFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  static final CpuFault INSTANCE = new CpuFault();

  private CpuFault() {
    super("processor exception", null, false, false);
  }
}
