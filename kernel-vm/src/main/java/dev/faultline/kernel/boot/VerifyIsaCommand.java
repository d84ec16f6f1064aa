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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code verify isa}: replays instruction vectors captured on silicon, in one pass of any length.
 */
@Command(
    name = "isa",
    description = "Replays a file of instruction vectors; exit status 1 if any fails.",
    mixinStandardHelpOptions = true)
final class VerifyIsaCommand implements Callable<Integer> {
  private static final int SHOWN = 10;

  @Parameters(paramLabel = "FILE", description = "The vectors, packed with gzip or not.")
  private Path file = Path.of("");

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description = "What executes them: ${COMPLETION-CANDIDATES} (default: interpreter).")
  private MachineOptions.EngineKind engine = MachineOptions.EngineKind.INTERPRETER;

  @Override
  public Integer call() {
    if (!Files.isRegularFile(file)) {
      throw new UsageError(file + " is no file");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      IsaReplay replay =
          switch (engine) {
            case INTERPRETER -> new IsaReplay(Interpreter::new, System.out::println, SHOWN);
          };
      IsaReplay.Summary summary = replay.run(in, IsaReplay.Mode.EXACT, form -> true);
      if (summary.skipped() > 0) {
        System.out.println(
            summary.skipped()
                + " records left out: MMX and SSE, which this processor has not (CPUID)");
      }
      System.out.println(summary.passed() + " passed, " + summary.failed() + " failed");
      return summary.failed() == 0 ? ExitStatus.OK : ExitStatus.FAILED;
    } catch (IsaFormatException e) {
      throw new UsageError(file + " is no sound vector file: " + e.getMessage());
    } catch (IOException e) {
      throw new UsageError(file + " cannot be read: " + e.getMessage());
    }
  }
}
