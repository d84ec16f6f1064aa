// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of {@code run} that others script against: bytes, statuses, one line per mistake.
 */
final class RunCommandTest {
  private static final String HELLO = Faultline.guest("test/hello").toString();
  private static final String SH = Faultline.guest("bin/sh").toString();

  @Test
  void aHostProgramRunsInAnEmptyRoot() {
    Faultline.Outcome outcome = Faultline.run("run", HELLO);

    assertThat(outcome.output()).startsWith("Hello, world!\n");
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "zerofill",
        "cowfork",
        "mmapfile",
        "stackgrow",
        "segv",
        "primes",
        "libc",
        "process",
        "signals"
      })
  void ourOwnTestProgramsPass(String program) {
    Faultline.Outcome outcome = Faultline.run("run", Faultline.guest("test/" + program).toString());

    assertThat(outcome.output()).contains("PASS").doesNotContain("FAIL");
    assertThat(outcome.status()).as(outcome.errors()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 255})
  void theStatusIsTheGuests(int status) {
    assertThat(Faultline.run("run", SH, "-c", "exit " + status).status()).isEqualTo(status);
  }

  @Test
  void aGuestKilledBySignalGives128PlusItsNumber() {
    Faultline.Outcome outcome =
        Faultline.run("run", Faultline.guest("test/segv").toString(), "null");

    assertThat(outcome.status()).isEqualTo(128 + 11);
    assertThat(outcome.errors()).contains("eip").hasLineCount(1);
  }

  @Test
  void everyByteOfInputPassesThrough() {
    byte[] all = new byte[70_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) (i * 7 + (i >> 8));
    }

    Faultline.Outcome outcome =
        Faultline.runWithInput(all, "run", Faultline.guest("bin/cat").toString());

    assertThat(Arrays.equals(outcome.outputBytes(), all)).isTrue();
    assertThat(outcome.status()).isZero();
  }

  @Test
  void theGuestsErrorsComeOutOnStandardError() {
    Faultline.Outcome outcome = Faultline.run("run", SH, "-c", "echo out; echo err >&2");

    assertThat(outcome.output()).isEqualTo("out\n");
    assertThat(outcome.errors()).isEqualTo("err\n");
  }

  @Test
  void aRootOfTheHostIsSearchedAlongThePathAndNeverWritten(@TempDir Path root) throws IOException {
    Files.createDirectories(root.resolve("bin"));
    Files.copy(Path.of(SH), root.resolve("bin/sh"));
    root.resolve("bin/sh").toFile().setExecutable(true);
    Files.writeString(root.resolve("file"), "from the host\n");

    Faultline.Outcome outcome =
        Faultline.run(
            "run",
            "--root",
            root.toString(),
            "--env",
            "GREETING=hi there",
            "--cwd",
            "/bin",
            "sh",
            "-c",
            "echo $GREETING; pwd; read line < /file; echo $line; echo changed > /file; echo new >"
                + " /new; read line < /file; echo $line");

    assertThat(outcome.output()).isEqualTo("hi there\n/bin\nfrom the host\nchanged\n");
    assertThat(Files.readString(root.resolve("file"))).isEqualTo("from the host\n");
    assertThat(root.resolve("new")).doesNotExist();
  }

  @Test
  void aLinkOutOfTheRootIsNotFollowed(@TempDir Path directory) throws IOException {
    Path root = directory.resolve("root");
    Files.createDirectories(root.resolve("bin"));
    Files.copy(Path.of(SH), root.resolve("bin/sh"));
    root.resolve("bin/sh").toFile().setExecutable(true);
    Files.writeString(directory.resolve("secret"), "secret\n");
    Files.createSymbolicLink(root.resolve("absolute"), directory.resolve("secret"));
    Files.createSymbolicLink(root.resolve("relative"), Path.of("../secret"));

    Faultline.Outcome outcome =
        Faultline.run(
            "run",
            "--root",
            root.toString(),
            "sh",
            "-c",
            "read a < /absolute; read b < /relative; read c < /../secret; echo \"[$a$b$c]\"");

    assertThat(outcome.output()).isEqualTo("[]\n");
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(List.of(), "--help"),
        Arguments.of(List.of("frobnicate"), "frobnicate"),
        Arguments.of(List.of("run"), "PROG"),
        Arguments.of(List.of("run", "--no-such-flag", HELLO), "--no-such-flag"),
        Arguments.of(List.of("run", "--ram", "1m", HELLO), "2m to 2047m"),
        Arguments.of(List.of("run", "--ram", "lots", HELLO), "64m"),
        Arguments.of(List.of("run", "--ram", "3g", HELLO), "2m to 2047m"),
        Arguments.of(List.of("run", "--engine", "steam", HELLO), "steam"),
        Arguments.of(List.of("run", "--timeout", "-1", HELLO), "--timeout"),
        Arguments.of(List.of("run", "--cwd", "relative", HELLO), "absolute"),
        Arguments.of(List.of("run", "--stats", "/no/such/dir/stats.json", HELLO), "/no/such/dir"),
        Arguments.of(List.of("run", "/no/such/program"), "/no/such/program"),
        Arguments.of(List.of("run", "--root", "/no/such/root", "sh"), "/no/such/root"),
        Arguments.of(List.of("run", "--root", HELLO, "sh"), "directory"),
        Arguments.of(List.of("run", "/etc"), "directory"),
        Arguments.of(List.of("run", "/etc/passwd"), "ELF"),
        Arguments.of(List.of("run", System.getProperty("java.home") + "/bin/java"), "64-bit"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsOneLineAndStatus2(List<String> arguments, String mentions) {
    Faultline.Outcome outcome = Faultline.run(arguments.toArray(String[]::new));

    assertThat(outcome.errors()).contains(mentions).hasLineCount(1);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.status()).isEqualTo(2);
  }

  @Test
  void aTruncatedOrDynamicProgramIsRefusedInOneLine(@TempDir Path directory) throws IOException {
    byte[] elf = Files.readAllBytes(Path.of(HELLO));
    Path truncated = Files.write(directory.resolve("truncated"), Arrays.copyOf(elf, 40));
    byte[] foreign = elf.clone();
    foreign[18] = 40;
    Path arm = Files.write(directory.resolve("arm"), foreign);

    for (Path program : List.of(truncated, arm)) {
      Faultline.Outcome outcome = Faultline.run("run", program.toString());

      assertThat(outcome.errors()).contains(program.toString()).hasLineCount(1);
      assertThat(outcome.status()).isEqualTo(2);
    }
  }

  @Test
  void timeIsLimitedOnBothClocks() {
    Faultline.Outcome host =
        Faultline.run("run", "--timeout", "1", SH, "-c", "while :; do :; done");
    Faultline.Outcome virtual =
        Faultline.run("run", "--vtimeout", "0.5", SH, "-c", "while :; do :; done");

    assertThat(host.status()).isEqualTo(124);
    assertThat(virtual.status()).isEqualTo(124);
  }

  @Test
  void aSleepTakesNoHostTimeOnTheVirtualClock() {
    long start = System.nanoTime();
    Faultline.Outcome outcome =
        Faultline.run("run", Faultline.guest("bin/sleep").toString(), "100000");

    assertThat(outcome.status()).isZero();
    assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
  }

  @Test
  void moreMemoryThanThereIsKillsTheGuestAndNotTheEmulator() {
    Faultline.Outcome outcome =
        Faultline.run("run", "--ram", "8m", Faultline.guest("test/thrash").toString(), "64");

    assertThat(outcome.status()).isEqualTo(128 + 9);
    assertThat(outcome.errors()).doesNotContain("OutOfMemoryError");
  }

  @Test
  void theWordsOfTheGuestAreBytesNotCharacters() {
    byte[] latin = "h\u00e9\n".getBytes(StandardCharsets.UTF_8);

    Faultline.Outcome outcome =
        Faultline.run("run", Faultline.guest("bin/echo").toString(), "h\u00e9");

    assertThat(outcome.outputBytes()).isEqualTo(latin);
  }
}
