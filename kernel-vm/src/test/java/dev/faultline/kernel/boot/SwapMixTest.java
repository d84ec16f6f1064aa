// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults.Fault;
import dev.faultline.devices.disk.DiskOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hazard: real programs that use four times the machine's memory lose or mix up pages on their way
 * to real swap disks, or a bad block of such a disk costs more than the process whose page it held.
 */
final class SwapMixTest {
  private static final int RAM = 4 << 20;

  /** Four times the memory, in MiB and in pages. */
  private static final int USED = 16;

  private static final int USED_PAGES = USED * 256;
  private static final int EFFORT = Integer.getInteger("faultline.effort", 1);
  private static final String ROUNDS = String.valueOf(Math.min(60, 1 + EFFORT));
  private static final int SECTORS_PER_PAGE = 8;

  /** A page on swap that cannot be read in {@link #badBlock}; it can be written. */
  private static final int BAD_PAGE = 700;

  private static FaultyRequests badBlock() {
    long first = BAD_PAGE * SECTORS_PER_PAGE;
    return new FaultyRequests(
        (number, operation, sector, sectors) ->
            operation == DiskOperation.READ && sector <= first && sector + sectors > first
                ? Fault.ERROR
                : Fault.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  @DisplayName("S9 S19 S25 S34 forward, strided, backward and random: every page as it was left")
  void intact(int disks) {
    List<FaultyRequests> seen = new ArrayList<>();
    try (MachineRun machine = MachineRun.withGuestPrograms(RAM)) {
      for (int i = 0; i < disks; i++) {
        seen.add(FaultyRequests.none());
        machine.withSwap(USED_PAGES / disks + 300 * i + 100, seen.getLast());
      }
      int status = machine.run("/test/swapmix", String.valueOf(USED), "4", ROUNDS);
      assertThat(machine.output())
          .isEqualTo(
              """
              PASS forward over 1024 pages
              PASS strided over 1024 pages
              PASS backward over 1024 pages
              PASS random over 1024 pages
              swapmix: all PASS
              """);
      assertThat(status).isZero();
      assertThat(machine.counter("v_swappgsout")).isGreaterThan(USED_PAGES / 2);
      assertThat(machine.counter("v_swappgsin")).isGreaterThan(USED_PAGES / 2);
      assertThat(machine.counter("v_oom_kills")).isZero();
      assertThat(machine.log).isEmpty();
    }
    for (FaultyRequests disk : seen) {
      assertThat(disk.requests).as("each disk is used").hasSizeGreaterThan(50);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  @DisplayName(
      "F63 S24 a block that cannot be read: SIGBUS for whose it was, the rest goes on, and it is"
          + " never used again")
  void badBlock(int disks) {
    FaultyRequests bad = badBlock();
    try (MachineRun machine = MachineRun.withGuestPrograms(RAM)) {
      machine.withSwap(USED_PAGES + 200, bad);
      if (disks > 1) {
        machine.withSwap(USED_PAGES + 200, FaultyRequests.none());
      }
      int total = (disks * (USED_PAGES + 200) - disks) * 4;
      machine.run(
          "/bin/sh",
          "-c",
          "cat /proc/meminfo; /test/swapmix "
              + USED
              + " 4 1; /test/swapmix "
              + USED
              + " 4 1; cat /proc/meminfo");
      String out = machine.output();
      assertThat(occurrences("SIGBUS", out)).isEqualTo(1);
      assertThat(occurrences("FAIL .* over", out)).isEqualTo(1);
      assertThat(occurrences("PASS .* over", out)).isEqualTo(7);
      assertThat(swapTotals(out)).containsExactly(total, total - 4);
      assertThat(machine.log).anyMatch(line -> line.contains("read error"));
    }
    assertNeverUsedAgain(bad);
  }

  /** After the last read that failed nothing touches the block any more. */
  private static void assertNeverUsedAgain(FaultyRequests disk) {
    long first = BAD_PAGE * SECTORS_PER_PAGE;
    assertThat(disk.faults()).isPositive();
    int last = 0;
    int after = 0;
    for (FaultyRequests.Request r : disk.requests) {
      if (r.fault() != Fault.NONE) {
        last = r.number();
      }
    }
    for (FaultyRequests.Request r : disk.requests) {
      if (r.number() > last) {
        after++;
        assertThat(r.touches(first, SECTORS_PER_PAGE)).as("%s", r).isFalse();
      }
    }
    assertThat(after).as("the disk is used on").isGreaterThan(100);
  }

  @Test
  @DisplayName("S18 a block that cannot be written costs nobody anything, and is not used again")
  void badForWrites() {
    long first = BAD_PAGE * SECTORS_PER_PAGE;
    FaultyRequests bad =
        new FaultyRequests(
            (number, operation, sector, sectors) ->
                operation == DiskOperation.WRITE && sector <= first && sector + sectors > first
                    ? Fault.TIMEOUT
                    : Fault.NONE);
    try (MachineRun machine = MachineRun.withGuestPrograms(RAM)) {
      machine.withSwap(USED_PAGES + 200, bad);
      int status = machine.run("/test/swapmix", String.valueOf(USED), "4", "1");
      assertThat(machine.output()).endsWith("swapmix: all PASS\n");
      assertThat(status).isZero();
    }
    assertNeverUsedAgain(bad);
  }

  @Test
  @DisplayName("swapoff under load brings everything back, or refuses and leaves it")
  void swapoff() {
    try (MachineRun machine = MachineRun.withGuestPrograms(2 * RAM)) {
      machine.withSwap(USED_PAGES, FaultyRequests.none());
      machine.withSwap(USED_PAGES, FaultyRequests.none());
      int status =
          machine.run(
              "/bin/sh",
              "-c",
              "/test/swapmix 12 3 1 /dev/vda && cat /proc/swaps && /test/swapmix 16 4 1 /dev/vdb"
                  + " && cat /proc/swaps && swapoff /dev/vdb && cat /proc/swaps");
      String heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
      assertThat(machine.output())
          .contains("swapoff /dev/vda: done\n")
          .contains("swapoff /dev/vdb: Cannot allocate memory\n")
          .doesNotContain("FAIL")
          .endsWith(heading);
      assertThat(status).isZero();
      assertThat(machine.counter("v_oom_kills")).isZero();
    }
  }

  private static long occurrences(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().count();
  }

  private static List<Integer> swapTotals(String text) {
    List<Integer> totals = new ArrayList<>();
    Matcher m = Pattern.compile("SwapTotal: *(\\d+) kB").matcher(text);
    while (m.find()) {
      totals.add(Integer.parseInt(m.group(1)));
    }
    return totals;
  }
}
