// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A machine without a telnet server loads no class of Netty's: only one package refers to any. */
final class NettyStaysAwayTest {
  @Test
  void onlyTheTelnetPackageRefersToNettyAndNothingRefersToIt()
      throws IOException, URISyntaxException {
    Path classes =
        Path.of(Uart16550.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Path> files;
    try (Stream<Path> all = Files.walk(classes)) {
      files = all.filter(f -> f.toString().endsWith(".class")).toList();
    }
    assertThat(files).isNotEmpty();
    for (Path f : files) {
      if (!f.toString().contains("/telnet/")) {
        String constants = Files.readString(f, StandardCharsets.ISO_8859_1);
        assertThat(constants.contains("io/netty/")).as("%s refers to Netty", f).isFalse();
        assertThat(constants.contains("devices/telnet/")).as("%s refers to telnet", f).isFalse();
      }
    }
  }
}
