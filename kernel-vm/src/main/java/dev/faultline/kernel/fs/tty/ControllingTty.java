// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.CharDevice;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Result;

/** /dev/tty: whatever terminal controls the caller's session; -ENXIO if none does. */
public final class ControllingTty implements CharDevice {
  /** The device. */
  public ControllingTty() {}

  @Override
  public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
    CharDevice terminal = caller.controllingTerminal();
    return terminal == null
        ? Result.failure(Errno.ENXIO)
        : terminal.open(caller, path, flags | OpenFlags.NOCTTY);
  }
}
