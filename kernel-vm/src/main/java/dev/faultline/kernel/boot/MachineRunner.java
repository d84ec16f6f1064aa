// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.overlay.SourceNode;
import dev.faultline.kernel.sched.KernelPanic;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What {@code run} and {@code boot} do alike: assemble, limit, run, report. */
final class MachineRunner {
  private MachineRunner() {}

  /** A machine; says so in one line if this process cannot have that much memory. */
  static Machine assemble(MachineConfig config, SourceNode lower) {
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
      machine.closeDisks();
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
