// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

/** The driver behind a character device file. */
@FunctionalInterface
public interface CharDevice {
  /**
   * Opens the device; may sleep.
   *
   * @param path by what name; the open file holds it
   * @return the open file, or -ENXIO if there is nothing behind the driver
   */
  Result<OpenFile> open(Caller caller, FilePath path, int flags);
}
