// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

/** Told of every system call when it has been served: one line each, as strace writes them. */
@FunctionalInterface
public interface SystemCallTrace {
  /** Takes one line. */
  void line(String text);
}
