// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.cpu.Interpreter;
import dev.faultline.kernel.abi.LinuxPersonality;
import dev.faultline.kernel.fs.dev.HostStreams;
import dev.faultline.kernel.fs.dev.RandomPool;
import dev.faultline.kernel.fs.overlay.OverlayFs;
import dev.faultline.kernel.fs.overlay.OverlaySpace;
import dev.faultline.kernel.fs.overlay.SourceBytes;
import dev.faultline.kernel.fs.overlay.SourceDirectory;
import dev.faultline.kernel.proc.GuestThread;
import dev.faultline.kernel.proc.InitRequest;
import dev.faultline.kernel.proc.KernelServices;
import dev.faultline.kernel.proc.ProcessSystem;
import dev.faultline.kernel.sched.KernelPanic;
import dev.faultline.kernel.sched.KernelThread;
import dev.faultline.kernel.sched.Scheduler;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The guest program {@code transfer} on a machine of its own: 32-bit code that reads or writes a
 * file of 16 MiB on ext2, which stays in memory, in pieces of 64 KiB by system calls.
 */
final class TransferProgram {
  /** Bytes of the file, and of a piece. */
  static final int FILE = 16 << 20;

  static final int PIECE = 64 << 10;

  private static final int RAM = 64 << 20;
  private static final int EXECUTABLE = 0x1ED;

  private final StorageMachine machine = new StorageMachine(RAM);
  private final Commands commands = new Commands();
  private int status = -1;

  /** The program has started, and the file is written. */
  TransferProgram() throws IOException {
    SourceDirectory root = new SourceDirectory();
    try (InputStream image = TransferProgram.class.getResourceAsStream("transfer.elf")) {
      if (image == null) {
        throw new IOException("no guest program");
      }
      root.add("transfer", new SourceBytes(EXECUTABLE, 0, image.readAllBytes()));
    }
    OverlaySpace space = OverlaySpace.ofMachine(machine.vm);
    OverlayFs fs = new OverlayFs(machine.files, machine.vm, space, root, "overlay");
    ProcessSystem processes = processes();
    machine.scheduler.execute(
        "boot",
        () -> {
          machine.vm.start();
          if (machine.mountExt2().mountOn(fs.topDirectory("mnt", EXECUTABLE).value()) != 0) {
            throw new KernelPanic("cannot mount");
          }
          HostStreams streams = new HostStreams(machine.files);
          processes.startInit(
              new InitRequest(
                  "/transfer",
                  List.of("transfer"),
                  List.of(),
                  fs.root(),
                  fs.root(),
                  false,
                  p -> p.descriptors().install(streams.input(commands), false)),
              this::ended);
        });
    write();
  }

  private ProcessSystem processes() {
    Scheduler scheduler = machine.scheduler;
    ProcessSystem processes =
        new ProcessSystem(
            new KernelServices(
                scheduler,
                machine.clock,
                machine.clock,
                n -> n * BenchClock.NANOS_PER_INSTRUCTION,
                cpu -> machine.clock.now(),
                machine.vm,
                machine.swap.disks(),
                machine.files,
                machine.cpu,
                new Interpreter(machine.cpu.mmu()),
                new RandomPool(1),
                line -> {}),
            ProcessSystem.DEFAULT_LIMIT);
    processes.setPersonality(new LinuxPersonality(processes));
    processes.attach();
    scheduler.setSwitchListener(
        (KernelThread to) -> {
          processes.switchListener().switchTo(to);
          if (to.owner() instanceof GuestThread t) {
            machine.clock.switchTo(t.cpu());
            t.cpu().setBudget(machine.clock.budget());
          } else {
            machine.clock.switchTo(null);
          }
        });
    return processes;
  }

  private void ended(int withStatus) {
    status = withStatus;
    machine.scheduler.wakeup(commands);
  }

  /** Has all of the file read. */
  void read() {
    run('r');
  }

  /** Has all of the file written over. */
  void write() {
    run('w');
  }

  private void run(char command) {
    machine.scheduler.execute(
        "command",
        () -> {
          commands.next = command;
          machine.scheduler.wakeup(commands);
          while (commands.next != 0 || !commands.waiting) {
            if (status >= 0) {
              throw new KernelPanic("the program ended with status " + status);
            }
            machine.scheduler.sleep(commands, false, Scheduler.NO_DEADLINE);
          }
        });
  }

  /** The program's standard input: a byte when one is given. */
  private final class Commands extends InputStream {
    private char next;
    private boolean waiting;

    @Override
    public int read() {
      waiting = true;
      machine.scheduler.wakeup(this);
      while (next == 0) {
        machine.scheduler.sleep(this, false, Scheduler.NO_DEADLINE);
      }
      waiting = false;
      int command = next;
      next = 0;
      return command;
    }

    @Override
    public int read(byte[] to, int offset, int size) {
      to[offset] = (byte) read();
      return 1;
    }
  }
}
