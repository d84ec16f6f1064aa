// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import java.io.IOException;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the host said of a file when it was listed. */
record HostAttributes(BasicFileAttributes basic, Set<PosixFilePermission> permissions) {
  static HostAttributes read(@Nullable PosixFileAttributeView view) throws IOException {
    if (view == null) {
      throw new IOException("this host's file system has no rights to show");
    }
    PosixFileAttributes attributes = view.readAttributes();
    return new HostAttributes(attributes, attributes.permissions());
  }

  /** The nine bits of the rights. */
  int mode() {
    int mode = 0;
    // The constants are declared from the owner's r to the others' x.
    for (PosixFilePermission p : PosixFilePermission.values()) {
      mode = mode << 1 | (permissions.contains(p) ? 1 : 0);
    }
    return mode;
  }

  long modified() {
    return basic.lastModifiedTime().to(TimeUnit.NANOSECONDS);
  }

  /** True if nothing shows that the file is another, or has other content, than when listed. */
  boolean sameFile(BasicFileAttributes now) {
    return now.isRegularFile()
        && now.size() == basic.size()
        && now.lastModifiedTime().equals(basic.lastModifiedTime())
        && Objects.equals(now.fileKey(), basic.fileKey());
  }
}
