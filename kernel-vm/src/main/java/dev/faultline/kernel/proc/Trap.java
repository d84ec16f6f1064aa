// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/**
 * A processor exception that became a signal.
 *
 * @param vector its number
 * @param errorCode what the processor pushed with it
 * @param address CR2 of a page fault
 */
public record Trap(int vector, int errorCode, int address) {
  /** None yet. */
  public static final Trap NONE = new Trap(0, 0, 0);
}
