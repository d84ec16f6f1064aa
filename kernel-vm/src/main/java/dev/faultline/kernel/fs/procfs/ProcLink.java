// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A link to a file itself and not to a path: it works for what has no name any more. */
final class ProcLink extends ProcVnode {
  private final Supplier<@Nullable FilePath> target;

  ProcLink(ProcFs fs, long ino, Credentials owner, Supplier<@Nullable FilePath> target) {
    super(fs, FileType.LNK, ino, 0x1FF, owner);
    this.target = target;
  }

  @Override
  public Result<FilePath> jump(Caller caller) {
    FilePath path = target.get();
    return path == null ? Result.failure(Errno.ENOENT) : Result.of(path);
  }

  @Override
  public Result<String> readLink(Caller caller) {
    FilePath path = target.get();
    return path == null
        ? Result.failure(Errno.ENOENT)
        : Result.of(path.render(caller.context().root()));
  }
}
