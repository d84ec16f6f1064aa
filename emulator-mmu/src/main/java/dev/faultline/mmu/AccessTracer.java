// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/**
 * Told of every data access that goes through the {@link Mmu} to traced frames, before it happens.
 * A read-modify-write is a read and a write. Instruction fetches are not traced.
 */
@FunctionalInterface
public interface AccessTracer {
  /**
   * One access, or the part of one that lies in one page.
   *
   * @param kind {@link Access#READ} or {@link Access#WRITE}
   * @param va virtual address of the first byte
   * @param address its physical address
   * @param size bytes, all in one page
   */
  void access(int kind, int va, int address, int size);
}
