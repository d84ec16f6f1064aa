// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.dev;

import dev.faultline.kernel.fs.AnonymousFs;
import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FilePath;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Uio;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The host's standard streams as open files of a guest: bytes pass as they are.
 *
 * <p>A read stops the whole machine until the host has satisfied it, and poll calls every stream
 * ready: so a run does not depend on how fast the host is. They are pipes to the guest, not
 * terminals.
 */
public final class HostStreams {
  private static final int MAGIC = 0x484F_5354;
  private static final int OWNER_READS_AND_WRITES = 0x180;

  private final AnonymousFs fs;

  /** The streams of one machine. */
  public HostStreams(FileLayer layer) {
    fs = new AnonymousFs(layer, "hostfs", MAGIC);
  }

  /** A stream that the guest reads. */
  public OpenFile input(InputStream in) {
    return open((path, flags) -> new Input(path, flags, in), OpenFlags.RDONLY);
  }

  /**
   * A stream that the guest writes; what it wrote is flushed with each write. Must tell of errors,
   * as a {@link java.io.PrintStream} does not.
   */
  public OpenFile output(OutputStream out) {
    return open((path, flags) -> new Output(path, flags, out), OpenFlags.WRONLY);
  }

  private OpenFile open(Opener opener, int flags) {
    FilePath path =
        fs.newPath(
            FileType.FIFO,
            OWNER_READS_AND_WRITES,
            "pipe",
            (caller, again, moreFlags) -> Result.of(opener.open(again, moreFlags)));
    return opener.open(path, flags);
  }

  private interface Opener {
    OpenFile open(FilePath path, int flags);
  }

  private static final class Input extends OpenFile {
    private final InputStream in;

    Input(FilePath path, int flags, InputStream in) {
      super(path, flags);
      this.in = in;
    }

    @Override
    protected int doRead(Caller caller, Uio uio) {
      if (uio.remaining() == 0) {
        return 0;
      }
      byte[] buffer = new byte[Math.min(uio.remaining(), Uio.CHUNK)];
      int n;
      try {
        n = in.read(buffer);
      } catch (IOException e) {
        return -Errno.EIO;
      }
      if (n <= 0) {
        return 0;
      }
      int moved = uio.moveOut(buffer, 0, n);
      return moved == 0 ? -Errno.EFAULT : moved;
    }

    @Override
    protected int doWrite(Caller caller, Uio uio) {
      return -Errno.EBADF;
    }
  }

  private static final class Output extends OpenFile {
    private final OutputStream out;

    Output(FilePath path, int flags, OutputStream out) {
      super(path, flags);
      this.out = out;
    }

    @Override
    protected int doRead(Caller caller, Uio uio) {
      return -Errno.EBADF;
    }

    @Override
    protected int doWrite(Caller caller, Uio uio) {
      byte[] buffer = new byte[Math.min(uio.remaining(), Uio.CHUNK)];
      int done = 0;
      while (uio.remaining() > 0) {
        int got = uio.moveIn(buffer, 0, Math.min(buffer.length, uio.remaining()));
        if (got == 0) {
          return done > 0 ? done : -Errno.EFAULT;
        }
        try {
          out.write(buffer, 0, got);
          out.flush();
        } catch (IOException e) {
          return done > 0 ? done : errorOf(e);
        }
        done += got;
      }
      return done;
    }

    /** What the host said, as far as Java passes it on. */
    private static int errorOf(IOException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("Broken pipe") || message.contains("closed")) {
        return -Errno.EPIPE;
      }
      return message.contains("No space left") ? -Errno.ENOSPC : -Errno.EIO;
    }
  }
}
