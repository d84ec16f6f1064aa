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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code boot}: the machine with init and a shell on its serial consoles. */
public final class BootCommand implements CliCommand {
  private static final int STANDARD_FILES = 3;

  private final MachineOptions options = new MachineOptions();
  private final OptionSpec consoleOption =
      OptionSpec.builder("--console")
          .paramLabel("CONSOLE")
          .type(List.class)
          .auxiliaryTypes(ConsoleSpec.class)
          .arity("1")
          .converters(new ConsoleSpec.Converter())
          .description(
              "stdio, telnet:[HOST:]PORT (0: a free port; HOST defaults to loopback) or file:PATH;"
                  + " repeatable, the first is the console (default: stdio if that is a terminal).")
          .build();
  private final OptionSpec watchersOption =
      OptionSpec.builder("--watchers")
          .paramLabel("N")
          .type(Integer.class)
          .description("Telnet clients beside the first that may look on (default: 0).")
          .build();

  /** The command. */
  public BootCommand() {}

  @Override
  public String name() {
    return "boot";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage()
        .description(
            "Boots the machine with a shell on its console; without --root from an image with our"
                + " own programs, each time as it was built.");
    options.addTo(spec);
    return spec.addOption(consoleOption).addOption(watchersOption);
  }

  @Override
  public int run() {
    MachineConfig config = MachineConfig.of(options, MachineOptions.ClockKind.REAL);
    Path statsFile = options.stats();
    Stats stats = statsFile == null ? null : new Stats(statsFile);
    List<ConsoleSpec> consoles = consoles();
    int watchers = watchers();
    Machine machine = MachineRunner.assemble(config, options, () -> withDefaultRoot(config));
    List<SerialConsole> started = new ArrayList<>();
    try {
      attach(machine, consoles, watchers, started);
      Program init =
          new Program(
              "init",
              List.of("init"),
              environment(),
              HostBytes.toGuest(options.workingDirectory()),
              true,
              BootCommand::openConsole);
      return MachineRunner.run(machine, init, options, stats);
    } finally {
      started.forEach(SerialConsole::close);
    }
  }

  private Machine withDefaultRoot(MachineConfig config) {
    Machine machine = MachineRunner.assemble(config, null);
    machine.disks().add(Disks.drive(DefaultRoot.open(), options));
    return machine;
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("TERM", "vt100");
    environment.putAll(RunCommand.environment(options.environment()));
    return environment;
  }

  private List<ConsoleSpec> consoles() {
    List<ConsoleSpec> given = consoleOption.getValue();
    if (given == null || given.isEmpty()) {
      if (!TerminalConsole.isPossible()) {
        throw new UsageError(
            "standard input is no terminal; name a console: --console stdio, telnet:PORT or"
                + " file:PATH");
      }
      return List.of(new ConsoleSpec.Stdio());
    }
    int most = Hardware.SERIALS.size();
    if (given.size() > most) {
      throw new UsageError(
          "--console is given " + given.size() + " times; the machine has " + most);
    }
    if (given.stream().filter(c -> c instanceof ConsoleSpec.Stdio).count() > 1) {
      throw new UsageError("--console stdio can be given once");
    }
    return given;
  }

  private int watchers() {
    Integer given = watchersOption.getValue();
    if (given != null && given < 0) {
      throw new UsageError("--watchers " + given + " must not be negative");
    }
    return given == null ? 0 : given;
  }

  private static void attach(
      Machine machine, List<ConsoleSpec> consoles, int watchers, List<SerialConsole> started) {
    for (int i = 0; i < consoles.size(); i++) {
      ConsoleSpec spec = consoles.get(i);
      ConsoleEnd end = end(machine, spec, watchers);
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

  private static ConsoleEnd end(Machine machine, ConsoleSpec spec, int watchers) {
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
