// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/**
 * The stack of a thread's handlers that ask for one.
 *
 * @param base lowest address
 * @param size bytes; 0 if there is none
 */
public record AlternateStack(int base, int size) {
  /** None. */
  public static final AlternateStack NONE = new AlternateStack(0, 0);

  /** True if {@code esp} lies on it. */
  public boolean holds(int esp) {
    return size != 0 && Integer.compareUnsigned(esp - base - 1, size) < 0;
  }
}
