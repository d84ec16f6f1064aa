// SPDX-License-Identifier: BSD-2-Clause

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks that every Java source below a folder stands as google-java-format writes it; with {@code
 * --fix} rewrites those that do not. Run as a single-file program on the JDK that the build
 * selects: Maven's own JVM may be too old to parse the sources.
 */
public final class FormatCheck {
  private FormatCheck() {}

  public static void main(String[] args) throws Exception {
    boolean fix = args.length > 1 && args[1].equals("--fix");
    JavaFormatterOptions options = JavaFormatterOptions.defaultOptions();
    int wrong = 0;
    for (Path file : sources(Path.of(args[0]))) {
      String source = Files.readString(file);
      String imports =
          ImportOrderer.reorderImports(
              RemoveUnusedImports.removeUnusedImports(source), options.style());
      String formatted = new Formatter(options).formatSource(imports);
      if (!formatted.equals(source)) {
        if (fix) {
          Files.writeString(file, formatted);
        } else {
          System.err.println("not formatted: " + file);
          wrong++;
        }
      }
    }
    if (wrong > 0) {
      System.err.println(
          wrong + " files differ from google-java-format; to mend them: mvn -N -Pformat validate");
      System.exit(1);
    }
  }

  private static List<Path> sources(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(f -> f.toString().endsWith(".java"))
          .filter(f -> !f.toString().contains("/target/"))
          .sorted()
          .toList();
    }
  }
}
