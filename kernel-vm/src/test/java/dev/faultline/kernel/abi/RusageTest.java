// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.WaitStatus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What getrusage tells of memory. */
final class RusageTest {
  private static final int GETRUSAGE = 77;
  private static final int MAX_RESIDENT = 16;
  private static final int MINOR_FAULTS = 32;

  private static int field(int offset) {
    Assembly a = new Assembly();
    int usage = a.words(new int[18]);
    a.call(GETRUSAGE, 0, usage).loadEax(usage + offset).exitWithResult();
    try (GuestMachine machine = new GuestMachine()) {
      int status = machine.with("p", a.build()).run("p");
      assertThat(status & 0xFF).isZero();
      return WaitStatus.exitCode(status);
    }
  }

  @Test
  @DisplayName("the largest resident size is told in KiB")
  void maxResident() {
    int kib = field(MAX_RESIDENT);
    assertThat(kib).isBetween(8, 128);
    assertThat(kib % 4).isZero();
  }

  @Test
  @DisplayName("F101 faults without I/O are told")
  void minorFaults() {
    assertThat(field(MINOR_FAULTS)).isBetween(1, 50);
  }
}
