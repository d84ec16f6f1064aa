// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.mmu.PhysicalMemory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that {@code run} and {@code boot} share: the named inputs of a run (design, section
 * 5).
 */
final class MachineOptions {
  /** Which engine executes guest code. */
  enum EngineKind {
    /** The reference: decodes once per physical page and interprets. */
    INTERPRETER
  }

  /** What idle time and timers follow. */
  enum ClockKind {
    /** Retired instructions: a run repeats itself byte for byte. */
    VIRTUAL,
    /** The host's clock while the machine is idle. */
    REAL
  }

  /** 2026-01-01T00:00:00Z: where the wall clock of a repeatable run starts. */
  static final long DEFAULT_EPOCH = 1_767_225_600L;

  @Option(
      names = "--ram",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description = "Memory of the machine, 2m to 2047m (default: 64m).")
  ByteSize ram = new ByteSize(64L << 20);

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "Host directory that becomes the guest's root; it is never written to.")
  @Nullable Path root;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description = "What executes guest code: ${COMPLETION-CANDIDATES} (default: interpreter).")
  EngineKind engine = EngineKind.INTERPRETER;

  @Option(
      names = "--clock",
      paramLabel = "CLOCK",
      description =
          "virtual: time is retired instructions, runs repeat exactly (default of run); real: idle"
              + " time follows the host (default of boot).")
  @Nullable ClockKind clock;

  @Option(
      names = "--env",
      paramLabel = "K=V",
      description = "Adds a variable to the guest's environment; repeatable.")
  Map<String, String> environment = new LinkedHashMap<>();

  @Option(
      names = "--cwd",
      paramLabel = "PATH",
      description = "The guest's working directory at the start (default: /).")
  String workingDirectory = "/";

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seeds AT_RANDOM, /dev/random and every other chance (default: 1).")
  long seed = 1;

  @Option(
      names = "--epoch",
      paramLabel = "SECONDS",
      description =
          "Where the guest's wall clock starts, in seconds since 1970 (default: fixed, or now with"
              + " --clock real).")
  @Nullable Long epoch;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Ends the run after so many host seconds, with exit status 124.")
  @Nullable Double timeout;

  @Option(
      names = "--vtimeout",
      paramLabel = "SECONDS",
      description = "Ends the run after so many virtual seconds, with exit status 124.")
  @Nullable Double virtualTimeout;

  @Option(
      names = "--stats",
      paramLabel = "FILE",
      description = "Writes every counter of the run to FILE as JSON.")
  @Nullable Path stats;

  @Option(
      names = "--tlb-stats",
      description = "Counts TLB hits too; slows the machine down severalfold.")
  boolean tlbStats;

  /** Checks what the option parser cannot. */
  void check() {
    if (ram.bytes() < PhysicalMemory.MIN_SIZE || ram.bytes() > PhysicalMemory.MAX_SIZE) {
      throw new UsageError("--ram " + ram.bytes() + " bytes is out of range; give 2m to 2047m");
    }
    if ((ram.bytes() & 4095) != 0) {
      throw new UsageError(
          "--ram " + ram.bytes() + " bytes is not a multiple of the page size, 4096");
    }
    if (timeout != null && !(timeout > 0)) {
      throw new UsageError("--timeout " + timeout + " must be more than 0 seconds");
    }
    if (virtualTimeout != null && !(virtualTimeout > 0)) {
      throw new UsageError("--vtimeout " + virtualTimeout + " must be more than 0 seconds");
    }
    if (!workingDirectory.startsWith("/")) {
      throw new UsageError("--cwd " + workingDirectory + " must be an absolute path in the guest");
    }
  }
}
