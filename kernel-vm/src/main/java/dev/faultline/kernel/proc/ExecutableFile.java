// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Namei;
import dev.faultline.kernel.fs.Permissions;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A file that is to be executed: found, judged, and read for its headers. */
final class ExecutableFile implements ElfImage.Source {
  private final FilePath path;

  private ExecutableFile(FilePath path) {
    this.path = path;
  }

  /**
   * Finds a file and judges whether it may be executed. The path is held until {@link #release}.
   *
   * @return a lookup's errors; -EACCES without a right to execute it or if it is no regular file
   */
  static Result<ExecutableFile> find(Process process, @Nullable Vnode at, String name) {
    Result<FilePath> found = Namei.lookup(process, at, name, true);
    if (!found.isOk()) {
      return Result.failure(found.error());
    }
    Vnode vnode = found.value().vnode();
    if (vnode.type() != FileType.REG) {
      return Result.failure(Errno.EACCES);
    }
    int error = Permissions.check(vnode.stat(), process.credentials(), Permissions.EXECUTE);
    return error != 0 ? Result.failure(error) : Result.of(new ExecutableFile(found.value().hold()));
  }

  FilePath path() {
    return path;
  }

  Vnode vnode() {
    return path.vnode();
  }

  void release() {
    path.release();
  }

  @Override
  public byte @Nullable [] read(long offset, int size) {
    byte[] bytes = head(offset, size);
    return bytes.length == size ? bytes : null;
  }

  /** Up to {@code size} bytes. */
  byte[] head(long offset, int size) {
    byte[] bytes = new byte[size];
    Vnode vnode = vnode();
    vnode.lock().lockShared();
    int got = vnode.read(offset, bytes, 0, size);
    vnode.lock().unlock();
    return Arrays.copyOf(bytes, Math.max(0, got));
  }
}
