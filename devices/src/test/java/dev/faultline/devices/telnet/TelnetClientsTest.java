// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.faultline.devices.TestMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.net.telnet.EchoOptionHandler;
import org.apache.commons.net.telnet.InvalidTelnetOptionException;
import org.apache.commons.net.telnet.SuppressGAOptionHandler;
import org.apache.commons.net.telnet.TelnetClient;
import org.apache.commons.net.telnet.TerminalTypeOptionHandler;
import org.apache.commons.net.telnet.WindowSizeOptionHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may connect, when, and what they see. */
final class TelnetClientsTest {
  private final TestMachine machine = new TestMachine();

  private TelnetServer serve(TelnetSettings settings) {
    return new TelnetServer(settings);
  }

  private TestMachine.Port start(TelnetServer server) throws IOException {
    TestMachine.Port port = machine.add(server);
    machine.start();
    return port;
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  @Test
  void aClientNobodyHereWroteHasASession() throws IOException, InvalidTelnetOptionException {
    TelnetServer server = serve(TelnetSettings.onPort(0));
    TestMachine.Port port = start(server);
    port.echo = true;
    TelnetClient client = new TelnetClient();
    client.addOptionHandler(new EchoOptionHandler(false, false, false, true));
    client.addOptionHandler(new SuppressGAOptionHandler(true, true, true, true));
    client.addOptionHandler(new TerminalTypeOptionHandler("VT220", false, false, true, false));
    client.addOptionHandler(new WindowSizeOptionHandler(100, 40, false, false, true, false));
    client.connect("127.0.0.1", server.port());
    OutputStream out = client.getOutputStream();
    out.write("hello\n".getBytes(StandardCharsets.US_ASCII));
    out.flush();

    byte[] answer = readN(client.getInputStream(), 6);

    assertThat(new String(answer, StandardCharsets.US_ASCII)).startsWith("hello");
    assertThat(port.received()).as("its newline is CR LF on the wire").isEqualTo("hello\r");
    await().until(() -> port.heard.containsAll(List.of("100x40", "vt220")));
    client.disconnect();
    await().until(() -> !port.carrier);
  }

  private static byte[] readN(InputStream in, int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) in.read();
    }
    return bytes;
  }

  @Test
  void fiftyClientsComeAndGo() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0));
    TestMachine.Port port = start(server);
    port.echo = true;
    int threads = Thread.activeCount();
    for (int i = 0; i < 50; i++) {
      try (RawClient c = RawClient.connect(server.port())) {
        String text = "visit " + i + ".";
        c.send(text);
        c.awaitText(text);
      }
      await().until(() -> !port.carrier);
    }

    assertThat(Thread.activeCount()).isLessThan(threads + 10);
    assertThat(port.received()).endsWith("visit 48.visit 49.");
  }

  @Test
  void aSecondClientIsToldWhoHasTheConsole() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0));
    TestMachine.Port port = start(server);
    port.echo = true;
    try (RawClient first = RawClient.connect(server.port())) {
      await().until(() -> port.carrier);
      try (RawClient second = RawClient.connect(server.port())) {
        second.send("let me in");
        second.awaitText("\r\n");
        assertThat(second.text())
            .startsWith("Faultline: the console ttyS0 is in use by 127.0.0.1:");
        await().until(second::isEnded);
      }
      first.send("still here");
      first.awaitText("still here");
      assertThat(port.received()).isEqualTo("still here");
    }
  }

  @Test
  void aWatcherSeesEverythingAndTypesNothing() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0).withWatchers(1));
    TestMachine.Port port = start(server);
    port.send("before ");
    await().until(port::isSent);
    try (RawClient first = RawClient.connect(server.port())) {
      first.awaitText("before ");
      try (RawClient watcher = RawClient.connect(server.port());
          RawClient third = RawClient.connect(server.port())) {
        watcher.awaitText("before ");
        third.awaitText("in use");
        watcher.send("rm -rf /\r");
        watcher.sendHex("fff3 fff6");
        watcher.awaitText("yes]");
        port.send("after");
        watcher.awaitText("after");
        first.awaitText("after");
      }
      first.send("x");
      await().until(() -> !port.received().isEmpty());
      assertThat(port.received()).isEqualTo("x");
      assertThat(port.breaks).hasValue(0);
    }
  }

  @Test
  void aWatcherThatDoesNotKeepUpIsDroppedAndTheOwnerIsNotHeldUp() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0).withWatchers(1));
    TestMachine.Port port = start(server);
    byte[] much = new byte[4 << 20];
    try (RawClient first = RawClient.connect(server.port())) {
      await().until(() -> port.carrier);
      try (RawClient watcher = new RawClient(server.port(), 4096)) {
        port.send(much);
        await().until(() -> first.bytes().length >= much.length);
        watcher.startReading();
        await().until(watcher::isEnded);
        assertThat(watcher.bytes().length).isLessThan(much.length);
      }
    }
  }

  @Test
  void aLateClientSeesTheEndOfWhatItMissed() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0).withScrollback(1000));
    TestMachine.Port port = start(server);
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < 200_000; i++) {
      text.append("line ").append(i).append("\r\n");
    }
    port.send(text.toString());
    await().until(port::isSent);
    String end = text.substring(text.length() - 1000);

    for (int visit = 0; visit < 2; visit++) {
      try (RawClient c = RawClient.connect(server.port())) {
        c.awaitText(end);
        assertThat(c.text()).hasSize(RawClient.OPENING.length() / 2 + 1000);
      }
      await().until(() -> !port.carrier);
    }
  }

  @Test
  void outputSentWhileAClientIsThereIsInTheScrollbackOfTheNext() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0));
    TestMachine.Port port = start(server);
    try (RawClient c = RawClient.connect(server.port())) {
      await().until(() -> port.carrier);
      port.send("seen by the first; ");
      c.awaitText("first; ");
    }
    await().until(() -> !port.carrier);
    port.send("seen by nobody");
    await().until(port::isSent);
    try (RawClient c = RawClient.connect(server.port())) {
      c.awaitText("seen by the first; seen by nobody");
    }
  }

  @Test
  void whatWasSentBeforeTheEndArrives() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0));
    TestMachine.Port port = start(server);
    try (RawClient c = RawClient.connect(server.port())) {
      await().until(() -> port.carrier);
      port.send("x".repeat(10_000) + "the last words");
      await().until(port::isSent);

      machine.close();

      await().until(c::isEnded);
      assertThat(c.text()).endsWith("the last words");
    }
  }

  @Test
  void severalConsolesAreServedIndependently() throws IOException {
    List<TelnetServer> servers = new ArrayList<>();
    List<TestMachine.Port> ports = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      servers.add(serve(TelnetSettings.onPort(0)));
      ports.add(machine.add(servers.get(i)));
      ports.get(i).echo = true;
    }
    machine.start();
    for (int i = 0; i < 4; i++) {
      try (RawClient c = RawClient.connect(servers.get(i).port())) {
        c.send("port " + i);
        c.awaitText("port " + i);
      }
    }

    assertThat(ports).extracting(TestMachine.Port::received).doesNotHaveDuplicates();
  }

  @Test
  void aPortThatIsTakenIsOneClearMessage() throws IOException {
    TelnetServer server = serve(TelnetSettings.onPort(0));
    start(server);
    TestMachine other = new TestMachine();
    other.add(serve(TelnetSettings.onPort(server.port())));

    assertThatThrownBy(other::start)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot listen for telnet on 127.0.0.1:" + server.port())
        .hasMessageContaining("in use");
  }
}
