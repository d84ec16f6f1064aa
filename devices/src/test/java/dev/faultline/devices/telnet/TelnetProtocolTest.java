// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.faultline.devices.TestMachine;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transcripts: what goes over the wire, byte for byte. */
final class TelnetProtocolTest {
  private static final String AYT = "fff6";
  private static final String YES = "0d0a5b74747953303a207965735d0d0a";

  private final TelnetServer server = new TelnetServer(TelnetSettings.onPort(0));
  private final TestMachine machine = new TestMachine();
  private final TestMachine.Port port = machine.add(server);

  @BeforeEach
  void start() throws IOException {
    machine.start();
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  private void awaitReceived(String expected) {
    await().untilAsserted(() -> assertThat(port.received()).isEqualTo(expected));
  }

  @Test
  void consentIsNotAnswered() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.awaitHex(RawClient.OPENING);
      c.sendHex("fffd01 fffd03 fffb03 fffd00 fffb00 fffb1f" + AYT);
      c.awaitHex(RawClient.OPENING + YES);
      c.sendHex("fffd01 fffd03 fffb03 fffd00 fffb00 fffb1f" + AYT);
      c.awaitHex(RawClient.OPENING + YES + YES);
    }
  }

  @Test
  void refusalIsNotAnswered() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("fffe01 fffe03 fffc03 fffe00 fffc00 fffc1f fffc18" + AYT);
      c.awaitHex(RawClient.OPENING + YES);
    }
  }

  @Test
  void unknownOptionsAreRefusedOnceEach() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("fffd22 fffb27 fffc27 fffe22" + AYT);
      c.awaitHex(RawClient.OPENING + "fffc22 fffe27" + YES);
    }
  }

  @Test
  void anOptionThatIsOnMayBeSwitchedOffAndOnAgain() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("fffd01 fffe01 fffd01");
      c.awaitHex(RawClient.OPENING + "fffc01 fffb01");
    }
  }

  @Test
  void theTerminalTypeIsAskedForOnceAndReachesTheMachine() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("fffb18");
      c.awaitHex(RawClient.OPENING + "fffa1801fff0");
      c.sendHex("fffa1800 787465726d fff0 fffb18" + AYT);
      c.awaitHex(RawClient.OPENING + "fffa1801fff0" + YES);
      await().until(() -> port.heard.contains("xterm"));
    }
  }

  @Test
  void terminalTypesThatAreNoNamesAreIgnored() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex(
          "fffb18 fffa1800 1b5b fff0 fffa18 fff0 fffa1800 fff0 fffa1800"
              + "41".repeat(41)
              + "fff0");
      c.send("x");
      awaitReceived("x");
      assertThat(port.heard).isEmpty();
    }
  }

  @Test
  void theWindowSizeReachesTheMachineAndChanges() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("fffb1f fffa1f00500018fff0");
      await().until(() -> port.heard.contains("80x24"));
      c.sendHex("fffa1f00ffff0034fff0");
      await().until(() -> port.heard.contains("255x52"));
      assertThat(port.heard).hasSize(2);
    }
  }

  @Test
  void aWindowSizeOfZeroOrOfTheWrongLengthIsIgnored() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("fffb1f fffa1f00000000fff0 fffa1f0050fff0 fffa1f005000180000fff0");
      c.send("x");
      awaitReceived("x");
      assertThat(port.heard).isEmpty();
    }
  }

  @Test
  void breakIsABreakAndInterruptProcessIsControlC() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("61 fff3 62 fff4 63");
      awaitReceived("ab\003c");
      assertThat(port.breaks).hasValue(1);
    }
  }

  @Test
  void theOtherEditingCommandsAreTheirKeys() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("fff7 fff8 ffec ffed ffee fff5 fff1 fff9 fff2 78");
      awaitReceived("\177\025\004\032\034x");
    }
  }

  @Test
  void byte255PassesBothWays() throws IOException {
    port.echo = true;
    try (RawClient c = RawClient.connect(server.port())) {
      c.agree();
      String before = c.hex();
      c.sendHex("41ffff42");
      c.awaitHex(before + "41ffff42");
      assertThat(port.received()).isEqualTo("A\377B");
    }
  }

  @Test
  void withoutBinaryCarriageReturnsAreTranslatedBothWays() throws IOException {
    try (RawClient c = RawClient.connect(server.port())) {
      c.sendHex("610d00 620d0a 630d64 0a");
      awaitReceived("a\rb\rc\rd\n");
      port.send("1\r2\r\n3\n");
      c.awaitHex(RawClient.OPENING + "310d00 320d0a 330a");
    }
  }

  @Test
  void withBinaryAllBytesPassAsTheyAre() throws IOException {
    port.echo = true;
    try (RawClient c = RawClient.connect(server.port())) {
      c.agree();
      int start = c.bytes().length;
      StringBuilder sent = new StringBuilder();
      StringBuilder all = new StringBuilder();
      for (int b = 0; b < 256; b++) {
        all.append((char) b);
        sent.append(b == 255 ? "\377\377" : String.valueOf((char) b));
      }
      c.send(sent.toString());
      await().until(() -> c.text().substring(start).equals(sent.toString()));
      assertThat(port.received()).isEqualTo(all.toString());
    }
  }

  @Test
  void carrierFollowsTheClient() throws IOException {
    assertThat(port.carrier).isFalse();
    try (RawClient _ = RawClient.connect(server.port())) {
      await().until(() -> port.carrier);
    }
    await().until(() -> !port.carrier);
  }
}
