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

/** The integer instruction set does what silicon does, fault for fault and flag for flag. */
final class IntegerVectorsTest {
  private static final int RECORDS = 60_107;

  @ParameterizedTest
  @EnumSource
  void everyRecordComesOutAsOnHardware(IsaReplay.Mode mode) throws IOException {
    List<String> failures = new ArrayList<>();
    IsaReplay.Summary summary;
    try (InputStream file = IntegerVectorsTest.class.getResourceAsStream("/isa/integer.bin.gz")) {
      summary =
          new IsaReplay(mmu -> new Interpreter(mmu), failures::add, 10)
              .run(Objects.requireNonNull(file), mode, form -> true);
    }
    System.out.println("integer vectors, " + mode + ": " + summary);
    assertThat(failures).isEmpty();
    assertThat(summary.failed()).isZero();
    assertThat(summary.passed() + summary.skipped()).isEqualTo(RECORDS);
    assertThat(summary.skipped()).isLessThan(mode == IsaReplay.Mode.EXACT ? 1 : 2_000);
  }
}
