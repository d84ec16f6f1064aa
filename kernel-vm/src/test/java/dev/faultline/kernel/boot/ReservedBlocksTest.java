// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faultline.devices.disk.DiskFaults;
import dev.faultline.devices.disk.DiskImage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hazard: users take the blocks that a file system keeps for the superuser. */
final class ReservedBlocksTest {
  private static final int RESERVED = 150;
  private static final int RESERVED_AT = 1024 + 8;

  private static int number(String pattern, String text) {
    Matcher m = Pattern.compile(pattern + " (\\d+)").matcher(text);
    assertThat(m.find()).as(text).isTrue();
    return Integer.parseInt(m.group(1));
  }

  @Test
  @DisplayName("a user meets ENOSPC where the reserve begins, statfs says so; root goes on")
  void reserve() throws Exception {
    byte[] content = RootImage.with("reserve");
    content[RESERVED_AT] = (byte) RESERVED;
    DiskImage image = RootImage.disk(content);
    try (MachineRun machine = MachineRun.withRoot(8 << 20, image, DiskFaults.none())) {
      assertThat(machine.run("/reserve")).isZero();
      String out = machine.output();
      assertThat(number("free", out) - number("available", out)).isEqualTo(RESERVED);
      int available = number("available", out);
      // Of what is free some goes to indirect blocks.
      assertThat(number("user", out)).isBetween(available - 12, available);
      assertThat(number("root", out)).isBetween(RESERVED - 12, RESERVED);
    }
  }
}
