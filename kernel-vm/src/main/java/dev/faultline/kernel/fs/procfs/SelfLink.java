// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;

/** /proc/self: the number of whoever asks. */
final class SelfLink extends ProcVnode {
  SelfLink(ProcFs fs, long ino) {
    super(fs, FileType.LNK, ino, 0x1FF, Credentials.ROOT);
  }

  @Override
  public Result<String> readLink(Caller caller) {
    return Result.of(Integer.toString(caller.pid()));
  }
}
