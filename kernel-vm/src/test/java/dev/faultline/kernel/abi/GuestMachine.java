// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.faultline.cpu.Interpreter;
import dev.faultline.kernel.fs.FileLayer;
import dev.faultline.kernel.fs.FileSystem;
import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.fs.Vnode;
import dev.faultline.kernel.fs.dev.DevFs;
import dev.faultline.kernel.fs.dev.HostStreams;
import dev.faultline.kernel.fs.dev.RandomPool;
import dev.faultline.kernel.fs.overlay.OverlayFs;
import dev.faultline.kernel.fs.overlay.OverlaySpace;
import dev.faultline.kernel.fs.overlay.SourceBytes;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.pager.SwapPager;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.InitRequest;
import dev.faultline.kernel.proc.KernelServices;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.sched.InstructionClock;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import dev.faultline.kernel.sched.TimeBase;
import dev.faultline.kernel.sched.Vcpu;
import dev.faultline.kernel.vm.VmOptions;
import dev.faultline.kernel.vm.VmSystem;
import dev.faultline.mmu.ControlRegisters;
import dev.faultline.mmu.Mmu;
import dev.faultline.mmu.PhysicalBus;
import dev.faultline.mmu.PhysicalMemory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A machine without devices for tests of system calls: real processor, memory, files and processes,
 * and a clock that is nothing but retired instructions.
 */
final class GuestMachine implements AutoCloseable {
  /** The status of a run that did not end by itself. */
  static final int TIMED_OUT = -1000;

  private static final long NANOS_PER_INSTRUCTION = 4;
  private static final long SLICE = 100_000;
  private static final int RAM = 16 << 20;
  private static final int TLB_SIZE = 256;

  private final SourceDirectory root = new SourceDirectory();
  private final SourceDirectory bin = new SourceDirectory();
  private final Clock clock = new Clock();
  private final Scheduler scheduler = new Scheduler(clock, 512);
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final List<String> log = new ArrayList<>();
  private byte[] input = new byte[0];
  private long instructionLimit = 20_000_000;
  private long virtualLimit = Long.MAX_VALUE;
  private boolean isProtected;
  private Consumer<VmSystem> afterCall = vm -> {};
  private @Nullable SystemCallTrace trace;
  private @Nullable ProcessSystem processes;
  private int status;
  private boolean ended;

  GuestMachine() {
    root.add("bin", bin).add("test", bin);
  }

  // ---- set-up ----------------------------------------------------------------------------------

  /** Puts an executable into /bin. */
  GuestMachine with(String name, byte[] file) {
    bin.add(name, new SourceBytes(0x1ED, 0, file));
    return this;
  }

  /** Puts a file into /bin with other rights. */
  GuestMachine with(String name, int mode, byte[] file) {
    bin.add(name, new SourceBytes(mode, 0, file));
    return this;
  }

  /** What standard input reads. */
  GuestMachine input(String text) {
    input = text.getBytes(ISO_8859_1);
    return this;
  }

  /** After how many instructions a run is given up. */
  GuestMachine limit(long instructions) {
    instructionLimit = instructions;
    return this;
  }

  /** At which virtual time a run is given up, in nanoseconds, though nothing may be running. */
  GuestMachine virtualLimit(long nanoseconds) {
    virtualLimit = nanoseconds;
    return this;
  }

  /** What is done after every system call that returns. */
  GuestMachine afterCall(Consumer<VmSystem> action) {
    afterCall = action;
    return this;
  }

  /** Process 1 ignores what it does not catch. */
  GuestMachine protectedInit() {
    isProtected = true;
    return this;
  }

  /** Has every system call told. */
  GuestMachine trace(SystemCallTrace to) {
    trace = to;
    return this;
  }

  // ---- running ---------------------------------------------------------------------------------

  /** Runs a program of /bin as process 1; returns its wait status, or a negated error number. */
  int run(String name, String... arguments) {
    List<String> argv = new ArrayList<>();
    argv.add(name);
    argv.addAll(List.of(arguments));
    return run("/bin/" + name, argv, List.of("A=1"));
  }

