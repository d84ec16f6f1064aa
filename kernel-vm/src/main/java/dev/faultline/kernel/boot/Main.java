// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.sched.KernelPanic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The command line: finds the commands, runs one, turns what went wrong into one line and a status.
 */
public final class Main {
  private static final String COMPLETION = "completion";

  /** The commands of this module. Modules above it may bring others. */
  private static final List<CliCommand> OWN =
      List.of(new RunCommand(), new BootCommand(), new ImageCommand(), new VerifyCommand());

  private Main() {}

  /** Runs the command that {@code args} name and ends the process with its status. */
  public static void main(String[] args) {
    int status = run(args);
    System.out.flush();
    System.err.flush();
    // Threads of the host side (telnet, terminal) must not keep a finished machine alive.
    Runtime.getRuntime().exit(status);
  }

  private static int run(String[] args) {
    List<CliCommand> commands = commands(args);
    if (commands.size() == 1 && args.length > 0) {
      CliCommand only = commands.getFirst();
      List<String> rest = Arrays.asList(args).subList(1, args.length);
      if (only.name().equals(args[0]) && only.takePlain(rest)) {
        return run(only);
      }
    }
    return parseAndRun(commands, args);
  }

  private static int parseAndRun(List<CliCommand> commands, String[] args) {
    CommandLine line = new CommandLine(rootSpec());
    for (CliCommand command : commands) {
      line.addSubcommand(command.name(), helpful(command.spec()));
    }
    line.setCaseInsensitiveEnumValuesAllowed(true);
    // An argument that begins with @ is the guest's.
    line.setExpandAtFiles(false);
    try {
      ParseResult parsed = line.parseArgs(args);
      Integer help = CommandLine.executeHelpRequest(parsed);
      if (help != null) {
        return help;
      }
      if (!parsed.hasSubcommand()) {
        return complain("no command given; see faultline --help");
      }
      String name = parsed.subcommand().commandSpec().name();
      if (name.equals(COMPLETION)) {
        System.out.print(AutoComplete.bash("faultline", line));
        return ExitStatus.OK;
      }
      for (CliCommand command : commands) {
        if (command.name().equals(name)) {
          return run(command);
        }
      }
      throw new KernelPanic("command " + name + " was parsed but is not there");
    } catch (ParameterException e) {
      CommandLine where = e.getCommandLine();
      String command = where.getParent() == null ? "" : where.getCommandName() + " ";
      return complain(e.getMessage() + "; see faultline " + command + "--help");
    }
  }

  private static int run(CliCommand command) {
    try {
      return command.run();
    } catch (UsageError e) {
      return complain(e.getMessage());
    } catch (RuntimeException e) {
      System.err.println("faultline: an error of ours, please report it with what follows");
      e.printStackTrace();
      return ExitStatus.PANIC;
    }
  }

  private static CommandSpec rootSpec() {
    CommandSpec spec =
        helpful(CommandSpec.create()).name("faultline").versionProvider(new Version());
    spec.usageMessage()
        .description(
            "A small x86-like machine whose virtual-memory system is Java that you can read.")
        .synopsisSubcommandLabel("COMMAND");
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Prints the version and exits.")
            .build());
    CommandSpec completion = helpful(CommandSpec.create());
    completion
        .usageMessage()
        .description(
            "Prints a completion script for bash and zsh: source <(faultline completion).");
    spec.addSubcommand(COMPLETION, completion);
    return spec;
  }

  private static CommandSpec helpful(CommandSpec spec) {
    if (spec.findOption("--help") == null) {
      spec.addOption(
          OptionSpec.builder("-h", "--help")
              .usageHelp(true)
              .description("Shows this help and exits.")
              .build());
    }
    return spec;
  }

  /**
   * The one command that is named, or all: a start need not prepare what it will not run. Services
   * are only asked for if need be: that opens every jar on the class path.
   */
  private static List<CliCommand> commands(String[] args) {
    List<CliCommand> all = new ArrayList<>(OWN);
    if (named(args, all) == null) {
      for (CliCommand other : ServiceLoader.load(CliCommand.class)) {
        if (OWN.stream().noneMatch(own -> own.name().equals(other.name()))) {
          all.add(other);
        }
      }
    }
    CliCommand one = named(args, all);
    return one == null ? all : List.of(one);
  }

  private static @Nullable CliCommand named(String[] args, List<CliCommand> commands) {
    for (CliCommand command : commands) {
      if (args.length > 0 && command.name().equals(args[0])) {
        return command;
      }
    }
    return null;
  }

  private static int complain(@Nullable String message) {
    System.err.println("faultline: " + String.valueOf(message).replace("\n", " "));
    return ExitStatus.USAGE;
  }
}
