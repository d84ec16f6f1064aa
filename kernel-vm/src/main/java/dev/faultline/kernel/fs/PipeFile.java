// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.vm.UserMemory;
import org.jspecify.annotations.Nullable;

/** One end, or both, of a pipe or FIFO. */
final class PipeFile extends OpenFile {
  private static final int FIONREAD = 0x541B;

  private final Pipe pipe;
  private final int writersBefore;

  /** An end; {@code anonymous} if its writer exists from the start. */
  PipeFile(Pipe pipe, FilePath path, int flags, boolean anonymous) {
    super(path, flags);
    this.pipe = pipe;
    int before = pipe.open(readable(), writable());
    writersBefore = anonymous ? -1 : before;
  }

  @Override
  protected void close() {
    pipe.close(vnode(), readable(), writable());
  }

  @Override
  protected int doRead(Caller caller, Uio uio) {
    return pipe.read(uio, nonBlocking());
  }

  @Override
  protected int doWrite(Caller caller, Uio uio) {
    return pipe.write(uio, nonBlocking());
  }

  @Override
  public int ioctl(Caller caller, int request, int argument, UserMemory memory) {
    if (request == FIONREAD) {
      return memory.store32(argument, pipe.available()) ? 0 : -Errno.EFAULT;
    }
    return -Errno.ENOTTY;
  }

  @Override
  public int poll(@Nullable Poller poller) {
    if (poller != null) {
      poller.watch(pipe.pollHead());
    }
    return pipe.poll(readable(), writable(), writersBefore);
  }
}
