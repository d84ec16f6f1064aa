// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run is a pure function of its inputs: the same output and the same counters, every time. */
final class RepetitionTest {
  @ParameterizedTest
  @ValueSource(strings = {"cowfork", "process", "zerofill", "primes"})
  void theSameRunTwiceGivesTheSameBytesAndCounters(String program, @TempDir Path directory)
      throws IOException {
    Faultline.Outcome first = run(program, directory.resolve("1.json"));
    Faultline.Outcome second = run(program, directory.resolve("2.json"));

    assertThat(first.status()).as(first.output() + first.errors()).isZero();
    assertThat(second.outputBytes()).isEqualTo(first.outputBytes());
    List<String> counters = withoutHostTimes(directory.resolve("1.json"));
    assertThat(counters).hasSizeGreaterThan(10).anyMatch(l -> l.contains("\"v_vm_faults\""));
    assertThat(withoutHostTimes(directory.resolve("2.json"))).isEqualTo(counters);
  }

  @Test
  void tlbStatisticsChangeNothingElse(@TempDir Path directory) throws IOException {
    run("hello", directory.resolve("1.json"));
    Faultline.run(
        "run",
        "--tlb-stats",
        "--stats",
        directory.resolve("2.json").toString(),
        Faultline.guest("test/hello").toString());

    List<String> counters = withoutHostTimes(directory.resolve("2.json"));
    assertThat(counters).anyMatch(l -> l.contains("\"tlb_hits\""));
    assertThat(counters.stream().filter(l -> !l.contains("tlb_hits")))
        .isEqualTo(withoutHostTimes(directory.resolve("1.json")));
  }

  private static Faultline.Outcome run(String program, Path stats) {
    return Faultline.run(
        "run", "--stats", stats.toString(), Faultline.guest("test/" + program).toString());
  }

  private static List<String> withoutHostTimes(Path stats) throws IOException {
    return Files.readAllLines(stats).stream().filter(l -> !l.contains("host")).toList();
  }
}
