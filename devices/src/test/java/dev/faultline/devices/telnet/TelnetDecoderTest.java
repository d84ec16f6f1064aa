// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TelnetDecoderTest {
  private final List<String> parts = new ArrayList<>();
  private final TelnetDecoder decoder =
      new TelnetDecoder(
          new TelnetDecoder.Sink() {
            @Override
            public void data(int value) {
              parts.add(String.format("%02x", value));
            }

            @Override
            public void command(int command) {
              parts.add("command " + command);
            }

            @Override
            public void negotiate(int verb, int option) {
              parts.add("verb " + verb + " " + option);
            }

            @Override
            public void subnegotiation(int option, byte[] parameters, int length) {
              parts.add("sub " + option + " " + HexFormat.of().formatHex(parameters, 0, length));
            }
          });

  private List<String> decode(String hex) {
    for (byte b : HexFormat.of().parseHex(hex.replace(" ", ""))) {
      decoder.decode(b & 0xFF);
    }
    return parts;
  }

  @Test
  void dataIsData() {
    assertThat(decode("41 42 00 fe")).containsExactly("41", "42", "00", "fe");
  }

  @Test
  void iacIacIsOneByte255() {
    assertThat(decode("41 ff ff 42")).containsExactly("41", "ff", "42");
  }

  @Test
  void carriageReturnsInAllForms() {
    assertThat(decode("0d0a 0d00 0d41 0d0d0a 0a"))
        .containsExactly("0d", "0d", "0d", "41", "0d", "0d", "0a");
  }

  @Test
  void binaryChangesNothing() {
    decoder.setBinary(true);

    assertThat(decode("0d0a 0d00 0aff ff")).containsExactly("0d", "0a", "0d", "00", "0a", "ff");
  }

  @Test
  void aCommandBetweenCarriageReturnAndLineFeedChangesNothing() {
    assertThat(decode("0d fff1 0a 41")).containsExactly("0d", "command 241", "41");
  }

  @Test
  void verbsHaveAnOption() {
    assertThat(decode("fffb18 fffe01")).containsExactly("verb 251 24", "verb 254 1");
  }

  @Test
  void subnegotiationsHaveParametersInWhichIacIsDoubled() {
    assertThat(decode("fffa1f 00ffff0018fff0 41")).containsExactly("sub 31 00ff0018", "41");
  }

  @Test
  void anOverlongSubnegotiationIsIgnoredAndWhatFollowsIsNot() {
    assertThat(decode("fffa18" + "41".repeat(TelnetDecoder.MAX_SUBNEGOTIATION + 1) + "fff0 42"))
        .containsExactly("42");
  }

  @Test
  void aSubnegotiationWithoutEndGivesWayToTheNextCommand() {
    assertThat(decode("fffa1f00 fffb1f 41")).containsExactly("verb 251 31", "41");
  }

  @Test
  void anyBytesAtAllCauseAtMostOneCallEach() {
    Random random = new Random(1);
    for (int i = 0; i < 1_000_000; i++) {
      int before = parts.size();
      int b = random.nextInt(4) == 0 ? 240 + random.nextInt(16) : random.nextInt(256);
      decoder.decode(b);
      if (parts.size() > before + 1) {
        fail("byte %d caused %s", i, parts.subList(before, parts.size()));
      }
      if (parts.size() > 1000) {
        parts.clear();
      }
    }
  }
}
