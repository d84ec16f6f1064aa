// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: the first line of a script is cut at the wrong place. */
final class ScriptTest {
  private static @Nullable Script parse(String head) {
    return Script.parse(head.getBytes(US_ASCII));
  }

  @Test
  @DisplayName("blanks around the interpreter and its one argument do not count")
  void blanks() {
    assertThat(parse("#!/bin/sh\necho")).isEqualTo(new Script("/bin/sh", null));
    assertThat(parse("#! \t/bin/sh \t\n")).isEqualTo(new Script("/bin/sh", null));
    assertThat(parse("#!/bin/awk  -f  x y \n")).isEqualTo(new Script("/bin/awk", "-f  x y"));
    assertThat(parse("#!/bin/sh")).isEqualTo(new Script("/bin/sh", null));
  }

  @Test
  @DisplayName("a line without an interpreter, or one that is cut in it, is no script")
  void bad() {
    assertThat(parse("#!\n")).isNull();
    assertThat(parse("#!   \t\nx")).isNull();
    assertThat(parse("#!" + "x".repeat(253))).isNull();
    assertThat(parse("#!/bin/sh " + "x".repeat(245))).isNotNull();
  }
}
