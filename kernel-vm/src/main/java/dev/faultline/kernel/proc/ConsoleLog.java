// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

/** Where the kernel's own messages go: one line each, without a line end. */
@FunctionalInterface
public interface ConsoleLog {
  /** Takes one line. */
  void line(String text);
}
