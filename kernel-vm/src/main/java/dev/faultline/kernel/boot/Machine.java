// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.cpu.Engine;
import dev.faultline.cpu.Interpreter;
import dev.faultline.devices.disk.Drive;
import dev.faultline.kernel.abi.LinuxPersonality;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.Result;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.dev.DevFs;
import dev.faultline.kernel.fs.dev.HostStreams;
import dev.faultline.kernel.fs.dev.RandomPool;
import dev.faultline.kernel.fs.overlay.OverlayFs;
import dev.faultline.kernel.fs.overlay.OverlaySpace;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.fs.overlay.SourceNode;
import dev.faultline.kernel.fs.procfs.ProcFs;
import dev.faultline.kernel.io.BlockRequest.Operation;
import dev.faultline.kernel.io.DiskStatistics;
import dev.faultline.kernel.io.InterruptDispatcher;
import dev.faultline.kernel.io.RawDisk;
import dev.faultline.kernel.io.VirtioDisk;
import dev.faultline.kernel.pager.SwapOutcome;
import dev.faultline.kernel.pager.SwapPager;
import dev.faultline.kernel.pager.VnodePager;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.InitRequest;
import dev.faultline.kernel.proc.KernelServices;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.proc.WaitStatus;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.SwitchListener;
import dev.faultline.kernel.vm.VmOptions;
import dev.faultline.kernel.vm.VmSystem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The whole machine: hardware, kernel, file systems, wired together. One program runs on it as
 * process 1; when that ends the machine has ended.
 *
 * <p>Everything but {@link #askToStop} is for one host thread.
 */
final class Machine implements AutoCloseable {
  private static final int MAX_THREADS = 4096;
  private static final long NANOS = 1_000_000_000L;
  private static final int STICKY_WORLD_WRITABLE = 0x3FF;
  private static final int READABLE = 0x1ED;

  private final MachineConfig config;
  private final Hardware hardware;
  private final MachineClock clock;
  private final Scheduler scheduler;
  private final VmSystem vm;
  private final SwapPager swap;
  private final FileLayer files;
  private final ProcessSystem processes;
  private final LinuxPersonality personality;
  private final InterruptDispatcher interrupts;
  private final OverlayFs root;
  private final DevFs devices;
  private final HostStreams hostStreams;
  private final Consumer<String> log;
  private final List<AttachedDisk> disks = new ArrayList<>();
  private final List<VirtioDisk> swapDisks = new ArrayList<>();

  private boolean ended;
  private int waitStatus;
  private @Nullable Ending early;
  private @Nullable String refusal;
  private volatile Ending asked = new Ending(ExitStatus.TIMEOUT, "stopped");

  /**
   * A machine that has not started.
   *
   * @param lower what its root lies over
   * @param log where messages of the kernel go, a line each
   */
  Machine(MachineConfig config, SourceNode lower, Consumer<String> log) {
    this.config = config;
    this.log = log;
    hardware = new Hardware(config.ramSize(), config.epoch());
    clock = new MachineClock(hardware.clock, hardware.events, hardware.door, config.followsHost());
    scheduler = new Scheduler(clock, MAX_THREADS);
    clock.setScheduler(scheduler);
    interrupts = new InterruptDispatcher(hardware.bus, hardware.acknowledge());
    clock.setInterrupts(interrupts::dispatch);
    clock.setWhenInterrupted(() -> end(asked));
    clock.setWhenStuck(
        () ->
            end(
                new Ending(
                    ExitStatus.TIMEOUT, "every thread sleeps, and nothing can wake one any more")));

    vm = new VmSystem(hardware.memory, scheduler, clock, VmOptions.defaults().withLog(log::accept));
    vm.addCpu(hardware.cpu.mmu());
    swap = new SwapPager(vm);
    vm.setSwap(swap);
    clock.setIdleWork(vm::zeroIdleFrame);
    hardware.cpu.mmu().setCountHits(config.countTlbHits());
    files = new FileLayer(scheduler, () -> config.epoch() * NANOS + clock.now());
    Engine engine = new Interpreter(hardware.cpu.mmu());
    RandomPool entropy = new RandomPool(config.seed());
    processes =
        new ProcessSystem(
            new KernelServices(
                scheduler,
                clock,
                clock,
                n -> n * MachineClock.NANOS_PER_INSTRUCTION,
                cpu -> clock.now(),
                vm,
                swap.disks(),
                files,
                hardware.cpu,
                engine,
                entropy,
                log::accept),
            ProcessSystem.DEFAULT_LIMIT);
    personality = new LinuxPersonality(processes);
    if (config.paranoid()) {
      personality.setAfterCall(vm::checkInvariants);
    }
    processes.setPersonality(personality);
    processes.attach();
    scheduler.setSwitchListener(switchListener(processes.switchListener()));

    VnodePager pager = new VnodePager(vm);
    OverlaySpace space = OverlaySpace.ofMachine(hardware.memory.frames());
    root = new OverlayFs(files, vm, pager, space, lower, "overlay");
    devices = new DevFs(files, vm, pager, space, entropy);
    hostStreams = new HostStreams(files);
    mount("dev", READABLE, devices.fileSystem());
    mount(
        "proc",
        READABLE,
        new ProcFs(
            files,
            new ProcessReports(processes),
            new MachineState(clock, scheduler, vm, swap.disks(), processes)));
    mount(
        "tmp",
        STICKY_WORLD_WRITABLE,
        new OverlayFs(
            files, vm, pager, space, new SourceDirectory(STICKY_WORLD_WRITABLE, 0), "tmpfs"));
  }

  private void mount(String name, int mode, FileSystem fileSystem) {
    Result<Vnode> place = root.topDirectory(name, mode);
    int error = place.isOk() ? fileSystem.mountOn(place.value()) : place.error();
    if (error != 0) {
      throw new UsageError("cannot mount /" + name + " in this root: error " + -error);
    }
  }

  /**
   * The address space first, then the clock; a thread that goes on in a fault gets a new budget.
   */
  private SwitchListener switchListener(SwitchListener spaces) {
    return (KernelThread to) -> {
      spaces.switchTo(to);
      if (to.owner() instanceof GuestThread t) {
        clock.switchTo(t.cpu());
        t.cpu().setBudget(clock.budget());
      } else {
        clock.switchTo(null);
      }
    };
  }

  // ---- disks -----------------------------------------------------------------------------------

  private record AttachedDisk(Hardware.Disk hardware, Drive drive, VirtioDisk driver) {}

  /**
   * Plugs a disk in, before the machine runs: vda, then vdb. It has a size once {@link #run} has
   * started.
   *
   * @throws UsageError if there are too many
   */
  VirtioDisk addDisk(Drive drive) {
    int index = disks.size();
    if (index == Hardware.MAX_DISKS) {
      throw new UsageError("the machine has room for " + Hardware.MAX_DISKS + " disks");
    }
    Hardware.Disk disk = hardware.addDisk(index, drive, this::cutPower);
    VirtioDisk driver =
        new VirtioDisk(index, hardware.bus, disk.base(), this::ringPage, scheduler, clock, log);
    interrupts.handle(disk.irq(), driver::interrupt);
    disks.add(new AttachedDisk(disk, drive, driver));
    devices.addDisk(new RawDisk(driver, hardware.memory, this::ringPage, scheduler));
    return driver;
  }

  /** Plugs a disk in that becomes swap space when the machine starts; it has a swap header. */
  void addSwapDisk(Drive drive) {
    swapDisks.add(addDisk(drive));
  }

  /** What could not be done about a swap disk, or null. */
  private @Nullable String switchSwapOn() {
    for (VirtioDisk disk : swapDisks) {
      String name = "/dev/" + disk.name();
      SwapOutcome outcome = swap.disks().switchOn(disk, name);
      if (outcome != SwapOutcome.OK) {
        return "--swap: " + name + " cannot be used: " + outcome.name().toLowerCase(Locale.ROOT);
      }
    }
    return null;
  }

  private long ringPage() {
    int address = vm.kernelMemory().allocate(1);
    return address == 0 ? -1 : vm.kernelMemory().physicalAddress(address);
  }

  private void cutPower() {
    for (AttachedDisk disk : disks) {
      disk.hardware.device().powerCut();
    }
    end(new Ending(ExitStatus.TIMEOUT, "the power was cut"));
  }

  /** Tells what each disk has done, by the name of the disk and the counter. */
  void diskCounters(ObjLongConsumer<String> to) {
    for (AttachedDisk disk : disks) {
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
  void closeDisks() {
    for (AttachedDisk disk : disks) {
      try {
        disk.drive.close();
      } catch (IOException e) {
        throw new UsageError(disk.driver.name() + " cannot be written back: " + e.getMessage());
      }
    }
  }

  // ---- parts that commands wire further --------------------------------------------------------

  Hardware hardware() {
    return hardware;
  }

  MachineClock clock() {
    return clock;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  VmSystem vm() {
    return vm;
  }

  ProcessSystem processes() {
    return processes;
  }

  LinuxPersonality personality() {
    return personality;
  }

  InterruptDispatcher interrupts() {
    return interrupts;
  }

  DevFs devices() {
    return devices;
  }

  HostStreams hostStreams() {
    return hostStreams;
  }

  MachineConfig config() {
    return config;
  }

  // ---- running ---------------------------------------------------------------------------------

  /** How a machine ended: a status for the shell, and why, if it was not the guest's own end. */
  record Ending(int status, String reason) {}

  /**
   * Runs a program as process 1 until that ends, or the machine does.
   *
   * @throws UsageError if the program cannot be executed
   * @throws KernelPanic if the kernel is broken
   */
  Ending run(Program program) {
    if (config.virtualLimit() != Long.MAX_VALUE) {
      hardware.events.schedule(
          config.virtualLimit(), due -> end(new Ending(ExitStatus.TIMEOUT, "virtual time is up")));
    }
    scheduler.execute("boot", () -> bootAndWait(program));
    if (refusal != null) {
      throw new UsageError(refusal);
    }
    if (early != null) {
      return early;
    }
    if (waitStatus < 0) {
      throw new UsageError(program.name() + " cannot be run: " + ExecFailure.describe(-waitStatus));
    }
    return new Ending(WaitStatus.exitCode(waitStatus), "");
  }

  private void bootAndWait(Program program) {
    vm.start();
    for (AttachedDisk disk : disks) {
      disk.driver.start();
    }
    refusal = switchSwapOn();
    if (refusal != null) {
      return;
    }
    BootCaller caller = new BootCaller(root.root());
    Vnode directory = caller.directory(program.workingDirectory());
    if (directory == null) {
      refusal = "--cwd " + program.workingDirectory() + " is no directory of the guest";
      return;
    }
    String path = caller.program(program.name(), program.searchPath());
    if (path == null) {
      refusal = "no program " + program.name() + " along the guest's PATH, " + program.searchPath();
      return;
    }
    processes.startInit(
        new InitRequest(
            path,
            program.arguments(),
            program.environmentStrings(),
            root.root(),
            directory,
            program.isInit(),
            program.openFiles()),
        status -> {
          waitStatus = status;
          ended = true;
          scheduler.wakeup(this);
        });
    while (!ended) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
  }

  private boolean end(Ending ending) {
    if (ended) {
      return false;
    }
    early = ending;
    ended = true;
    scheduler.wakeup(this);
    return true;
  }

  /** Ends the machine soon, as told; callable from any host thread. */
  void askToStop(Ending ending) {
    asked = ending;
    clock.interrupt();
  }

  /** Unwinds every thread that still sleeps. */
  @Override
  public void close() {
    scheduler.stop();
  }
}
