// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.sched.KernelPanic;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line: finds the commands, runs one, turns what went wrong into one line and a status.
 */
@Command(
    name = "faultline",
    description = "A small x86-like machine whose virtual-memory system is Java that you can read.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
  private Main() {}

  /** Runs the command that {@code args} name and ends the process with its status. */
  public static void main(String[] args) {
    int status = run(args);
    System.out.flush();
    System.err.flush();
    // Threads of the host side (telnet, terminal) must not keep a finished machine alive.
    Runtime.getRuntime().exit(status);
  }

  /** Runs a command and returns its exit status; for tests. */
  static int run(String... args) {
    CommandLine line = new CommandLine(new Main());
    for (CliCommand command : commands(args)) {
      line.addSubcommand(command);
    }
    line.addSubcommand("completion", new AutoComplete.GenerateCompletion());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(Main::badParameter);
    line.setExecutionExceptionHandler(Main::failed);
    return line.execute(args);
  }

  @Override
  public void run() {
    throw new UsageError("no command given; try --help");
  }

  /** The one command that is named, or all: a start need not load what it will not run. */
  private static List<CliCommand> commands(String[] args) {
    List<CliCommand> all = new ArrayList<>();
    String wanted = args.length == 0 ? "" : args[0];
    for (ServiceLoader.Provider<CliCommand> p :
        ServiceLoader.load(CliCommand.class).stream().toList()) {
      Command annotation = p.type().getAnnotation(Command.class);
      if (annotation != null && annotation.name().equals(wanted)) {
        return List.of(p.get());
      }
    }
    ServiceLoader.load(CliCommand.class).forEach(all::add);
    return all;
  }

  private static int badParameter(CommandLine.ParameterException e, String[] args) {
    return complain(e.getMessage() + "; see faultline " + names(e.getCommandLine()) + "--help");
  }

  private static String names(CommandLine line) {
    return line.getParent() == null ? "" : line.getCommandName() + " ";
  }

  private static int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    if (e instanceof UsageError) {
      return complain(e.getMessage());
    }
    if (!(e instanceof KernelPanic)) {
      System.err.println("faultline: an error of ours, please report it with what follows");
    }
    e.printStackTrace();
    return ExitStatus.PANIC;
  }

  private static int complain(@org.jspecify.annotations.Nullable String message) {
    System.err.println("faultline: " + String.valueOf(message).replace("\n", " "));
    return ExitStatus.USAGE;
  }
}
