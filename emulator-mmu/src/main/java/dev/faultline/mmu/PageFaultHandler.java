// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/**
 * The kernel's entry for page faults, called in place on the Java stack of the faulting access.
 *
 * <p>The handler may sleep. Whatever it does to translations goes through {@link Mmu}'s
 * invalidations, and a switch of guest threads through {@link Mmu#loadCr3}: both move {@link
 * Mmu#epoch()}, which tells the access in flight to probe again.
 */
@FunctionalInterface
public interface PageFaultHandler {
  /**
   * Resolves a fault, or refuses it.
   *
   * @param va the faulting address (CR2)
   * @param errorCode bits of {@link PageFaultError}
   * @return true when the access should be tried again; false to raise #PF in the guest
   */
  boolean handle(int va, int errorCode);
}
