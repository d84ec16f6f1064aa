// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every rule of the virtual-memory system, and every hazard, has a test that names it; {@code
 * rules.txt} lists them. Writes the table from rules to tests to {@code target/rules.txt}.
 */
final class RuleTableTest {
  private static final Pattern ID = Pattern.compile("\\b(?:DP|PH|DV|PI|PM|[FMOPDSBVHXY])\\d+a?\\b");
  private static final Pattern NAME =
      Pattern.compile("@DisplayName\\(\\s*((?:\"(?:[^\"\\\\]|\\\\.)*\"[\\s+]*)+)\\)");
  private static final Pattern NOTE = Pattern.compile("note ([^:]*) : (.*)");

  /** Ids in the order of the list, with their few words. */
  private final Map<String, String> rules = new LinkedHashMap<>();

  /** What there is to say of some of them. */
  private final Map<String, String> notes = new HashMap<>();

  private final Map<String, Set<String>> tests = new HashMap<>();

  @BeforeEach
  void readTheList() throws IOException {
    InputStream in = RuleTableTest.class.getResourceAsStream("rules.txt");
    assertThat(in).isNotNull();
    if (in == null) {
      return;
    }
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher note = NOTE.matcher(line);
        if (note.matches()) {
          for (String id : note.group(1).split(" ", -1)) {
            assertThat(rules).containsKey(id);
            notes.put(id, note.group(2));
          }
        } else if (!line.isEmpty() && !line.startsWith("#")) {
          int space = line.indexOf(' ');
          assertThat(rules.put(line.substring(0, space), line.substring(space + 1)))
              .as("twice in the list: " + line)
              .isNull();
        }
      }
    }
  }

  @BeforeEach
  void readTheTests() throws IOException {
    List<Path> sources = new ArrayList<>();
    Path house = Path.of("..").toAbsolutePath().normalize();
    try (Stream<Path> modules = Files.list(house)) {
      for (Path module : modules.sorted().toList()) {
        Path tree = module.resolve("src/test/java");
        if (Files.isDirectory(tree)) {
          try (Stream<Path> files = Files.walk(tree)) {
            files.filter(f -> f.toString().endsWith("Test.java")).sorted().forEach(sources::add);
          }
        }
      }
    }
    assertThat(sources).hasSizeGreaterThan(100);
    for (Path source : sources) {
      String test = String.valueOf(source.getFileName()).replace(".java", "");
      Matcher name = NAME.matcher(Files.readString(source));
      while (name.find()) {
        Matcher id = ID.matcher(name.group(1));
        while (id.find()) {
          tests.computeIfAbsent(id.group(), any -> new TreeSet<>()).add(test);
        }
      }
    }
  }

  @Test
  void everyRuleHasATest() throws IOException {
    StringBuilder table = new StringBuilder();
    List<String> missing = new ArrayList<>();
    rules.forEach(
        (id, words) -> {
          Set<String> by = tests.getOrDefault(id, Set.of());
          table.append(id).append(' ').append(words).append(": ");
          table.append(by.isEmpty() ? "no test" : String.join(", ", by));
          table.append(notes.containsKey(id) ? " (" + notes.get(id) + ")\n" : "\n");
          if (by.isEmpty()) {
            missing.add(id);
          }
        });
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target", "rules.txt"), table);

    assertThat(missing).as("rules that no @DisplayName names").isEmpty();
  }

  @Test
  void testsNameNoRuleThatDoesNotExist() {
    Set<String> unknown = new TreeSet<>(tests.keySet());
    unknown.removeAll(rules.keySet());

    assertThat(unknown).isEmpty();
  }
}
