// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The same faults on the host's own kernel: compiles a C program that maps, touches and forks, and
 * runs it.
 */
final class HostFaults {
  private static final String SOURCE = "hostfaults.c";

  private HostFaults() {}

  /**
   * Nanoseconds per page by name.
   *
   * @throws IOException if there is no C compiler or the program failed: the message says which
   */
  static Map<String, Double> measure() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("faultline");
    Path source = directory.resolve(SOURCE);
    Path program = directory.resolve("hostfaults");
    try {
      try (InputStream text = HostFaults.class.getResourceAsStream(SOURCE)) {
        if (text == null) {
          throw new IOException("the build has left out " + SOURCE);
        }
        Files.copy(text, source, StandardCopyOption.REPLACE_EXISTING);
      }
      output("cc", "-O2", "-o", program.toString(), source.toString());
      return parse(output(program.toString()));
    } finally {
      Files.deleteIfExists(program);
      Files.deleteIfExists(source);
      Files.deleteIfExists(directory);
    }
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command[0] + " failed: " + text.strip());
    }
    return text;
  }

  private static Map<String, Double> parse(String text) {
    Map<String, Double> figures = new LinkedHashMap<>();
    for (String line : text.lines().toList()) {
      int space = line.indexOf(' ');
      figures.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
    }
    return figures;
  }

  /** True if the host's kernel runs under a hypervisor: its faults then cost several times more. */
  static boolean isVirtual() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo")).contains(" hypervisor ");
    } catch (IOException e) {
      return false;
    }
  }
}
