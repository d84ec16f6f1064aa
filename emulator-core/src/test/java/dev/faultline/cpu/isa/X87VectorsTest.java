// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.cpu.Interpreter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** x87 instructions as the processor runs them: with prefixes, segments, faults and blocks. */
final class X87VectorsTest {
  private static final int RECORDS = 21_681;

  @ParameterizedTest
  @EnumSource
  void everyRecordComesOutAsOnHardware(IsaReplay.Mode mode) throws IOException {
    List<String> failures = new ArrayList<>();
    IsaReplay.Summary summary;
    try (InputStream file = X87VectorsTest.class.getResourceAsStream("/isa/x87.bin.gz")) {
      summary =
          new IsaReplay(mmu -> new Interpreter(mmu), failures::add, 10)
              .run(Objects.requireNonNull(file), mode, form -> true);
    }
    System.out.println("x87 vectors, " + mode + ": " + summary);
    assertThat(failures).isEmpty();
    assertThat(summary.passed()).isEqualTo(RECORDS);
  }
}
