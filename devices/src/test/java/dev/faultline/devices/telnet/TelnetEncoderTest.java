// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class TelnetEncoderTest {
  private final TelnetEncoder encoder = new TelnetEncoder();

  private String encode(String... pieces) {
    ByteBuf out = Unpooled.buffer();
    for (String piece : pieces) {
      byte[] bytes = HexFormat.of().parseHex(piece);
      encoder.encode(bytes, bytes.length, out);
    }
    return ByteBufUtil.hexDump(out);
  }

  @Test
  void byte255IsDoubled() {
    assertThat(encode("41ff42")).isEqualTo("41ffff42");
  }

  @Test
  void aBareCarriageReturnGetsANulAndALineEndDoesNot() {
    assertThat(encode("0d41", "0d0a", "0a", "0d0d0a")).isEqualTo("0d00410d0a0a0d000d0a");
  }

  @Test
  void howTheOutputIsCutDoesNotMatter() {
    assertThat(encode("41", "0d", "0a", "0d", "42")).isEqualTo("410d0a0d0042");
  }

  @Test
  void binaryOnlyDoubles() {
    encoder.setBinary(true);

    assertThat(encode("0d410d0aff")).isEqualTo("0d410d0affff");
  }
}
