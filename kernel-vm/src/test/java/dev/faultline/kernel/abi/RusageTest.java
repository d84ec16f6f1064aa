// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.abi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.kernel.proc.WaitStatus;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What getrusage tells of memory. */
final class RusageTest {
  private static final int FORK = 2;
  private static final int GETRUSAGE = 77;
  private static final int WAIT4 = 114;
  private static final int NANOSLEEP = 162;
  private static final int MMAP2 = 192;
  private static final int AREA = 0x5000_0000;
  private static final int MORE_THAN_THERE_IS = 256 << 20;
  private static final int MAX_RESIDENT = 16;
  private static final int MINOR_FAULTS = 32;
  private static final int SWAPS = 40;
  private static final int VOLUNTARY_SWITCHES = 64;

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
  @DisplayName("each sleep is a voluntary switch")
  void voluntarySwitches() {
    Assembly a = new Assembly();
    int usage = a.words(new int[18]);
    int moment = a.words(0, 1000);
    for (int i = 0; i < 3; i++) {
      a.call(NANOSLEEP, moment, 0);
    }
    a.call(GETRUSAGE, 0, usage).loadEax(usage + VOLUNTARY_SWITCHES).exitWithResult();
    try (GuestMachine machine = new GuestMachine()) {
      assertThat(machine.with("p", a.build()).run("p")).isEqualTo(WaitStatus.exited(3));
    }
  }

  @Test
  @DisplayName("F101 faults without I/O are told")
  void minorFaults() {
    assertThat(field(MINOR_FAULTS)).isBetween(1, 50);
  }

  @Test
  @DisplayName("D19 a parent that slept while memory ran short was taken out, and came back")
  void swappedOut() {
    Assembly a = new Assembly();
    int usage = a.words(new int[18]);
    int status = a.words(0);
    int threeSeconds = a.words(3, 0);
    Assembly hog = new Assembly().call(NANOSLEEP, threeSeconds, 0);
    hog.call(MMAP2, AREA, MORE_THAN_THERE_IS, 3, 0x22, -1, 0).load(1, AREA);
    // mov [ecx], cl; add ecx, 4096; jmp back
    hog.code(0x88, 0x09, 0x81, 0xC1, 0, 0x10, 0, 0, 0xEB, 0xF6);
    a.call(FORK).ifZero(hog).call(WAIT4, -1, status, 0, 0);
    a.call(GETRUSAGE, 0, usage).loadEax(usage + SWAPS).exitWithResult();
    try (GuestMachine machine = new GuestMachine()) {
      int end = machine.with("p", a.build()).run("p");
      assertThat(end).isEqualTo(WaitStatus.exited(1));
    }
  }
}
