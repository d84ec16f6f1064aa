// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.procfs;

import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Credentials;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Uio;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A file whose bytes are made when it is read from its start, and kept until then. */
final class ProcText extends ProcVnode {
  private final Supplier<byte[]> maker;

  ProcText(ProcFs fs, long ino, Credentials owner, Supplier<byte[]> maker) {
    super(fs, FileType.REG, ino, 0x124, owner);
    this.maker = maker;
  }

  @Override
  public Result<OpenFile> open(Caller caller, FilePath path, int flags) {
    return Result.of(new TextFile(path, flags, maker));
  }

  private static final class TextFile extends OpenFile {
    private final Supplier<byte[]> maker;
    private byte @Nullable [] text;
    private long offset;

    TextFile(FilePath path, int flags, Supplier<byte[]> maker) {
      super(path, flags);
      this.maker = maker;
    }

    @Override
    protected int doRead(Caller caller, Uio uio) {
      int n = doReadAt(uio, offset);
      if (n > 0) {
        offset += n;
      }
      return n;
    }

    @Override
    protected int doReadAt(Uio uio, long position) {
      byte[] bytes = text;
      if (bytes == null || position == 0) {
        bytes = maker.get();
        text = bytes;
      }
      if (position >= bytes.length) {
        return 0;
      }
      int n = (int) Math.min(uio.remaining(), bytes.length - position);
      int moved = uio.moveOut(bytes, (int) position, n);
      return moved == 0 && n > 0 ? -Errno.EFAULT : moved;
    }

    @Override
    protected int doWrite(Caller caller, Uio uio) {
      return -Errno.EINVAL;
    }

    @Override
    public long seek(long by, int whence) {
      long target = whence == 0 ? by : whence == 1 ? offset + by : -1;
      if (target < 0) {
        return -Errno.EINVAL;
      }
      offset = target;
      return target;
    }
  }
}
