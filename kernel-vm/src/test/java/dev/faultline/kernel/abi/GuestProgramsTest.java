// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.faultline.kernel.proc.WaitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The guest's own test programs, each of which checks what it sees and says PASS. What they print
 * is what they print on a real Linux.
 */
final class GuestProgramsTest {
  private static final Path PROGRAMS = Path.of("src/main/resources/guest/test");
  private static final Path EXPECTED = Path.of("src/guest/expected");
  private static final int PATIENCE = 60;

  private record Outcome(String output, int status) {}

  /** Runs a command line on the machine. */
  private static Outcome onTheMachine(String command) throws IOException {
    List<String> argv = new ArrayList<>(List.of(command.split(" ")));
    String name = argv.getFirst();
    argv.set(0, "/test/" + name);
    try (GuestMachine machine = new GuestMachine()) {
      int status =
          machine
              .with(name, Files.readAllBytes(PROGRAMS.resolve(name)))
              .limit(300_000_000)
              .run(argv.getFirst(), argv, List.of());
      return new Outcome(machine.output(), status);
    }
  }

  /** Runs a command line natively; the status is -1 where the host runs no such programs. */
  private static Outcome onTheHost(String command, Path directory)
      throws IOException, InterruptedException {
    List<String> argv = new ArrayList<>(List.of(command.split(" ")));
    Path program = directory.resolve(argv.getFirst());
    Files.copy(PROGRAMS.resolve(argv.getFirst()), program);
    assertThat(program.toFile().setExecutable(true)).isTrue();
    argv.set(0, program.toString());
    Path output = directory.resolve("output");
    Process process;
    try {
      process =
          new ProcessBuilder(argv)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException notForThisHost) {
      return new Outcome("", -1);
    }
    process.getOutputStream().close();
    assertThat(process.waitFor(PATIENCE, TimeUnit.SECONDS)).isTrue();
    return new Outcome(Files.readString(output, ISO_8859_1), process.exitValue());
  }

  private static String expected(String command) throws IOException {
    return Files.readString(EXPECTED.resolve(command.replace(' ', '-') + ".out"), ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "libc",
        "zerofill",
        "cowfork",
        "mmapfile",
        "mapping",
        "process",
        "signals",
        "segv",
        "stackgrow",
        "stackgrow overrun",
        "primes 100000",
        "thrash 4 2"
      })
  @DisplayName("the program finds nothing wrong, and prints what it prints on a real Linux")
  void passes(String command) throws IOException {
    Outcome outcome = onTheMachine(command);

    assertThat(outcome.output).doesNotContain("FAIL").isEqualTo(expected(command));
    assertThat(outcome.status).isEqualTo(WaitStatus.exited(0));
  }

  @Test
  @DisplayName("M31 the call that Linux does not have does what it says")
  void ofOurOwn() throws IOException {
    Outcome outcome = onTheMachine("minherit");

    assertThat(outcome.output).endsWith("minherit: all PASS\n").doesNotContain("FAIL");
    assertThat(outcome.output).doesNotContain("no minherit");
    assertThat(outcome.status).isEqualTo(WaitStatus.exited(0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "libc",
        "zerofill",
        "cowfork",
        "mmapfile",
        "mapping",
        "process",
        "signals",
        "segv",
        "smaps",
        "stackgrow",
        "primes 100000",
        "thrash 4 2"
      })
  @Tag("tools")
  @DisplayName("the host, if it runs 32-bit programs of Linux, prints what is expected here")
  void reference(String command, @TempDir Path directory) throws Exception {
    Outcome outcome = onTheHost(command, directory);
    assumeTrue(outcome.status >= 0, "a host that runs 32-bit programs");

    assertThat(outcome.output).isEqualTo(expected(command));
    assertThat(outcome.status).isZero();
  }
}
