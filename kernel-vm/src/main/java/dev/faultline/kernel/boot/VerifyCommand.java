// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.cpu.Interpreter;
import dev.faultline.cpu.isa.IsaFormatException;
import dev.faultline.cpu.isa.IsaReplay;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * {@code verify isa FILE}: replays instruction vectors captured on silicon, in one pass of any
 * length.
 */
public final class VerifyCommand implements CliCommand {
  private static final int SHOWN = 10;

  private final PositionalParamSpec what =
      PositionalParamSpec.builder()
          .index("0")
          .type(String.class)
          .required(true)
          .paramLabel("isa")
          .description("What to hold against recorded hardware: isa, the instruction set.")
          .build();
  private final PositionalParamSpec file =
      PositionalParamSpec.builder()
          .index("1")
          .type(Path.class)
          .required(true)
          .paramLabel("FILE")
          .description("The vectors, packed with gzip or not.")
          .build();

  /** The command. */
  public VerifyCommand() {}

  @Override
  public String name() {
    return "verify";
  }

  @Override
  public CommandSpec spec() {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage()
        .description(
            "Checks the emulator against recorded hardware; exit status 1 if anything differs.");
    return spec.addOption(MachineOptions.engine()).addPositional(what).addPositional(file);
  }

  @Override
  public int run() {
    String kind = what.getValue();
    Path path = file.getValue();
    if (!kind.equals("isa")) {
      throw new UsageError("cannot verify '" + kind + "'; try: verify isa FILE");
    }
    if (!Files.isRegularFile(path)) {
      throw new UsageError(path + " is no file");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      IsaReplay replay = new IsaReplay(Interpreter::new, System.out::println, SHOWN);
      IsaReplay.Summary summary = replay.run(in, IsaReplay.Mode.EXACT, form -> true);
      if (summary.skipped() > 0) {
        System.out.println(
            summary.skipped()
                + " records left out: MMX and SSE, which this processor has not (CPUID)");
      }
      System.out.println(summary.passed() + " passed, " + summary.failed() + " failed");
      return summary.failed() == 0 ? ExitStatus.OK : ExitStatus.FAILED;
    } catch (IsaFormatException e) {
      throw new UsageError(path + " is no sound vector file: " + e.getMessage());
    } catch (IOException e) {
      throw new UsageError(path + " cannot be read: " + e.getMessage());
    }
  }
}
