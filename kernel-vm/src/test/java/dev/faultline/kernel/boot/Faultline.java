// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Calls the command line in a JVM of its own, as a user does, with the classes under test. What
 * comes back are the bytes of both outputs and the exit status.
 */
final class Faultline {
  /** How long a call may take before it counts as hung, in seconds. */
  private static final long PATIENCE = 120;

  /** What a call left behind. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares outcomes
  record Outcome(int status, byte[] outputBytes, String errors) {
    String output() {
      return new String(outputBytes, StandardCharsets.ISO_8859_1);
    }
  }

  private Faultline() {}

  /** The guest programs of the project, as files of the host. */
  static Path guest(String path) {
    return Path.of("src/main/resources/guest", path).toAbsolutePath();
  }

  /** The command line that runs {@code arguments}, for who wants the process itself. */
  static ProcessBuilder builder(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xms24m",
            "-Xmn8m",
            "-Djdk.virtualThreadScheduler.parallelism=1",
            "-Djdk.virtualThreadScheduler.maxPoolSize=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    // So that words which are not ASCII reach the JVM whatever the host's locale is.
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder;
  }

  /** Runs a call to its end, without input. */
  static Outcome run(String... arguments) {
    return runWithInput(new byte[0], arguments);
  }

  /** Runs a call to its end with {@code input} as its standard input. */
  static Outcome runWithInput(byte[] input, String... arguments) {
    try {
      Path in = Files.createTempFile("faultline", ".in");
      Path out = Files.createTempFile("faultline", ".out");
      Path err = Files.createTempFile("faultline", ".err");
      try {
        Files.write(in, input);
        Process process =
            builder(arguments)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new AssertionError("hung: " + List.of(arguments) + "\n" + Files.readString(err));
        }
        return new Outcome(
            process.exitValue(),
            Files.readAllBytes(out),
            Files.readString(err, StandardCharsets.ISO_8859_1));
      } finally {
        Files.deleteIfExists(in);
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
