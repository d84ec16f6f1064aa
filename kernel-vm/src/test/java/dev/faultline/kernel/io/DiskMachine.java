// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.io;

import dev.faultline.devices.EventQueue;
import dev.faultline.devices.InterruptController;
import dev.faultline.devices.VirtualClock;
import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.disk.Latency;
import dev.faultline.devices.virtio.VirtioBlock;
import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.mmu.Page;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import java.util.ArrayList;
import java.util.List;

/** Bus, interrupt controller, scheduler and one virtio disk with its driver; no virtual memory. */
final class DiskMachine implements TimeBase {
  static final int SECTOR = BlockDevice.SECTOR;

  private static final int IRQ = 10;
  private static final int FIRST_RING_PAGE = 0x10_0000;

  final VirtualClock clock = new VirtualClock();
  final EventQueue events = new EventQueue();
  final PhysicalMemory memory = new PhysicalMemory(PhysicalMemory.MIN_SIZE);
  final PhysicalBus bus = new PhysicalBus(memory);
  final Scheduler scheduler = new Scheduler(this, 16);
  final List<String> log = new ArrayList<>();
  final VirtioBlock device;
  final VirtioDisk disk;
  private final InterruptController interrupts = new InterruptController();
  private final InterruptDispatcher dispatcher;
  private int nextRingPage = FIRST_RING_PAGE;
  boolean powerIsCut;

  DiskMachine(DiskImage image) {
    this(image, Latency.none(), DiskFaults.none());
  }

  DiskMachine(DiskImage image, Latency latency, DiskFaults faults) {
    interrupts.attach(bus);
    device =
        new VirtioBlock(
            new Drive(image, latency, faults),
            "disk",
            clock,
            events,
            memory,
            interrupts.line(IRQ),
            this::cutPower);
    device.attach(bus, VirtioBlock.FIRST_WINDOW);
    dispatcher =
        new InterruptDispatcher(
            bus,
            new InterruptDispatcher.Acknowledge() {
              @Override
              public boolean pending() {
                return interrupts.pending();
              }

              @Override
              public int vector() {
                return interrupts.acknowledge();
              }
            });
    disk =
        new VirtioDisk(0, bus, VirtioBlock.FIRST_WINDOW, this::ringPage, scheduler, this, log::add);
    dispatcher.handle(IRQ, disk::interrupt);
  }

  private long ringPage() {
    int page = nextRingPage;
    nextRingPage += Page.SIZE;
    return page;
  }

  /** Physical address of the driver's ring. */
  int firstRingPage() {
    return FIRST_RING_PAGE;
  }

  private void cutPower() {
    powerIsCut = true;
    device.powerCut();
  }

  /** Runs a body as a kernel thread, with the disk started. */
  void run(Runnable body) {
    scheduler.execute(
        "test",
        () -> {
          if (disk.sectors() == 0 && !disk.start()) {
            throw new AssertionError("the disk does not start: " + log);
          }
          body.run();
        });
  }

  @Override
  public long now() {
    return clock.now();
  }

  @Override
  public boolean idle(long deadline) {
    long next = Math.min(deadline, events.nextTime());
    if (next == Scheduler.NO_DEADLINE) {
      return false;
    }
    clock.advanceTo(next);
    events.runDue(clock.now());
    dispatcher.dispatch();
    return true;
  }

  // ---- requests --------------------------------------------------------------------------------

  /** RAM that belongs to a sector of the tests. */
  static int buffer(long sector) {
    return 0x2_0000 + (int) sector * SECTOR;
  }

  BlockRequest request(Operation operation, long sector, int sectors) {
    BlockRequest r = new BlockRequest(1).start(operation, sector);
    return operation == Operation.FLUSH ? r : r.add(buffer(sector), sectors * SECTOR);
  }

  BlockRequest submit(Operation operation, long sector, int sectors) {
    BlockRequest r = request(operation, sector, sectors);
    disk.submit(r);
    return r;
  }

  BlockRequest.Status transfer(Operation operation, long sector, int sectors) {
    return request(operation, sector, sectors).transfer(disk, scheduler);
  }

  BlockRequest.Status read(long sector, int sectors) {
    return transfer(Operation.READ, sector, sectors);
  }

  BlockRequest.Status write(long sector, int sectors, int value) {
    memory.fill(buffer(sector), sectors * SECTOR, value);
    return transfer(Operation.WRITE, sector, sectors);
  }

  BlockRequest.Status flush() {
    return transfer(Operation.FLUSH, 0, 0);
  }
}
