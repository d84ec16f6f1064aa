// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.cpu.Engine;
import dev.faultline.cpu.Interpreter;
import dev.faultline.kernel.abi.LinuxPersonality;
import dev.faultline.kernel.fs.Caller;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.dev.DevFs;
import dev.faultline.kernel.fs.dev.HostStreams;
import dev.faultline.kernel.fs.dev.RandomPool;
import dev.faultline.kernel.fs.overlay.SourceNode;
import dev.faultline.kernel.fs.procfs.ProcFs;
import dev.faultline.kernel.io.InterruptDispatcher;
import dev.faultline.kernel.pager.SwapPager;
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
import java.util.function.Consumer;
import java.util.function.Function;
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
  private final GuestFiles guestFiles;
  private final @Nullable SourceNode lower;
  private final MachineDisks disks;

  private boolean ended;
  private int waitStatus;
  private @Nullable Ending early;
  private boolean withoutPower;
  private String refusal = "";
  private volatile Ending asked = new Ending(ExitStatus.TIMEOUT, "stopped");

  /**
   * A machine that has not started.
   *
   * @param lower what its root lies over; null if its root is on its first disk
   * @param log where messages of the kernel go, a line each
   */
  Machine(MachineConfig config, @Nullable SourceNode lower, Consumer<String> log) {
    this.config = config;
    this.lower = lower;
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

    guestFiles =
        new GuestFiles(
            files,
            vm,
            entropy,
            new ProcFs(
                files,
                new ProcessReports(processes),
                new MachineState(clock, scheduler, vm, swap.disks(), processes)),
            log);
    disks =
        new MachineDisks(
            hardware,
            clock,
            scheduler,
            vm,
            interrupts,
            guestFiles.devices(),
            log,
            this::powerFailed);
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

  private void powerFailed() {
    withoutPower = true;
    end(new Ending(ExitStatus.TIMEOUT, "the power was cut"));
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
    return guestFiles.devices();
  }

  MachineDisks disks() {
    return disks;
  }

  HostStreams hostStreams() {
    return guestFiles.hostStreams();
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
    if (early != null) {
      // What failed meanwhile failed because of that: without power no disk can be read.
      return early;
    }
    refuse();
    if (waitStatus < 0) {
      throw new UsageError(program.name() + " cannot be run: " + ExecFailure.describe(-waitStatus));
    }
    return new Ending(WaitStatus.exitCode(waitStatus), "");
  }

  /**
   * Boots with the root on the first disk and lets the kernel itself work on its files, nothing
   * else being mounted; then the root is unmounted and the machine has ended.
   *
   * @param work gives what went wrong, or an empty string
   * @throws UsageError if something did
   */
  void administer(Function<Caller, String> work) {
    scheduler.execute(
        "administrator",
        () -> {
          refusal = mountRoot();
          if (refusal.isEmpty()) {
            refusal = work.apply(new BootCaller(guestFiles.root()));
          }
          guestFiles.unmount();
        });
    refuse();
  }

  private void refuse() {
    if (!refusal.isEmpty()) {
      throw new UsageError(refusal);
    }
  }

  /** Starts memory and disks and mounts the root; why that failed, or an empty string. */
  private String mountRoot() {
    vm.start();
    disks.start();
    if (lower == null) {
      return guestFiles.mountDisk(disks.first());
    }
    guestFiles.mountTree(lower);
    return "";
  }

  private void bootAndWait(Program program) {
    refusal = mountRoot();
    if (refusal.isEmpty()) {
      refusal = disks.switchSwapOn(swap.disks());
    }
    if (refusal.isEmpty()) {
      refusal = guestFiles.mountOthers();
    }
    if (refusal.isEmpty()) {
      refusal = start(program);
    }
    while (refusal.isEmpty() && !ended) {
      scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
    }
    if (!withoutPower) {
      guestFiles.unmount();
    }
  }

  /** Starts the first process; why that failed, or an empty string. */
  private String start(Program program) {
    Vnode root = guestFiles.root();
    BootCaller caller = new BootCaller(root);
    Vnode directory = caller.directory(program.workingDirectory());
    if (directory == null) {
      return "--cwd " + program.workingDirectory() + " is no directory of the guest";
    }
    String path = caller.program(program.name(), program.searchPath());
    if (path == null) {
      return "no program " + program.name() + " along the guest's PATH, " + program.searchPath();
    }
    processes.startInit(
        new InitRequest(
            path,
            program.arguments(),
            program.environmentStrings(),
            root,
            directory,
            program.isInit(),
            program.openFiles()),
        status -> {
          waitStatus = status;
          ended = true;
          scheduler.wakeup(this);
        });
    return "";
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
