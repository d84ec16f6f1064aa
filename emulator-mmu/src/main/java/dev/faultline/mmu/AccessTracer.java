// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** Told of every access to traced frames, before it happens. */
@FunctionalInterface
public interface AccessTracer {
  /**
   * One access, or the part of one that lies in one page.
   *
   * @param kind one of {@link Access}
   * @param va virtual address of the first byte
   * @param address its physical address
   * @param size bytes, all in one page
   */
  void access(int kind, int va, int address, int size);
}
