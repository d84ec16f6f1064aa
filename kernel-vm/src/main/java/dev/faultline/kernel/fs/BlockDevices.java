// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.io.RawDisk;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The disks behind block device files, by number, wherever in the tree the device file lies. */
public final class BlockDevices {
  private final List<RawDisk> disks = new ArrayList<>();

  BlockDevices() {}

  /** Adds a disk. */
  public void register(RawDisk disk) {
    disks.add(disk);
  }

  /** All disks, in the order of their registration. */
  public List<RawDisk> all() {
    return disks;
  }

  /** The disk of that number, or null. */
  public @Nullable RawDisk find(long rdev) {
    for (RawDisk disk : disks) {
      if (disk.disk().number() == rdev) {
        return disk;
      }
    }
    return null;
  }

  /**
   * Opens the disk of that number; -ENXIO if there is none, -EACCES for writing to one that
   * refuses, -EBUSY for writing to one that is mounted or swap space.
   */
  Result<OpenFile> open(long rdev, FilePath path, int flags) {
    RawDisk disk = find(rdev);
    if (disk == null) {
      return Result.failure(Errno.ENXIO);
    }
    if (disk.disk().readOnly() && OpenFlags.writes(flags)) {
      return Result.failure(Errno.EACCES);
    }
    if (OpenFlags.writes(flags) && !disk.disk().use().addWriter()) {
      return Result.failure(Errno.EBUSY);
    }
    return Result.of(new BlockDeviceFile(path, flags, disk));
  }
}
