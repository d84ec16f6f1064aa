// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.cpu.decode.I686;
import dev.faultline.kernel.fs.overlay.SourceNode;
import dev.faultline.kernel.sched.KernelPanic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What {@code run} and {@code boot} do alike: assemble, limit, run, report. */
final class MachineRunner {
  private MachineRunner() {}

  /**
   * A machine with the root that the options name.
   *
   * @param otherwise makes one with another root if they name none
   */
  static Machine assemble(
      MachineConfig config, MachineOptions options, Supplier<Machine> otherwise) {
    Path root = options.root();
    if (root != null && Files.isRegularFile(root)) {
      Machine machine = assemble(config, null);
      Disks.attachRoot(machine, root, options);
      return machine;
    }
    if (options.overlay() != null) {
      throw new UsageError("--overlay is for a root that is an image: give one with --root");
    }
    return root == null ? otherwise.get() : assemble(config, RootTree.directory(root));
  }

  /**
   * A machine; says so in one line if this process cannot have that much memory.
   *
   * @param lower what its root lies over; null if its root is on its first disk
   */
  static Machine assemble(MachineConfig config, @Nullable SourceNode lower) {
    // Reading the instruction table takes about as long as clearing the RAM.
    Thread.ofPlatform().daemon().name("instruction table").start(I686::table);
    try {
      return new Machine(config, lower, line -> System.err.println("faultline: " + line));
    } catch (OutOfMemoryError e) {
      throw new UsageError(
          "--ram "
              + (config.ramSize() >> 20)
              + "m does not fit into this JVM; give it more, for instance JAVA_TOOL_OPTIONS=-Xmx3g,"
              + " or less RAM");
    }
  }

  /** Runs the program to its end and gives the exit status. */
  static int run(Machine machine, Program program, MachineOptions options, @Nullable Stats stats) {
    Double seconds = options.timeout();
    if (seconds != null) {
      Watchdog.start(
          seconds,
          () ->
              machine.askToStop(
                  new Machine.Ending(ExitStatus.TIMEOUT, "timed out after " + seconds + " s")));
    }
    Path picture = options.frameBuffer();
    Screen screen = picture == null ? null : Screen.attach(machine, picture);
    if (!options.disks().isEmpty() || !options.swap().isEmpty()) {
      Disks.attach(machine, options);
    }
    Machine.Ending ending;
    try {
      ending = machine.run(program);
    } catch (KernelPanic e) {
      PanicDump.print(machine, e, System.err);
      return ExitStatus.PANIC;
    } finally {
      machine.disks().close();
    }
    if (!ending.reason().isEmpty()) {
      System.err.println("faultline: " + ending.reason());
    }
    if (stats != null) {
      stats.write(machine);
    }
    if (screen != null) {
      screen.save();
    }
    return ending.status();
  }
}
