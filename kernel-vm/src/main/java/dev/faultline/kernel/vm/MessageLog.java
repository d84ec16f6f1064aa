// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** Where the kernel's messages to the console go. */
@FunctionalInterface
public interface MessageLog {
  /** Shows one line. */
  void message(String line);
}
