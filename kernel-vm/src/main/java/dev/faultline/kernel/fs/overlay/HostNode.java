// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.overlay;

import dev.faultline.kernel.fs.Errno;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Result;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file, directory or link of the host. */
final class HostNode implements SourceNode {
  private final HostTree tree;
  private final Path path;
  private final HostAttributes attributes;
  private final FileType type;
  private final String target;

  HostNode(HostTree tree, Path path, HostAttributes attributes, FileType type, String target) {
    this.tree = tree;
    this.path = path;
    this.type = type;
    this.attributes = attributes;
    this.target = target;
  }

  /** Relative to the tree's root. */
  Path path() {
    return path;
  }

  HostAttributes attributes() {
    return attributes;
  }

  @Override
  public FileType type() {
    return type;
  }

  @Override
  public int mode() {
    return attributes.mode();
  }

  @Override
  public long size() {
    return type() == FileType.REG ? attributes.size() : 0;
  }

  @Override
  public long modified() {
    return attributes.modified();
  }

  @Override
  public String target() {
    return target;
  }

  @Override
  public Result<List<Entry>> list() {
    try {
      List<Entry> entries = new ArrayList<>();
      for (HostTree.Listed l : tree.list(path)) {
        HostNode node = new HostNode(tree, l.path(), l.attributes(), l.type(), l.target());
        entries.add(new Entry(l.name(), node));
      }
      return Result.of(entries);
    } catch (IOException | DirectoryIteratorException | SecurityException e) {
      return Result.failure(Errno.EIO);
    }
  }

  @Override
  public int read(long position, byte[] to, int offset, int size) {
    int wanted = Math.clamp(size() - position, 0, size);
    try {
      if (tree.read(this, position, to, offset, wanted) == wanted) {
        return wanted;
      }
    } catch (IOException | SecurityException e) {
      // Told by the result.
    }
    tree.forget(this);
    return -Errno.EIO;
  }
}
