// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Debian's static i386 busybox, which nobody here wrote, prints byte for byte what it prints
 * natively. {@code src/test/busybox} holds the cases, their reference output and what makes it
 * again.
 */
@Tag("tools")
final class BusyboxTest {
  private static final Path CASES = Path.of("src/test/busybox");
  private static final Path BUSYBOX = Path.of("../target/tools/busybox/bin/busybox");

  static List<String> cases() throws IOException {
    try (Stream<Path> files = Files.list(CASES.resolve("cases"))) {
      return files.map(f -> f.getFileName().toString().replace(".sh", "")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void printsWhatItPrintsNatively(String name, @TempDir Path root) throws IOException {
    assertThat(BUSYBOX).as("fetched by ./check").exists();
    copy(CASES.resolve("root"), root);
    copy(CASES.resolve("cases"), root.resolve("cases"));
    Files.copy(CASES.resolve("run-case.sh"), root.resolve("run-case.sh"));
    Files.createDirectories(root.resolve("bin"));
    Files.copy(BUSYBOX, root.resolve("bin/busybox"));
    root.resolve("bin/busybox").toFile().setExecutable(true);

    Faultline.Outcome outcome =
        Faultline.run(
            "run",
            "--root",
            root.toString(),
            "--env",
            "PATH=/bin",
            "--env",
            "HOME=/",
            "/bin/busybox",
            "sh",
            "/run-case.sh",
            name);

    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.output())
        .isEqualTo(
            Files.readString(
                CASES.resolve("expected/" + name + ".out"), StandardCharsets.ISO_8859_1));
    assertThat(root.resolve("data/t.tar")).as("changes never reach the host").doesNotExist();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
