// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.EventQueue;
import dev.faultline.devices.ExternalInput;
import dev.faultline.devices.InterruptController;
import dev.faultline.devices.IntervalTimer;
import dev.faultline.devices.RealTimeClock;
import dev.faultline.devices.Uart16550;
import dev.faultline.devices.VirtualClock;
import dev.faultline.devices.disk.Drive;
import dev.faultline.devices.virtio.VirtioBlock;
import dev.faultline.kernel.io.InterruptDispatcher;
import dev.faultline.kernel.sched.Vcpu;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import dev.faultline.mmu.Tlb;
import java.util.List;

/** The machine without its software: RAM, bus, one CPU's MMU, and the devices of a small PC. */
final class Hardware {
  /** Interrupt lines, as a PC has them. */
  private static final int IRQ_TIMER = 0;

  private static final int IRQ_RTC = 8;

  /** Events that may wait at the door for each source. */
  private static final int DOOR_CAPACITY = 1024;

  /** A serial interface: its first port and its interrupt line. */
  record Serial(int port, int irq) {}

  /** The serial interfaces that there is room for, COM1 first. */
  static final List<Serial> SERIALS =
      List.of(new Serial(Uart16550.COM1, 4), new Serial(Uart16550.COM2, 3));

  /** Interrupt lines of the disks, vda first: those that a PC leaves free. */
  private static final int[] DISK_IRQS = {10, 11, 5, 9, 12, 14, 15, 6};

  /** The most disks that there is room for. */
  static final int MAX_DISKS = DISK_IRQS.length;

  final VirtualClock clock = new VirtualClock();
  final EventQueue events = new EventQueue();
  final ExternalInput door = new ExternalInput(clock, DOOR_CAPACITY);
  final PhysicalMemory memory;
  final PhysicalBus bus;
  final Vcpu cpu;
  private final InterruptController interrupts = new InterruptController();

  /**
   * Hardware that has just been switched on.
   *
   * @param ramSize in bytes
   * @param epoch what the real-time clock shows, in seconds since 1970
   */
  Hardware(int ramSize, long epoch) {
    memory = new PhysicalMemory(ramSize);
    bus = new PhysicalBus(memory);
    cpu = new Vcpu(0, new Mmu(bus, Tlb.DEFAULT_SIZE));
    // As a boot loader leaves it: protected mode, paging, supervisor writes obey W (PM5), global
    // pages.
    cpu.mmu().loadCr4(ControlRegisters.CR4_PSE | ControlRegisters.CR4_PGE);
    cpu.mmu().loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_WP | ControlRegisters.CR0_PG);
    interrupts.attach(bus);
    new IntervalTimer(clock, events, interrupts.line(IRQ_TIMER)).attach(bus);
    new RealTimeClock(clock, events, interrupts.line(IRQ_RTC), epoch).attach(bus);
  }

  /** Plugs a serial interface in. */
  Uart16550 addSerial(Serial serial) {
    Uart16550 uart =
        new Uart16550(clock, events, interrupts.line(serial.irq()), Uart16550.Timing.INSTANT);
    uart.attach(bus, serial.port());
    return uart;
  }

  /**
   * A disk that was plugged in.
   *
   * @param base physical address of its registers
   * @param irq its interrupt line
   */
  record Disk(VirtioBlock device, int base, int irq) {}

  /**
   * Plugs a disk in.
   *
   * @param index 0 to {@link #MAX_DISKS} - 1, each once
   * @param power told when its faults cut the machine's power
   */
  Disk addDisk(int index, Drive drive, VirtioBlock.PowerSupply power) {
    int irq = DISK_IRQS[index];
    int base = VirtioBlock.FIRST_WINDOW + index * VirtioBlock.WINDOW;
    VirtioBlock device =
        new VirtioBlock(drive, "disk" + index, clock, events, memory, interrupts.line(irq), power);
    device.attach(bus, base);
    return new Disk(device, base, irq);
  }

  /** The processor's interrupt pins. */
  InterruptDispatcher.Acknowledge acknowledge() {
    return new InterruptDispatcher.Acknowledge() {
      @Override
      public boolean pending() {
        return interrupts.pending();
      }

      @Override
      public int vector() {
        return interrupts.acknowledge();
      }
    };
  }
}
