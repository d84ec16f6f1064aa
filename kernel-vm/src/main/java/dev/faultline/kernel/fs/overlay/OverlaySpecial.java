// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.FileType;

/** A FIFO or a device file. */
final class OverlaySpecial extends OverlayVnode {
  private final long rdev;

  OverlaySpecial(OverlayFs fs, FileType type, long ino, long rdev) {
    super(fs, type, ino, null);
    this.rdev = rdev;
  }

  @Override
  long rdev() {
    return rdev;
  }
}
