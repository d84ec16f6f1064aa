// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a script: {@code #! interpreter [argument]}.
 *
 * @param interpreter path of the program that reads the script
 * @param argument all that follows, without blanks around it; null if nothing does
 */
record Script(String interpreter, @Nullable String argument) {
  /** How many bytes of a file are looked at. */
  static final int LINE_MAX = 255;

  /** How often a script's interpreter may be a script. */
  static final int DEPTH_MAX = 4;

  /** True if the bytes begin a script. */
  static boolean isScript(byte[] head) {
    return head.length >= 2 && head[0] == '#' && head[1] == '!';
  }

  /** Reads the line; null if it names no interpreter or does not end in time. */
  static @Nullable Script parse(byte[] head) {
    String text = new String(head, 2, head.length - 2, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\n');
    boolean cut = end < 0 && head.length >= LINE_MAX;
    String line = trim(end < 0 ? text : text.substring(0, end));
    int blank = firstBlank(line);
    if (line.isEmpty() || line.indexOf(0) >= 0 || cut && blank == line.length()) {
      return null;
    }
    String argument = trim(line.substring(blank));
    return new Script(line.substring(0, blank), argument.isEmpty() ? null : argument);
  }

  private static int firstBlank(String line) {
    int i = 0;
    while (i < line.length() && !isBlank(line.charAt(i))) {
      i++;
    }
    return i;
  }

  private static String trim(String s) {
    int from = 0;
    int to = s.length();
    while (from < to && isBlank(s.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(s.charAt(to - 1))) {
      to--;
    }
    return s.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
