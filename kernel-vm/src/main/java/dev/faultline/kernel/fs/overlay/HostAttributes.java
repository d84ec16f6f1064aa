// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.FileType;
import java.io.IOException;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the host said of a file when it was listed.
 *
 * @param type null for a device, FIFO or socket
 * @param mode the nine bits of the rights
 * @param modified nanoseconds since 1970
 * @param key by which the host tells files apart, if it does
 */
record HostAttributes(
    @Nullable FileType type, int mode, long size, long modified, @Nullable Object key) {
  static HostAttributes read(@Nullable PosixFileAttributeView view) throws IOException {
    if (view == null) {
      throw new IOException("this host's file system has no rights to show");
    }
    PosixFileAttributes a = view.readAttributes();
    return new HostAttributes(typeOf(a), mode(a.permissions()), a.size(), modified(a), a.fileKey());
  }

  private static @Nullable FileType typeOf(BasicFileAttributes a) {
    if (a.isRegularFile()) {
      return FileType.REG;
    }
    if (a.isDirectory()) {
      return FileType.DIR;
    }
    return a.isSymbolicLink() ? FileType.LNK : null;
  }

  private static int mode(Set<PosixFilePermission> permissions) {
    int mode = 0;
    // The constants are declared from the owner's r to the others' x.
    for (PosixFilePermission p : PosixFilePermission.values()) {
      mode = mode << 1 | (permissions.contains(p) ? 1 : 0);
    }
    return mode;
  }

  private static long modified(BasicFileAttributes a) {
    return a.lastModifiedTime().to(TimeUnit.NANOSECONDS);
  }

  /** True if nothing shows that the file is another, or has other content, than when listed. */
  boolean sameFile(BasicFileAttributes now) {
    return now.isRegularFile()
        && now.size() == size
        && modified(now) == modified
        && Objects.equals(now.fileKey(), key);
  }
}
