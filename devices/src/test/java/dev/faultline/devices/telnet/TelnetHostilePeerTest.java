// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.faultline.devices.ConsoleLine;
import dev.faultline.devices.TestMachine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Peers that do not read, do not answer, do not speak telnet, or are gone without a word. */
final class TelnetHostilePeerTest {
  private static final Duration PROBE = Duration.ofMillis(50);

  /** More than all buffers between the machine and a client that does not read. */
  private static final int BUFFERS = 1 << 20;

  private final TestMachine machine = new TestMachine();
  private final TelnetServer server =
      new TelnetServer(TelnetSettings.onPort(0).withProbeInterval(PROBE));
  private final TestMachine.Port port = machine.add(server);

  @AfterEach
  void stop() {
    machine.close();
  }

  @Test
  void aClientThatDoesNotReadHoldsItsLineAndNoOther() throws IOException {
    TelnetServer other = new TelnetServer(TelnetSettings.onPort(0));
    TestMachine.Port otherPort = machine.add(other);
    otherPort.echo = true;
    machine.start();
    byte[] much = new byte[4 << 20];
    new Random(1).nextBytes(much);
    for (int i = 0; i < much.length; i++) {
      much[i] &= 0x7F;
    }
    try (RawClient stalled = new RawClient(server.port(), 4096);
        RawClient lively = RawClient.connect(other.port())) {
      stalled.sendHex("fffd00");
      await().until(() -> port.carrier);
      port.send(much);

      await().during(Duration.ofMillis(300)).until(stuck(port.sent::get), Boolean::booleanValue);
      assertThat(port.isSent()).isFalse();
      assertThat(port.sent.get()).isLessThan(BUFFERS);
      lively.send("the other line goes on");
      lively.awaitText("the other line goes on");

      stalled.startReading();
      await().until(() -> stalled.bytes().length >= much.length);
      assertThat(port.isSent()).isTrue();
      String all = stalled.text();
      assertThat(count(all)).isEqualTo(much.length);
    }
  }

  /** Bytes that are not part of a command. */
  private static long count(String wire) {
    return wire.replaceAll("\377[\373-\376].", "").replaceAll("\377\361", "").length();
  }

  /** True whenever the value is what it was when it was asked for last. */
  private static Callable<Boolean> stuck(LongSupplier value) {
    long[] last = {-1};
    return () -> {
      long now = value.getAsLong();
      boolean same = now == last[0];
      last[0] = now;
      return same;
    };
  }

  @Test
  void aClientThatLeavesWhileItIsStalledFreesTheLine() throws IOException {
    machine.start();
    try (RawClient stalled = new RawClient(server.port(), 4096)) {
      await().until(() -> port.carrier);
      port.send(new byte[2 << 20]);
      await().during(Duration.ofMillis(200)).until(stuck(port.sent::get), Boolean::booleanValue);
      assertThat(port.isSent()).isFalse();
      stalled.send("x");
    }

    await().until(port::isSent);
  }

  @Test
  void garbageIsSurvivedAndTheNextClientIsServed() throws IOException {
    machine.start();
    for (int seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      byte[] garbage = new byte[20_000];
      random.nextBytes(garbage);
      for (int i = 0; i < garbage.length; i++) {
        if (random.nextInt(3) == 0) {
          garbage[i] = (byte) (236 + random.nextInt(20));
        }
      }
      try (RawClient c = RawClient.connectWhenFree(server.port())) {
        c.send(garbage);
      } catch (SocketException e) {
        // The server may close; it must not break.
      }
    }
    try (RawClient c = RawClient.connectWhenFree(server.port())) {
      c.send("sane again");
      await().until(() -> port.received().endsWith("sane again"));
    }
  }

  @Test
  void requestsWithoutEndFromAClientThatDoesNotReadAreLeftInItsSocket() throws Exception {
    machine.start();
    try (RawClient c = new RawClient(server.port(), 4096)) {
      byte[] flood = new byte[30_000];
      for (int i = 0; i < flood.length; i += 3) {
        flood[i] = (byte) 255;
        flood[i + 1] = (byte) 253;
        flood[i + 2] = 99;
      }
      AtomicLong written = new AtomicLong();
      Thread flooder =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 200; i++) {
                        c.send(flood);
                        written.addAndGet(flood.length);
                      }
                    } catch (IOException e) {
                      // Closed at the end of the test.
                    }
                  });
      await().during(Duration.ofMillis(300)).until(stuck(written::get), Boolean::booleanValue);
      assertThat(written.get()).isLessThan(3L << 20);
      assertThat(flooder.isAlive()).isTrue();

      c.startReading();
      flooder.join(Duration.ofSeconds(60));
      assertThat(written).hasValue(200L * flood.length);
    }
  }

  @Test
  void moreInputThanTheMachineReadsWaitsInTheSocketAndNothingIsLost() throws IOException {
    machine.start();
    port.deaf = true;
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < 100_000; i++) {
      text.append(i).append(' ');
    }
    try (RawClient c = RawClient.connect(server.port())) {
      c.send(text.toString());
      await().until(() -> port.carrier);
      assertThat(port.received()).isEmpty();

      port.listen();

      await().until(() -> port.received().length() >= text.length());
      assertThat(port.received()).isEqualTo(text.toString());
    }
  }

  @Test
  void clientsThatResetAtOnceDoNotKeepTheConsole() throws IOException {
    machine.start();
    for (int i = 0; i < 50; i++) {
      try (Socket s = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        s.setSoLinger(true, 0);
      }
    }

    try (RawClient c = RawClient.connectWhenFree(server.port())) {
      c.send("served");
      await().until(() -> port.received().equals("served"));
    }
  }

  @Test
  void aSilentClientIsProbed() throws IOException {
    machine.start();
    try (RawClient c = RawClient.connect(server.port())) {
      c.awaitHex(RawClient.OPENING + "fff1fff1");
    }
  }

  @Test
  void aPeerThatIsGoneWhileItsInputWaitsIsFoundOutAndTheNextOneServed() throws IOException {
    machine.start();
    port.deaf = true;
    try (RawClient c = RawClient.connect(server.port())) {
      c.send("y".repeat(ConsoleLine.INPUT_WINDOW * 40));
      await().until(() -> port.carrier);
    }

    await().until(() -> !port.carrier);

    try (RawClient next = RawClient.connect(server.port())) {
      await().until(() -> port.carrier);
      next.awaitText("\377\373\001");
    }
  }
}