  int run(String path, List<String> argv, List<String> environment) {
    PhysicalMemory memory = new PhysicalMemory(RAM);
    Vcpu cpu = new Vcpu(0, new Mmu(new PhysicalBus(memory), TLB_SIZE));
    cpu.mmu().loadCr0(ControlRegisters.CR0_PE | ControlRegisters.CR0_WP | ControlRegisters.CR0_PG);
    VmSystem vm = new VmSystem(memory, scheduler, clock, VmOptions.defaults());
    vm.addCpu(cpu.mmu());
    SwapPager swap = new SwapPager(vm);
    vm.setSwap(swap);
    FileLayer files = new FileLayer(scheduler, clock::now);
    RandomPool entropy = new RandomPool(1);
    ProcessSystem system =
        new ProcessSystem(
            new KernelServices(
                scheduler,
                clock,
                clock,
                n -> n * NANOS_PER_INSTRUCTION,
                c -> clock.now,
                vm,
                swap.disks(),
                files,
                cpu,
                new Interpreter(cpu.mmu()),
                entropy,
                log::add),
            64);
    processes = system;
    LinuxPersonality personality = new LinuxPersonality(system);
    personality.setTrace(trace);
    personality.setAfterCall(() -> afterCall.accept(vm));
    system.setPersonality(personality);
    system.attach();
    scheduler.setSwitchListener(
        (KernelThread to) -> {
          system.switchListener().switchTo(to);
          clock.switchTo(to.owner() instanceof GuestThread t ? t : null);
        });
    OverlaySpace space = OverlaySpace.ofMachine(vm);
    OverlayFs fs = new OverlayFs(files, vm, space, root, "overlay");
    mount(fs, "dev", new DevFs(files, vm, space, entropy).fileSystem());
    scheduler.execute(
        "boot",
        () -> {
          vm.start();
          Vnode top = fs.root();
          system.startInit(
              new InitRequest(
                  path, argv, environment, top, top, isProtected, p -> openFiles(files, p)),
              s -> end(s));
          while (!ended) {
            scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
          }
        });
    return status;
  }

  private void end(int withStatus) {
    if (!ended) {
      ended = true;
      status = withStatus;
      scheduler.wakeup(this);
    }
  }

  private static void mount(OverlayFs fs, String name, FileSystem mounted) {
    int error = mounted.mountOn(fs.topDirectory(name, 0x1ED).value());
    if (error != 0) {
      throw new IllegalStateException("cannot mount /" + name + ": " + error);
    }
  }

  private void openFiles(FileLayer files, Process process) {
    HostStreams streams = new HostStreams(files);
    OpenFile in = streams.input(new ByteArrayInputStream(input));
    process.descriptors().install(in, false);
    process.descriptors().install(streams.output(output), false);
    process.descriptors().install(streams.output(output), false);
  }

  @Override
  public void close() {
    scheduler.stop();
  }

  // ---- observing -------------------------------------------------------------------------------

  /** What the guest wrote to standard output and error. */
  String output() {
    return output.toString(ISO_8859_1);
  }

  byte[] outputBytes() {
    return output.toByteArray();
  }

  /** The kernel's messages. */
  List<String> log() {
    return log;
  }

  /** The processes of the last run. */
  ProcessSystem processes() {
    ProcessSystem system = processes;
    if (system == null) {
      throw new IllegalStateException("nothing has run");
    }
    return system;
  }

  /** Time is what guest threads have retired; when all sleep it jumps to the next deadline. */
  private final class Clock implements TimeBase, InstructionClock {
    private long now;
    private long total;
    private long counted;
    private @Nullable GuestThread running;

    private void account() {
      GuestThread t = running;
      if (t != null) {
        long retired = t.cpu().retired();
        now += (retired - counted) * NANOS_PER_INSTRUCTION;
        total += retired - counted;
        counted = retired;
      }
    }

    void switchTo(@Nullable GuestThread t) {
      account();
      running = t;
      counted = t == null ? 0 : t.cpu().retired();
    }

    @Override
    public long now() {
      account();
      return now;
    }

    @Override
    public boolean idle(long deadline) {
      if (deadline == Scheduler.NO_DEADLINE || deadline > virtualLimit) {
        end(TIMED_OUT);
        return true;
      }
      now = Math.max(now, deadline);
      return true;
    }

    @Override
    public long budget() {
      return SLICE;
    }

    @Override
    public boolean atBoundary() {
      account();
      scheduler.expireDeadlines();
      if (total > instructionLimit || now > virtualLimit) {
        end(TIMED_OUT);
      }
      return true;
    }

    @Override
    public void charge(long nanoseconds) {
      now += nanoseconds;
    }
  }
}
