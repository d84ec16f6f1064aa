// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/** The anonymous pipes of a machine, and the limit on the memory of all pipes together. */
public final class PipeTable {
  /** How many pipes and open FIFOs may exist at a time, each of at most 64 KiB. */
  public static final int DEFAULT_LIMIT = 512;

  private static final int MAGIC = 0x50495045;
  private static final int OWNER_READS_AND_WRITES = 0x180;

  private final FileLayer layer;
  private final int limit;
  private int count;
  private @Nullable AnonymousFs pipeFs;

  PipeTable(FileLayer layer, int limit) {
    this.layer = layer;
    this.limit = limit;
  }

  /** The two ends of a pipe. */
  public record Ends(OpenFile reader, OpenFile writer) {}

  /**
   * The pipe call.
   *
   * @param flags {@link OpenFlags#NONBLOCK} or 0
   * @return both ends; -ENFILE if there are too many pipes or open files
   */
  public Result<Ends> create(int flags) {
    if (!layer.files().hasRoomFor(2)) {
      return Result.failure(Errno.ENFILE);
    }
    Pipe pipe = newPipe();
    if (pipe == null) {
      return Result.failure(Errno.ENFILE);
    }
    AnonymousFs fs = pipeFs;
    if (fs == null) {
      fs = new AnonymousFs(layer, "pipefs", MAGIC);
      pipeFs = fs;
    }
    FilePath path = fs.newPath(FileType.FIFO, OWNER_READS_AND_WRITES, "pipe", null);
    path.vnode().setPipe(pipe);
    return Result.of(
        new Ends(
            new PipeFile(pipe, path, flags & OpenFlags.NONBLOCK | OpenFlags.RDONLY, true),
            new PipeFile(pipe, path, flags & OpenFlags.NONBLOCK | OpenFlags.WRONLY, true)));
  }

  /** Pipes alive. */
  public int count() {
    return count;
  }

  @Nullable Pipe newPipe() {
    if (count >= limit) {
      return null;
    }
    count++;
    return new Pipe(layer);
  }

  void gone() {
    count--;
  }
}
