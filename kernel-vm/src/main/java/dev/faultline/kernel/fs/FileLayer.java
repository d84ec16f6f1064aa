// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs;

import dev.faultline.kernel.sched.Scheduler;
import java.util.ArrayList;
import java.util.List;

/**
 * What every file system and every open file of one machine shares: who sleeps, what time it is,
 * which devices there are, and the limits of the whole system.
 */
public final class FileLayer {
  private final Scheduler scheduler;
  private final WallClock clock;
  private final CharDevices charDevices = new CharDevices();
  private final BlockDevices blockDevices = new BlockDevices();
  private final FileTable files = new FileTable(FileTable.DEFAULT_LIMIT);
  private final TransferBuffers buffers = new TransferBuffers();
  private final PipeTable pipes;
  private final LockTable locks = new LockTable(LockTable.DEFAULT_LIMIT);
  private final List<FileSystem> mounts = new ArrayList<>();
  private int lastDevice;

  /** The files of a machine that has none yet. */
  public FileLayer(Scheduler scheduler, WallClock clock) {
    this.scheduler = scheduler;
    this.clock = clock;
    pipes = new PipeTable(this, PipeTable.DEFAULT_LIMIT);
  }

  /** Who puts callers to sleep. */
  public Scheduler scheduler() {
    return scheduler;
  }

  /** The time of day. */
  public WallClock clock() {
    return clock;
  }

  /** The drivers of character devices, by number. */
  public CharDevices charDevices() {
    return charDevices;
  }

  /** The disks behind block device files. */
  public BlockDevices blockDevices() {
    return blockDevices;
  }

  /** The open files of the system, as a number. */
  public FileTable files() {
    return files;
  }

  /** Kernel memory for bytes on their way. */
  public TransferBuffers buffers() {
    return buffers;
  }

  /** The pipes of the system. */
  public PipeTable pipes() {
    return pipes;
  }

  /** The record locks of the system, as a number. */
  LockTable locks() {
    return locks;
  }

  /** Says which file system is the root: the first in the list of mounts. */
  public void setRoot(FileSystem root) {
    mounts.remove(root);
    mounts.addFirst(root);
  }

  /** What is mounted, in the order of mounting, the root first. */
  public List<FileSystem> mounts() {
    return List.copyOf(mounts);
  }

  /** Notes that a file system now lies on another, which is the root if it is the first of all. */
  void mounted(FileSystem below, FileSystem above) {
    if (mounts.isEmpty()) {
      mounts.add(below);
    }
    mounts.add(above);
  }

  /** A device number for a file system that lies on no device: major 0, a new minor. */
  public long newAnonymousDevice() {
    return Device.number(0, ++lastDevice);
  }
}
