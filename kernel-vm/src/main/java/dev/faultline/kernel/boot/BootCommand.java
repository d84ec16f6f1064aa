// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.devices.ConsoleEnd;
import dev.faultline.devices.console.FileConsole;
import dev.faultline.devices.console.TerminalConsole;
import dev.faultline.devices.telnet.TelnetServer;
import dev.faultline.devices.telnet.TelnetSettings;
import dev.faultline.kernel.fs.OpenFlags;
import dev.faultline.kernel.fs.Vfs;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.sched.KernelPanic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boot}: the machine with init and a shell on its serial consoles. */
@Command(
    name = "boot",
    description = "Boots the machine with a shell on its console; without --root our own programs.",
    mixinStandardHelpOptions = true)
public final class BootCommand implements CliCommand {
  private static final int STANDARD_FILES = 3;

  @Mixin private MachineOptions options = new MachineOptions();

  @Option(
      names = "--console",
      paramLabel = "CONSOLE",
      converter = ConsoleSpec.Converter.class,
      description =
          "stdio, telnet:[HOST:]PORT (0: a free port; HOST defaults to loopback) or file:PATH;"
              + " repeatable, the first is the console (default: stdio if that is a terminal).")
  private List<ConsoleSpec> consoles = new ArrayList<>();

  @Option(
      names = "--watchers",
      paramLabel = "N",
      description = "Telnet clients beside the first that may look on (default: ${DEFAULT-VALUE}).")
  private int watchers;

  /** The command as picocli makes it. */
  public BootCommand() {}

  @Override
  public Integer call() {
    MachineConfig config = MachineConfig.of(options, MachineOptions.ClockKind.REAL);
    Stats stats = options.stats == null ? null : new Stats(options.stats);
    checkConsoles();
    Machine machine =
        MachineRunner.assemble(
            config, options.root == null ? RootTree.embedded() : RootTree.directory(options.root));
    List<SerialConsole> started = new ArrayList<>();
    try {
      attach(machine, started);
      Program init =
          new Program(
              "init",
              List.of("init"),
              environment(),
              HostBytes.toGuest(options.workingDirectory),
              true,
              BootCommand::openConsole);
      return MachineRunner.run(machine, init, options, stats);
    } finally {
      started.forEach(SerialConsole::close);
    }
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("TERM", "vt100");
    environment.putAll(RunCommand.environment(options.environment));
    return environment;
  }

  private void checkConsoles() {
    if (consoles.isEmpty()) {
      if (!TerminalConsole.isPossible()) {
        throw new UsageError(
            "standard input is no terminal; name a console: --console stdio, telnet:PORT or"
                + " file:PATH");
      }
      consoles.add(new ConsoleSpec.Stdio());
    }
    int most = Hardware.SERIALS.size();
    if (consoles.size() > most) {
      throw new UsageError(
          "--console is given " + consoles.size() + " times; the machine has " + most);
    }
    if (consoles.stream().filter(c -> c instanceof ConsoleSpec.Stdio).count() > 1) {
      throw new UsageError("--console stdio can be given once");
    }
    if (watchers < 0) {
      throw new UsageError("--watchers " + watchers + " must not be negative");
    }
  }

  private void attach(Machine machine, List<SerialConsole> started) {
    for (int i = 0; i < consoles.size(); i++) {
      ConsoleSpec spec = consoles.get(i);
      ConsoleEnd end = end(machine, spec);
      SerialConsole console = new SerialConsole(machine, i, end);
      try {
        console.start();
      } catch (IOException e) {
        throw new UsageError("--console " + describe(spec) + ": " + e.getMessage());
      }
      started.add(console);
      if (i == 0) {
        machine.devices().setConsole(console.tty());
      }
      if (!(spec instanceof ConsoleSpec.File)) {
        machine.clock().setAwaitsInput(true);
      }
      if (end instanceof TelnetServer server && spec instanceof ConsoleSpec.Telnet telnet) {
        System.err.println(
            "faultline: ttyS" + i + " waits at: telnet " + telnet.host() + " " + server.port());
      }
    }
  }

  private ConsoleEnd end(Machine machine, ConsoleSpec spec) {
    return switch (spec) {
      case ConsoleSpec.Stdio s ->
          TerminalConsole.ofProcess(
              () -> machine.askToStop(new Machine.Ending(ExitStatus.OK, "left with Ctrl-A x")));
      case ConsoleSpec.Telnet t ->
          new TelnetServer(
              TelnetSettings.onPort(t.port()).withHost(t.host()).withWatchers(watchers));
      case ConsoleSpec.File f -> new FileConsole(f.path(), false);
    };
  }

  private static String describe(ConsoleSpec spec) {
    return switch (spec) {
      case ConsoleSpec.Stdio s -> "stdio";
      case ConsoleSpec.Telnet t -> "telnet:" + t.host() + ":" + t.port();
      case ConsoleSpec.File f -> "file:" + f.path();
    };
  }

  /** Opens /dev/console as the three standard files of init. */
  private static void openConsole(Process process) {
    int fd =
        Vfs.openDescriptor(process, null, "/dev/console", OpenFlags.RDWR | OpenFlags.NOCTTY, 0);
    for (int i = fd; i >= 0 && i < STANDARD_FILES - 1; i++) {
      fd = process.descriptors().duplicate(0, 0, false);
    }
    if (fd < 0) {
      throw new KernelPanic("init cannot open /dev/console: error " + -fd);
    }
  }
}
