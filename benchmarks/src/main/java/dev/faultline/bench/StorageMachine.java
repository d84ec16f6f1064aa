// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.devices.EventQueue;
import dev.faultline.devices.InterruptController;
import dev.faultline.devices.VirtualClock;
import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.disk.Latency;
import dev.faultline.devices.disk.MemoryImage;
import dev.faultline.devices.virtio.VirtioBlock;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.ext2.Ext2Fs;
import dev.faultline.kernel.fs.ext2.FormatExt2;
import dev.faultline.kernel.io.BlockDevice;
import dev.faultline.kernel.io.InterruptDispatcher;
import dev.faultline.kernel.io.VirtioDisk;
import dev.faultline.kernel.pager.SwapHeader;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.pager.SwapPager;
import dev.faultline.kernel.pager.VnodePager;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.Vcpu;
import dev.faultline.kernel.vm.VmOptions;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.Tlb;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A machine as {@code run} has it, from the processor's MMU down to virtio disks whose contents are
 * host memory and that take no virtual time: an ext2 file system on vda, swap space on vdb.
 */
final class StorageMachine {
  private static final int DISK_BYTES = 128 << 20;
  private static final int[] IRQS = {10, 11};
  private static final int MAX_THREADS = 64;

  final VirtualClock time = new VirtualClock();
  final EventQueue events = new EventQueue();
  final BenchClock clock = new BenchClock(time, events);
  final Scheduler scheduler = new Scheduler(clock, MAX_THREADS);
  final PhysicalMemory memory;
  final Vcpu cpu;
  final VmSystem vm;
  final SwapPager swap;
  final VnodePager pager;
  final FileLayer files;
  private final PhysicalBus bus;
  private final InterruptController controller = new InterruptController();
  private final InterruptDispatcher interrupts;

  /** A machine that has not started. */
  StorageMachine(int ramSize) {
    memory = new PhysicalMemory(ramSize);
    bus = new PhysicalBus(memory);
    cpu = new Vcpu(0, new Mmu(bus, Tlb.DEFAULT_SIZE));
    cpu.mmu().loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_WP | ControlRegisters.CR0_PG);
    controller.attach(bus);
    interrupts =
        new InterruptDispatcher(
            bus,
            new InterruptDispatcher.Acknowledge() {
              @Override
              public boolean pending() {
                return controller.pending();
              }

              @Override
              public int vector() {
                return controller.acknowledge();
              }
            });
    clock.setInterrupts(interrupts);
    vm = new VmSystem(memory, scheduler, clock, VmOptions.defaults());
    vm.addCpu(cpu.mmu());
    swap = new SwapPager(vm);
    vm.setSwap(swap);
    pager = new VnodePager(vm);
    files = new FileLayer(scheduler, clock::now);
  }

  /** Plugs a disk in and starts it. To be called by a kernel thread. */
  private VirtioDisk disk(int index, MemoryImage image) {
    VirtioBlock device =
        new VirtioBlock(
            new Drive(image, Latency.none(), DiskFaults.none()),
            "disk" + index,
            time,
            events,
            memory,
            controller.line(IRQS[index]),
            () -> {});
    int base = VirtioBlock.FIRST_WINDOW + index * VirtioBlock.WINDOW;
    device.attach(bus, base);
    VirtioDisk disk =
        new VirtioDisk(index, bus, base, this::ringPage, scheduler, clock, StorageMachine::trouble);
    interrupts.handle(IRQS[index], disk::interrupt);
    if (!disk.start()) {
      throw new KernelPanic("the disk does not start");
    }
    return disk;
  }

  private long ringPage() {
    int frame = vm.allocateWiredFrame();
    return frame < 0 ? -1 : (long) frame << Page.SHIFT;
  }

  private static void trouble(String line) {
    throw new KernelPanic(line);
  }

  private static MemoryImage image() {
    return new MemoryImage(DISK_BYTES / BlockDevice.SECTOR);
  }

  /** An empty file system on vda, mounted. To be called by a kernel thread. */
  Ext2Fs mountExt2() {
    MemoryImage image = image();
    try {
      FormatExt2.format(
          (at, bytes) -> image.write(at, bytes, 0, bytes.length), DISK_BYTES, 4096, "bench", 1, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Ext2Fs.Mounted mounted =
        Ext2Fs.mount(files, vm, pager, disk(0, image), false, StorageMachine::trouble);
    Ext2Fs fileSystem = mounted.fileSystem();
    if (fileSystem == null) {
      throw new KernelPanic(mounted.message());
    }
    return fileSystem;
  }

  /** Swap space on vdb. To be called by a kernel thread. */
  void addSwap() {
    MemoryImage image = image();
    image.write(0, SwapHeader.make(DISK_BYTES / Page.SIZE, 1), 0, Page.SIZE);
    SwapOutcome outcome = swap.disks().switchOn(disk(1, image), "/dev/vdb");
    if (outcome != SwapOutcome.OK) {
      throw new KernelPanic("no swap space: " + outcome);
    }
  }
}
