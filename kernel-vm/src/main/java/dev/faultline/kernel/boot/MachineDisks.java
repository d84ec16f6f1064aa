// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.disk.Drive;
import dev.faultline.kernel.fs.dev.DevFs;
import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.DiskStatistics;
import dev.faultline.kernel.io.InterruptDispatcher;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.io.VirtioDisk;
import dev.faultline.kernel.pager.SwapDisks;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.vm.VmSystem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;

/** The disks of a machine, vda first: hardware, driver and device node of each. */
final class MachineDisks {
  private record Disk(Hardware.Disk hardware, Drive drive, VirtioDisk driver) {}

  private final Hardware hardware;
  private final MachineClock clock;
  private final Scheduler scheduler;
  private final VmSystem vm;
  private final InterruptDispatcher interrupts;
  private final DevFs nodes;
  private final Consumer<String> log;
  private final Runnable whenPowerFails;
  private final List<Disk> disks = new ArrayList<>();
  private final List<VirtioDisk> swap = new ArrayList<>();

  /**
   * No disks yet.
   *
   * @param nodes where /dev/vda and the others appear
   * @param whenPowerFails called once the faults of a disk have cut the power of all
   */
  MachineDisks(
      Hardware hardware,
      MachineClock clock,
      Scheduler scheduler,
      VmSystem vm,
      InterruptDispatcher interrupts,
      DevFs nodes,
      Consumer<String> log,
      Runnable whenPowerFails) {
    this.hardware = hardware;
    this.clock = clock;
    this.scheduler = scheduler;
    this.vm = vm;
    this.interrupts = interrupts;
    this.nodes = nodes;
    this.log = log;
    this.whenPowerFails = whenPowerFails;
  }

  /**
   * Plugs a disk in, before the machine runs. It has a size once the machine has started.
   *
   * @throws UsageError if there are too many
   */
  VirtioDisk add(Drive drive) {
    int index = disks.size();
    if (index == Hardware.MAX_DISKS) {
      throw new UsageError("the machine has room for " + Hardware.MAX_DISKS + " disks");
    }
    Hardware.Disk disk = hardware.addDisk(index, drive, this::cutPower);
    VirtioDisk driver =
        new VirtioDisk(index, hardware.bus, disk.base(), this::ringPage, scheduler, clock, log);
    interrupts.handle(disk.irq(), driver::interrupt);
    disks.add(new Disk(disk, drive, driver));
    nodes.addDisk(new RawDisk(driver, hardware.memory, this::ringPage, scheduler));
    return driver;
  }

  /** Plugs a disk in that becomes swap space when the machine starts; it has a swap header. */
  void addSwap(Drive drive) {
    swap.add(add(drive));
  }

  /** The first disk, which there must be. */
  VirtioDisk first() {
    return disks.getFirst().driver;
  }

  /** Finds the devices. May sleep. */
  void start() {
    for (Disk disk : disks) {
      disk.driver.start();
    }
  }

  /**
   * Switches swapping to the disks that are for it on. May sleep.
   *
   * @return why that failed, or an empty string
   */
  String switchSwapOn(SwapDisks space) {
    for (VirtioDisk disk : swap) {
      String name = "/dev/" + disk.name();
      SwapOutcome outcome = space.switchOn(disk, name);
      if (outcome != SwapOutcome.OK) {
        return "--swap: " + name + " cannot be used: " + outcome.name().toLowerCase(Locale.ROOT);
      }
    }
    return "";
  }

  private long ringPage() {
    int address = vm.kernelMemory().allocate(1);
    return address == 0 ? -1 : vm.kernelMemory().physicalAddress(address);
  }

  private void cutPower() {
    for (Disk disk : disks) {
      disk.hardware.device().powerCut();
    }
    whenPowerFails.run();
  }

  /** Tells what each disk has done, by the name of the disk and the counter. */
  void counters(ObjLongConsumer<String> to) {
    for (Disk disk : disks) {
      String name = disk.driver.name() + "_";
      DiskStatistics s = disk.driver.statistics();
      for (Operation operation : Operation.values()) {
        String of = name + operation.name().toLowerCase(Locale.ROOT);
        to.accept(of + "_requests", s.completed(operation));
        to.accept(of + "_merged", s.merged(operation));
        to.accept(of + "_sectors", s.sectors(operation));
        to.accept(of + "_time_ns", s.time(operation));
      }
      to.accept(name + "transfers", s.transfers());
      to.accept(name + "busy_time_ns", s.busyTime(clock.now()));
      to.accept(name + "retries", s.retries());
      to.accept(name + "resets", s.resets());
      to.accept(name + "errors", s.errors());
    }
  }

  /** Gives what was written to the host's medium. */
  void close() {
    for (Disk disk : disks) {
      try {
        disk.drive.close();
      } catch (IOException e) {
        throw new UsageError(disk.driver.name() + " cannot be written back: " + e.getMessage());
      }
    }
  }
}
