// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: /proc/self/smaps that tells another story than the program's own. */
final class SmapsTest {
  private static final String PROGRAM = Faultline.guest("test/smaps").toString();

  @Test
  @DisplayName("sizes, resident, shared and private pages are as on a real Linux")
  void asTheProgramDid() throws IOException {
    Faultline.Outcome outcome = Faultline.run("run", PROGRAM);

    assertThat(outcome.output())
        .isEqualTo(Files.readString(Path.of("src/guest/expected/smaps.out")));
    assertThat(outcome.status()).isZero();
  }

  @Test
  @DisplayName("of a program three times as large as memory the most part is on swap")
  void onSwap() {
    Faultline.Outcome outcome =
        Faultline.run("run", "--ram", "8m", "--swap", "48m", PROGRAM, "swap", "24");

    assertThat(outcome.output()).doesNotContain("FAIL").endsWith("smaps: all PASS\n");
    assertThat(outcome.status()).isZero();
  }
}
