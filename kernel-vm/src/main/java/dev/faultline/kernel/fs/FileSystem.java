// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import org.jspecify.annotations.Nullable;

/** A tree of vnodes that can be mounted on a directory of another. */
public abstract class FileSystem {
  private final FileLayer layer;
  private final long device;
  private final String typeName;
  private @Nullable Vnode covered;

  /**
   * A file system that is not mounted.
   *
   * @param device its number, shown as {@code st_dev}
   * @param typeName as in /proc/mounts
   */
  protected FileSystem(FileLayer layer, long device, String typeName) {
    this.layer = layer;
    this.device = device;
    this.typeName = typeName;
  }

  /** What it shares with the others. */
  public final FileLayer layer() {
    return layer;
  }

  /** Its device number. */
  public final long device() {
    return device;
  }

  /** Its type, as in /proc/mounts. */
  public final String typeName() {
    return typeName;
  }

  /** What it lies on, as in /proc/mounts: a device, or its type's name if on none. */
  public String deviceName() {
    return typeName;
  }

  /** The top directory; always the same vnode. */
  public abstract Vnode root();

  /** Sizes and what is free. */
  public abstract FileSystemStat stat();

  /** True if nothing in it may be changed: callers answer -EROFS. */
  public boolean readOnly() {
    return false;
  }

  /** Brings everything to the disk; may sleep. Returns 0 or an error. */
  public int sync() {
    return 0;
  }

  /** The directory it is mounted on; null for the root file system and for one not mounted. */
  public final @Nullable Vnode covered() {
    return covered;
  }

  /**
   * The directory of that name at the top, made if it is not there: a place to mount on.
   *
   * @return -ENOTDIR if it is something else; -ENOSPC, -EIO, -EROFS
   */
  public final Result<Vnode> topDirectory(String name, int mode) {
    Result<Vnode> there = root().lookup(name);
    if (!there.isOk()) {
      return root().create(name, FileType.DIR, mode, 0, 0, 0);
    }
    return there.value().type() == FileType.DIR ? there : Result.failure(Errno.ENOTDIR);
  }

  /**
   * Mounts it on a directory.
   *
   * @return 0; -ENOTDIR; -EBUSY if something is mounted there or this is mounted elsewhere
   */
  public final int mountOn(Vnode directory) {
    if (directory.type() != FileType.DIR) {
      return -Errno.ENOTDIR;
    }
    if (covered != null || directory.mountedHere() != null) {
      return -Errno.EBUSY;
    }
    covered = directory;
    directory.hold();
    directory.setMountedHere(this);
    layer.mounted(directory.fileSystem(), this);
    return 0;
  }
}
