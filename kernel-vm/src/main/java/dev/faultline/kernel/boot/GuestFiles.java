// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.dev.DevFs;
import dev.faultline.kernel.fs.dev.HostStreams;
import dev.faultline.kernel.fs.dev.RandomPool;
import dev.faultline.kernel.fs.ext2.Ext2Fs;
import dev.faultline.kernel.fs.overlay.OverlayFs;
import dev.faultline.kernel.fs.overlay.OverlaySpace;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.fs.overlay.SourceNode;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.pager.VnodePager;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.vm.VmSystem;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is mounted in a machine: a root, which is a tree of the host's or an ext2 file system on a
 * disk, and /dev, /proc and /tmp on it.
 *
 * <p>Mounting may wait for a disk: it is for a kernel thread.
 */
final class GuestFiles {
  private static final int STICKY_WORLD_WRITABLE = 0x3FF;
  private static final int READABLE = 0x1ED;

  private final FileLayer files;
  private final VmSystem vm;
  private final OverlaySpace space;
  private final DevFs devices;
  private final HostStreams hostStreams;
  private final FileSystem processes;
  private final Consumer<String> log;
  private @Nullable FileSystem root;
  private @Nullable Ext2Fs onDisk;

  /**
   * Nothing mounted yet.
   *
   * @param processes what becomes /proc
   */
  GuestFiles(
      FileLayer files,
      VmSystem vm,
      RandomPool entropy,
      FileSystem processes,
      Consumer<String> log) {
    this.files = files;
    this.vm = vm;
    this.processes = processes;
    this.log = log;
    space = OverlaySpace.ofMachine(vm);
    devices = new DevFs(files, vm, space, entropy);
    hostStreams = new HostStreams(files);
  }

  DevFs devices() {
    return devices;
  }

  HostStreams hostStreams() {
    return hostStreams;
  }

  /** The root directory of what has been mounted. */
  Vnode root() {
    return mountedRoot().root();
  }

  private FileSystem mountedRoot() {
    if (root == null) {
      throw new KernelPanic("no root is mounted");
    }
    return root;
  }

  /** Makes a tree that is never written to the root. */
  void mountTree(SourceNode lower) {
    setRoot(new OverlayFs(files, vm, space, lower, "overlay"));
  }

  /**
   * Makes the file system on a disk the root.
   *
   * @return why it cannot be, or an empty string
   */
  String mountDisk(BlockDevice disk) {
    Ext2Fs.Mounted mounted = Ext2Fs.mount(files, vm, new VnodePager(vm), disk, false, log);
    Ext2Fs fileSystem = mounted.fileSystem();
    if (fileSystem == null) {
      return mounted.message();
    }
    if (!mounted.message().isEmpty()) {
      log.accept(mounted.message());
    }
    onDisk = fileSystem;
    vm.setSyncer(fileSystem::hurrySyncer);
    setRoot(fileSystem);
    return "";
  }

  private void setRoot(FileSystem fileSystem) {
    root = fileSystem;
    files.setRoot(fileSystem);
  }

  /**
   * Mounts /dev, /proc and /tmp.
   *
   * @return why they cannot be, or an empty string
   */
  String mountOthers() {
    String trouble = mount("dev", READABLE, devices.fileSystem());
    if (trouble.isEmpty()) {
      trouble = mount("proc", READABLE, processes);
    }
    if (trouble.isEmpty()) {
      trouble =
          mount(
              "tmp",
              STICKY_WORLD_WRITABLE,
              new OverlayFs(
                  files,
                  vm,
                  space,
                  new SourceDirectory(STICKY_WORLD_WRITABLE, files.clock().now()),
                  "tmpfs"));
    }
    return trouble;
  }

  private String mount(String name, int mode, FileSystem fileSystem) {
    Result<Vnode> place = mountedRoot().topDirectory(name, mode);
    int error = place.isOk() ? fileSystem.mountOn(place.value()) : place.error();
    return error == 0 ? "" : "cannot mount /" + name + " in this root: error " + -error;
  }

  /** Writes back what a disk has to keep, at the machine's end. */
  void unmount() {
    if (onDisk != null && onDisk.unmount() != 0) {
      log.accept(onDisk.deviceName() + " cannot be written back: run a check on it");
    }
  }
}
