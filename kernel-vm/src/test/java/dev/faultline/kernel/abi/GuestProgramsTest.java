// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.WaitStatus;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guest's own test programs, each of which checks what it sees and says PASS. */
final class GuestProgramsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "libc",
        "zerofill",
        "cowfork",
        "mmapfile",
        "mapping",
        "minherit",
        "process",
        "signals",
        "segv",
        "stackgrow"
      })
  @DisplayName("the program finds nothing wrong")
  void passes(String name) throws IOException {
    try (GuestMachine machine = new GuestMachine();
        InputStream in = GuestProgramsTest.class.getResourceAsStream("/guest/test/" + name)) {
      assertThat(in).isNotNull();
      byte[] program = in.readAllBytes();
      int status =
          machine
              .with(name, program)
              .limit(300_000_000)
              .run("/test/" + name, List.of("/test/" + name), List.of());
      assertThat(machine.output()).endsWith(name + ": all PASS\n").doesNotContain("FAIL");
      assertThat(status).isEqualTo(WaitStatus.exited(0));
    }
  }
}
