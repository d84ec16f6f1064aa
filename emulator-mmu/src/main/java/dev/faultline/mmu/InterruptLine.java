// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** One wire from a device to the interrupt controller. */
@FunctionalInterface
public interface InterruptLine {
  /** Drives the line high ({@code true}: the device asks for service) or low. Idempotent. */
  void set(boolean high);
}
