// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/**
 * A vnode together with the name by which it was reached, from which its path can be told at any
 * later time, whatever was renamed above it.
 */
@SuppressWarnings("ReferenceEquality") // a vnode is an identity, not a value
public final class FilePath {
  private static final int MAX_DEPTH = 2048;

  private final Vnode vnode;
  private final @Nullable Vnode parent;
  private final String name;

  /**
   * A vnode found in a directory.
   *
   * @param parent null for a directory, which knows its parent, and for what has no place in any
   *     tree, whose name is shown as it stands
   */
  public FilePath(Vnode vnode, @Nullable Vnode parent, String name) {
    this.vnode = vnode;
    this.parent = vnode.type() == FileType.DIR ? null : parent;
    this.name = name;
  }

  /** The path of a directory. */
  public static FilePath ofDirectory(Vnode directory) {
    return new FilePath(directory, null, "");
  }

  /** The file itself. */
  public Vnode vnode() {
    return vnode;
  }

  /** Keeps the vnodes until {@link #release}. Returns this. */
  public FilePath hold() {
    vnode.hold();
    vnode.setLastPath(this);
    if (parent != null) {
      parent.hold();
    }
    return this;
  }

  /** Undoes {@link #hold}. */
  public void release() {
    vnode.release();
    if (parent != null) {
      parent.release();
    }
  }

  /**
   * The absolute path as seen from {@code root}. What has lost its name is shown with " (deleted)"
   * behind the last one it had. May sleep.
   */
  public String render(Vnode root) {
    if (vnode.type() == FileType.DIR) {
      return directoryPath(vnode, root);
    }
    if (parent == null) {
      return name;
    }
    String above = directoryPath(parent, root);
    Vnode there = parent.lookup(name).orNull();
    boolean deleted = there == null || there.ino() != vnode.ino();
    return (above.equals("/") ? "/" : above + "/") + name + (deleted ? " (deleted)" : "");
  }

  /** The path of a directory as seen from {@code root}; may sleep. */
  public static String directoryPath(Vnode directory, Vnode root) {
    StringBuilder path = new StringBuilder();
    Vnode at = directory;
    for (int depth = 0; at != root && depth < MAX_DEPTH; depth++) {
      Vnode covered = at.fileSystem().covered();
      if (at == at.fileSystem().root()) {
        if (covered == null) {
          break;
        }
        at = covered;
        continue;
      }
      Vnode above = at.lookup("..").orNull();
      String its = above == null ? null : above.nameOf(at);
      if (above == null || its == null) {
        return (path.isEmpty() ? "/" : path.toString()) + " (deleted)";
      }
      path.insert(0, its).insert(0, '/');
      at = above;
    }
    return path.isEmpty() ? "/" : path.toString();
  }
}
