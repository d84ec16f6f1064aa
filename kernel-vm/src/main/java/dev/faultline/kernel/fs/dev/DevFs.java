// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.dev;

import dev.faultline.kernel.fs.BlockDevices;
import dev.faultline.kernel.fs.CharDevice;
import dev.faultline.kernel.fs.CharDevices;
import dev.faultline.kernel.fs.Device;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FileType;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.overlay.OverlayFs;
import dev.faultline.kernel.fs.overlay.OverlaySpace;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.fs.tty.ControllingTty;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.VmSystem;

/**
 * What /dev holds: a small tree in memory with the device files of this machine, links, and a
 * directory for shared memory.
 */
public final class DevFs {
  /** Device number of /dev/tty. */
  public static final long TTY = Device.number(5, 0);

  /** Device number of /dev/console. */
  public static final long CONSOLE = Device.number(5, 1);

  private static final int EVERYBODY = 0x1B6;
  private static final int OWNER = 0x180;
  private static final int SEARCHABLE = 0x1ED;
  private static final int SHARED_DIRECTORY = 0x3FF;

  private final OverlayFs fs;
  private final CharDevices drivers;
  private final BlockDevices disks;

  /** The tree with the devices that every machine has; chances come from {@code random}. */
  public DevFs(FileLayer layer, VmSystem vm, OverlaySpace space, RandomPool random) {
    fs = new OverlayFs(layer, vm, space, new SourceDirectory(), "devtmpfs");
    drivers = layer.charDevices();
    disks = layer.blockDevices();
    add("null", MemoryDevice.number(3), MemoryDevice.nullDevice(), EVERYBODY);
    add("zero", MemoryDevice.number(5), MemoryDevice.zero(), EVERYBODY);
    add("full", MemoryDevice.number(7), MemoryDevice.full(), EVERYBODY);
    add("random", MemoryDevice.number(8), MemoryDevice.random(random), EVERYBODY);
    add("urandom", MemoryDevice.number(9), MemoryDevice.random(random), EVERYBODY);
    add("tty", TTY, new ControllingTty(), EVERYBODY);
    link("fd", "/proc/self/fd");
    link("stdin", "/proc/self/fd/0");
    link("stdout", "/proc/self/fd/1");
    link("stderr", "/proc/self/fd/2");
    directory("shm", SHARED_DIRECTORY);
    directory("pts", SEARCHABLE);
  }

  /** The file system, to be mounted on /dev. */
  public OverlayFs fileSystem() {
    return fs;
  }

  /** Device number of the serial line with that index. */
  public static long serialLine(int index) {
    return Device.number(4, 64 + index);
  }

  /** Adds a disk by its name. */
  public void addDisk(RawDisk disk) {
    disks.register(disk);
    String name = disk.disk().name();
    check(name, fs.root().create(name, FileType.BLK, OWNER, disk.disk().number(), 0, 0).error());
  }

  /** Adds a serial line's terminal as ttyS<i>index</i>. */
  public void addSerialLine(int index, CharDevice terminal) {
    add("ttyS" + index, serialLine(index), terminal, OWNER);
  }

  /** Says which terminal the console is. */
  public void setConsole(CharDevice terminal) {
    add("console", CONSOLE, terminal, OWNER);
  }

  /** Adds a frame buffer as fb0. */
  public void addFrameBuffer(FrameBufferDevice driver) {
    add("fb0", FrameBufferDevice.NUMBER, driver, EVERYBODY);
  }

  private void add(String name, long number, CharDevice driver, int mode) {
    drivers.register(number, driver);
    check(name, fs.root().create(name, FileType.CHR, mode, number, 0, 0).error());
  }

  private void link(String name, String target) {
    check(name, fs.root().symlink(name, target, 0, 0).error());
  }

  private void directory(String name, int mode) {
    check(name, fs.root().create(name, FileType.DIR, mode, 0, 0, 0).error());
  }

  private static void check(String name, int error) {
    if (error != 0) {
      throw new KernelPanic("cannot make /dev/" + name + ": errno " + -error);
    }
  }

  /** The top directory. */
  public Vnode root() {
    return fs.root();
  }
}
