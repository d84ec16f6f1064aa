// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import dev.faultline.mmu.PhysicalMemory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

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

  /** How long a disk takes. */
  enum DiskLatency {
    /** No virtual time. */
    NONE,
    /** As a solid-state disk. */
    SSD,
    /** As a disk that turns. */
    HDD
  }

  /** 2026-01-01T00:00:00Z: where the wall clock of a repeatable run starts. */
  static final long DEFAULT_EPOCH = 1_767_225_600L;

  private static final long DEFAULT_RAM = 64L << 20;
  private static final int PAGE_MASK = 4095;

  /** By name; empty for a command that was given none. */
  private final Map<String, OptionSpec> specs = new HashMap<>();

  /** Gives a command these options. */
  void addTo(CommandSpec spec) {
    add(
        spec,
        option(
                "--ram",
                "SIZE",
                ByteSize.class,
                "Memory of the machine, 2m to 2047m (default: 64m).")
            .converters(new ByteSize.Converter()));
    add(
        spec,
        option(
            "--root",
            "IMG|DIR",
            Path.class,
            "The guest's root: an ext2 image, written in place, or a host directory, which is"
                + " never written to."));
    add(
        spec,
        option(
            "--overlay",
            "FILE|temp",
            String.class,
            "Keeps the root's image as it is: what the guest writes goes to FILE, which can be"
                + " used again, or ends with the run."));
    add(
        spec,
        option(
            "--clock",
            "CLOCK",
            ClockKind.class,
            "virtual: time is retired instructions, runs repeat exactly (default of run); real:"
                + " idle time follows the host (default of boot)."));
    add(
        spec,
        option(
                "--env",
                "K=V",
                LinkedHashMap.class,
                "Adds a variable to the guest's environment; repeatable.")
            .auxiliaryTypes(String.class, String.class)
            .arity("1"));
    add(
        spec,
        option(
            "--cwd",
            "PATH",
            String.class,
            "The guest's working directory at the start (default: /)."));
    add(
        spec,
        option(
            "--seed",
            "N",
            Long.class,
            "Seeds AT_RANDOM, /dev/random and every other chance (default: 1)."));
    add(
        spec,
        option(
            "--epoch",
            "SECONDS",
            Long.class,
            "Where the guest's wall clock starts, in seconds since 1970 (default: fixed, or now"
                + " with --clock real)."));
    add(
        spec,
        option(
            "--timeout",
            "SECONDS",
            Double.class,
            "Ends the run after so many host seconds, with exit status 124."));
    add(
        spec,
        option(
            "--vtimeout",
            "SECONDS",
            Double.class,
            "Ends the run after so many virtual seconds, with exit status 124."));
    add(
        spec,
        option("--stats", "FILE", Path.class, "Writes every counter of the run to FILE as JSON."));
    add(
        spec,
        option(
            "--fb",
            "FILE",
            Path.class,
            "Gives the machine a frame buffer, /dev/fb0, and saves its picture to FILE as PNG at"
                + " the end."));
    add(
        spec,
        option(
                "--tlb-stats",
                "",
                Boolean.class,
                "Counts TLB hits too; slows the machine down severalfold.")
            .arity("0"));
    add(
        spec,
        option(
                "--paranoid",
                "",
                Boolean.class,
                "Checks every invariant of the memory system after each system call; a broken one"
                    + " is a panic. Slows the machine down a hundredfold.")
            .arity("0"));
    addDisksTo(spec);
    spec.addOption(engine());
  }

  private void addDisksTo(CommandSpec spec) {
    add(
        spec,
        option(
                "--disk",
                "DISK",
                List.class,
                "A disk: IMG (a raw image, written in place), IMG,ro, IMG,overlay (what is written"
                    + " is dropped at the end), IMG,overlay=FILE (it goes to FILE) or memory:SIZE;"
                    + " repeatable: vda, vdb, ...")
            .auxiliaryTypes(String.class)
            .arity("1"));
    add(
        spec,
        option(
                "--swap",
                "SIZE|FILE",
                List.class,
                "Swap space: so much in memory (128m), or an image made by mkswap or full of"
                    + " zeros; repeatable. It is a disk after those of --disk.")
            .auxiliaryTypes(String.class)
            .arity("1"));
    add(
        spec,
        option(
            "--disk-latency",
            "MODEL",
            DiskLatency.class,
            "Virtual time that disks take: none, ssd or hdd (default: ssd)."));
    add(
        spec,
        option(
            "--disk-faults",
            "N|FILE",
            String.class,
            "Troubles of every disk: by chance with seed N, or by the script FILE, a rule on a"
                + " line: 'read 5 timeout', 'sector 100-107 error', 'time 2s power-cut'."));
  }

  private void add(CommandSpec spec, OptionSpec.Builder builder) {
    OptionSpec option = builder.build();
    specs.put(option.longestName(), option);
    spec.addOption(option);
  }

  /** What an option was given; null if it was not. */
  @SuppressWarnings(
      "TypeParameterUnusedInFormals") // as the parser's own: the option knows its type
  private <T> @Nullable T value(String name) {
    OptionSpec option = specs.get(name);
    return option == null ? null : option.getValue();
  }

  /** The option that chooses the engine, for commands that need no other. */
  static OptionSpec engine() {
    return option(
            "--engine",
            "ENGINE",
            EngineKind.class,
            "What executes guest code: interpreter (default: interpreter).")
        .build();
  }

  private static OptionSpec.Builder option(
      String name, String label, Class<?> type, String description) {
    return OptionSpec.builder(name).paramLabel(label).type(type).description(description);
  }

  /** What is behind each disk, vda first. */
  List<String> disks() {
    List<String> given = value("--disk");
    return given == null ? List.of() : given;
  }

  /** What is behind each swap disk. */
  List<String> swap() {
    List<String> given = value("--swap");
    return given == null ? List.of() : given;
  }

  /** Virtual time that disks take. */
  DiskLatency diskLatency() {
    DiskLatency given = value("--disk-latency");
    return given == null ? DiskLatency.SSD : given;
  }

  /** A seed, or a file; null if nothing is to go wrong. */
  @Nullable String diskFaults() {
    return value("--disk-faults");
  }

  /** Bytes of RAM. */
  int ramSize() {
    ByteSize given = value("--ram");
    long size = given == null ? DEFAULT_RAM : given.bytes();
    if (size < PhysicalMemory.MIN_SIZE || size > PhysicalMemory.MAX_SIZE) {
      throw new UsageError("--ram " + size + " bytes is out of range; give 2m to 2047m");
    }
    if ((size & PAGE_MASK) != 0) {
      throw new UsageError("--ram " + size + " bytes is not a multiple of the page size, 4096");
    }
    return (int) size;
  }

  @Nullable Path root() {
    return value("--root");
  }

  /** Where writes to the root's image go: a file, or "temp"; null for the image itself. */
  @Nullable String overlay() {
    return value("--overlay");
  }

  /** The clock that was asked for, or {@code otherwise}. */
  ClockKind clock(ClockKind otherwise) {
    ClockKind given = value("--clock");
    return given == null ? otherwise : given;
  }

  Map<String, String> environment() {
    Map<String, String> given = value("--env");
    return given == null ? Map.of() : given;
  }

  String workingDirectory() {
    String given = value("--cwd");
    if (given != null && !given.startsWith("/")) {
      throw new UsageError("--cwd " + given + " must be an absolute path in the guest");
    }
    return given == null ? "/" : given;
  }

  long seed() {
    Long given = value("--seed");
    return given == null ? 1 : given;
  }

  /** Seconds since 1970 at which the wall clock starts, or {@code otherwise}. */
  long epoch(long otherwise) {
    Long given = value("--epoch");
    return given == null ? otherwise : given;
  }

  /** Host seconds, or null for no limit. */
  @Nullable Double timeout() {
    return positive("--timeout", value("--timeout"));
  }

  /** Virtual seconds, or null for no limit. */
  @Nullable Double virtualTimeout() {
    return positive("--vtimeout", value("--vtimeout"));
  }

  private static @Nullable Double positive(String name, @Nullable Double seconds) {
    if (seconds != null && !(seconds > 0)) {
      throw new UsageError(name + " " + seconds + " must be more than 0 seconds");
    }
    return seconds;
  }

  @Nullable Path stats() {
    return value("--stats");
  }

  /** Where the picture goes, or null for a machine without a frame buffer. */
  @Nullable Path frameBuffer() {
    return value("--fb");
  }

  boolean tlbStats() {
    return isSet("--tlb-stats");
  }

  boolean paranoid() {
    return isSet("--paranoid");
  }

  private boolean isSet(String flag) {
    Boolean given = value(flag);
    return given != null && given;
  }
}
