// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.overlay.HostTree;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.fs.overlay.SourceNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What the guest's root lies over if it is on no disk: a directory of the host, or one file. */
final class RootTree {
  private RootTree() {}

  /** A directory of the host. */
  static SourceNode directory(Path directory) {
    if (!Files.exists(directory)) {
      throw new UsageError("--root " + directory + " does not exist");
    }
    if (!Files.isDirectory(directory)) {
      throw new UsageError("--root " + directory + " is not a directory");
    }
    try {
      return HostTree.directory(directory);
    } catch (IOException e) {
      throw new UsageError("--root " + directory + " cannot be read: " + e.getMessage());
    }
  }

  /** A root that holds one file of the host, under its own name. */
  static SourceNode file(Path file) {
    try {
      return new SourceDirectory().add(name(file), HostTree.file(file));
    } catch (NoSuchFileException e) {
      throw new UsageError(file + " does not exist");
    } catch (IOException e) {
      throw new UsageError(file + " cannot be run: " + e.getMessage());
    }
  }

  /** The name of a file in such a root, a character per byte. */
  static String name(Path file) {
    return HostBytes.toGuest(String.valueOf(file.getFileName()));
  }
}
