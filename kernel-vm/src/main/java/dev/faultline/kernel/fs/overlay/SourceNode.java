// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import java.util.List;

/**
 * A file of the lower layer of an overlay: regular, directory or symbolic link. What goes wrong
 * below is -EIO for the guest, never an exception.
 */
public interface SourceNode {
  /** REG, DIR or LNK. */
  FileType type();

  /** The twelve bits of its mode. */
  int mode();

  /** Size in bytes of a regular file; does not change. */
  default long size() {
    return 0;
  }

  /** When it was last modified, in nanoseconds since 1970. */
  long modified();

  /** The target of a link, as it is written there. */
  default String target() {
    return "";
  }

  /** What a directory holds, in the order of the names; -EIO. */
  default Result<List<Entry>> list() {
    return Result.failure(Errno.ENOTDIR);
  }

  /**
   * Reads a regular file.
   *
   * @return bytes read: all that were asked for and lie inside {@link #size}, or -EIO
   */
  default int read(long position, byte[] to, int offset, int size) {
    return -Errno.EIO;
  }

  /** A name in a directory. */
  record Entry(String name, SourceNode node) {}
}
