// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import dev.faultline.kernel.boot.CliCommand;
import dev.faultline.kernel.boot.UsageError;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench [PATTERN]}: runs the JMH suites whose names match and prints one table. */
@Command(name = "bench", description = "Runs the JMH suites and prints a table.")
public final class BenchCommand implements CliCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "PATTERN",
      description = "Regular expression over benchmark names (default: all).")
  String pattern = "";

  @Option(
      names = "--forks",
      paramLabel = "N",
      description = "JVMs per benchmark (default: ${DEFAULT-VALUE}).")
  int forks = 1;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Seconds per iteration (default: ${DEFAULT-VALUE}).")
  int seconds = 1;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "Measured iterations, after as many for warm-up (default: ${DEFAULT-VALUE}).")
  int iterations = 5;

  @Option(
      names = {"-v", "--verbose"},
      description = "Shows JMH's own output as well.")
  boolean verbose;

  @Option(
      names = "--warm-up",
      description =
          "Shows the interpreter's speed in the first seconds of fresh JVMs instead; PATTERN then"
              + " chooses among its kernels.")
  boolean warmUp;

  /** The command as picocli makes it. */
  public BenchCommand() {}

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public CommandSpec spec() {
    return CommandSpec.forAnnotatedObject(this);
  }

  @Override
  public int run() {
    if (forks < 1 || seconds < 1 || iterations < 1) {
      throw new UsageError("--forks, --seconds and --iterations must be at least 1");
    }
    if (warmUp) {
      return warmUp();
    }
    try {
      Collection<RunResult> results = new Runner(options().build()).run();
      print(results);
      FaultYardstick.print(scores(results), System.out);
      StorageYardstick.print(scores(results), System.out);
      return 0;
    } catch (InterruptedException e) {
      throw new UsageError("interrupted");
    } catch (NoBenchmarksException _) {
      throw new UsageError(
          "no benchmark matches '" + pattern + "'; call bench without a pattern for all");
    } catch (RunnerException e) {
      throw new UsageError("JMH could not run: " + e.getMessage());
    }
  }

  private int warmUp() {
    List<String> kernels =
        GuestKernel.NAMES.stream().filter(compiledPattern().asPredicate()).toList();
    if (kernels.isEmpty()) {
      throw new UsageError(
          "no kernel matches '" + pattern + "'; there are " + String.join(", ", GuestKernel.NAMES));
    }
    try {
      WarmUp.measure(kernels);
      return 0;
    } catch (IOException e) {
      throw new UsageError("the warm-up could not be measured: " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private Pattern compiledPattern() {
    try {
      return Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new UsageError("'" + pattern + "' is no regular expression: " + e.getDescription());
    }
  }

  private ChainedOptionsBuilder options() {
    String include = compiledPattern().pattern();
    return new OptionsBuilder()
        .include(include.isEmpty() ? ".*" : include)
        .forks(forks)
        .warmupIterations(iterations)
        .warmupTime(TimeValue.seconds(seconds))
        .measurementIterations(iterations)
        .measurementTime(TimeValue.seconds(seconds))
        .timeUnit(TimeUnit.NANOSECONDS)
        .addProfiler("gc")
        // A benchmark that fails must not vanish from the table without a word.
        .shouldFailOnError(true)
        // The launcher's collector, so that figures are the product's; JMH itself uses Unsafe.
        .jvmArgs("-XX:+UseSerialGC", "-Xmx1g", "--sun-misc-unsafe-memory-access=allow")
        .verbosity(verbose ? VerboseMode.NORMAL : VerboseMode.SILENT);
  }

  private static void print(Collection<RunResult> results) {
    System.out.printf(
        "%-58s %14s %10s  %-10s %14s%n", "benchmark", "score", "±", "unit", "heap bytes/op");
    List<RunResult> sorted =
        results.stream().sorted(Comparator.comparing(BenchCommand::name)).toList();
    for (RunResult result : sorted) {
      Result<?> primary = result.getPrimaryResult();
      System.out.printf(
          Locale.ROOT,
          "%-58s %14.2f %10.2f  %-10s %14s%n",
          name(result),
          primary.getScore(),
          primary.getScoreError(),
          primary.getScoreUnit(),
          allocation(result));
    }
  }

  private static Map<String, Double> scores(Collection<RunResult> results) {
    Map<String, Double> scores = new HashMap<>();
    results.forEach(r -> scores.put(name(r), r.getPrimaryResult().getScore()));
    return scores;
  }

  private static String name(RunResult result) {
    StringBuilder name = new StringBuilder();
    String full = result.getParams().getBenchmark();
    name.append(full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1));
    for (String key : result.getParams().getParamsKeys()) {
      name.append(' ').append(result.getParams().getParam(key));
    }
    return name.toString();
  }

  private static String allocation(RunResult result) {
    Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
    return bytes == null ? "" : String.format(Locale.ROOT, "%.3f", bytes.getScore());
  }
}
