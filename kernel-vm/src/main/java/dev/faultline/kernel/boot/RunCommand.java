// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.kernel.fs.OpenFile;
import dev.faultline.kernel.proc.ElfImage;
import dev.faultline.kernel.proc.Process;
import dev.faultline.kernel.sched.KernelPanic;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code run}: one program, with the standard streams of this process, until it ends. */
public final class RunCommand implements CliCommand {
  private final MachineOptions options = new MachineOptions();
  private @Nullable OptionSpec traceCalls;
  private @Nullable PositionalParamSpec words;
  private List<String> plainWords = List.of();

  /** The command. */
  public RunCommand() {}

  @Override
  public String name() {
    return "run";
  }

  /** What follows the program is the program's: if it comes first, there is no option. */
  @Override
  public boolean takePlain(List<String> arguments) {
    if (arguments.isEmpty() || arguments.getFirst().startsWith("-")) {
      return false;
    }
    plainWords = arguments;
    return true;
  }

  @Override
  public CommandSpec spec() {
    OptionSpec trace =
        OptionSpec.builder("--trace-calls")
            .type(Boolean.class)
            .arity("0")
            .description("Tells every system call on standard error.")
            .build();
    PositionalParamSpec program =
        PositionalParamSpec.builder()
            .index("0..*")
            .arity("1..*")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .paramLabel("PROG [ARGS...]")
            .hideParamSyntax(true)
            .description(
                "The program and its arguments: a path in the guest's root, looked up along the"
                    + " guest's PATH if it has no slash; without --root a file of the host.")
            .build();
    traceCalls = trace;
    words = program;
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage()
        .description("Runs a static i386 Linux program; the exit status is the program's.");
    options.addTo(spec);
    spec.addOption(trace).addPositional(program);
    // What follows the program is the program's.
    spec.parser().stopAtPositional(true);
    return spec;
  }

  @Override
  public int run() {
    MachineConfig config = MachineConfig.of(options, MachineOptions.ClockKind.VIRTUAL);
    Path statsFile = options.stats();
    Stats stats = statsFile == null ? null : new Stats(statsFile);
    String program = arguments().getFirst();
    Path file = Path.of(program);
    String name;
    if (options.root() == null) {
      checkExecutable(file);
      name = "/" + RootTree.name(file);
    } else {
      name = HostBytes.toGuest(program);
    }
    Machine machine =
        MachineRunner.assemble(
            config, options, () -> MachineRunner.assemble(config, RootTree.file(file)));
    if (tracesCalls()) {
      machine.personality().setTrace(System.err::println);
    }
    Program first =
        new Program(
            name,
            argv(name),
            environment(options.environment()),
            HostBytes.toGuest(options.workingDirectory()),
            false,
            p -> openStandardFiles(machine, p));
    return MachineRunner.run(machine, first, options, stats);
  }

  private boolean tracesCalls() {
    Boolean given = traceCalls == null ? null : traceCalls.getValue();
    return given != null && given;
  }

  private List<String> arguments() {
    List<String> given = words == null ? plainWords : words.getValue();
    if (given == null || given.isEmpty()) {
      throw new UsageError("PROG is missing; see faultline run --help");
    }
    return given;
  }

  /** Without a root argv[0] is the program's path in the guest: the host's means nothing there. */
  private List<String> argv(String name) {
    List<String> argv = new ArrayList<>();
    argv.add(name);
    arguments().stream().skip(1).forEach(a -> argv.add(HostBytes.toGuest(a)));
    return argv;
  }

  /** The guest's environment: what the user gave, and what programs cannot do without. */
  static Map<String, String> environment(Map<String, String> given) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", Program.DEFAULT_PATH);
    environment.put("HOME", "/");
    given.forEach((k, v) -> environment.put(HostBytes.toGuest(k), HostBytes.toGuest(v)));
    return environment;
  }

  private static void openStandardFiles(Machine machine, Process process) {
    OpenFile in = machine.hostStreams().input(new FileInputStream(FileDescriptor.in));
    OpenFile out = machine.hostStreams().output(new FileOutputStream(FileDescriptor.out));
    OpenFile err = machine.hostStreams().output(new FileOutputStream(FileDescriptor.err));
    for (OpenFile file : List.of(in, out, err)) {
      int fd = process.descriptors().install(file, false);
      if (fd < 0) {
        throw new KernelPanic("no descriptor for a standard file: " + fd);
      }
    }
  }

  /** Refuses a host file that is no static i386 program, in one line that says what it is. */
  private static void checkExecutable(Path file) {
    if (!Files.exists(file)) {
      throw new UsageError(file + " does not exist");
    }
    if (Files.isDirectory(file)) {
      throw new UsageError(file + " is a directory, not a program");
    }
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "r")) {
      String problem =
          ElfImage.describeProblem(f.length(), (offset, size) -> read(f, offset, size));
      if (problem != null) {
        throw new UsageError(file + " cannot be run: " + problem);
      }
    } catch (IOException e) {
      throw new UsageError(file + " cannot be read: " + e.getMessage());
    }
  }

  private static byte @Nullable [] read(RandomAccessFile file, long offset, int size) {
    try {
      byte[] bytes = new byte[size];
      file.seek(offset);
      file.readFully(bytes);
      return bytes;
    } catch (IOException e) {
      return null;
    }
  }
}
