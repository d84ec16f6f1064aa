// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A booted machine's shell, reached over the network: what clients do to it, kindly and otherwise.
 */
final class TelnetConsoleTest {
  private static final String PROMPT = "# ";

  @Test
  @Tag("tools")
  void debiansTelnetClientReachesTheShell() throws IOException, InterruptedException {
    try (BootedMachine machine = new BootedMachine()) {
      Process telnet =
          new ProcessBuilder("telnet", machine.host(), String.valueOf(machine.port()))
              .redirectErrorStream(true)
              .start();
      StringBuilder transcript = new StringBuilder();
      readUntil(telnet, transcript, PROMPT);
      telnet.getOutputStream().write("echo $((6*7)) from $0\n".getBytes(StandardCharsets.US_ASCII));
      telnet.getOutputStream().flush();
      readUntil(telnet, transcript, "42 from");
      telnet.getOutputStream().write("ls / | wc -l; ps\n".getBytes(StandardCharsets.US_ASCII));
      telnet.getOutputStream().flush();
      readUntil(telnet, transcript, "init");
      readUntil(telnet, transcript, PROMPT);
      telnet.destroy();

      assertThat(telnet.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(transcript).contains("Connected to").contains("42 from");
      assertThat(machine.isAlive()).isTrue();
    }
  }

  private static void readUntil(Process telnet, StringBuilder transcript, String text)
      throws IOException {
    int from = transcript.length();
    while (transcript.indexOf(text, from) < 0) {
      int b = telnet.getInputStream().read();
      if (b < 0) {
        throw new AssertionError("telnet ended before '" + text + "' in: " + transcript);
      }
      transcript.append((char) b);
    }
  }

  @Test
  void fiftyClientsComeAndGo() throws IOException {
    try (BootedMachine machine = new BootedMachine()) {
      for (int i = 0; i < 50; i++) {
        try (BootedMachine.Session session = machine.connect()) {
          session.ask("echo client-$((" + i + "+0))", "client-" + i);
        }
      }
      assertThat(machine.isAlive()).isTrue();
    }
  }

  @Test
  void garbageHurtsNobody() throws IOException {
    try (BootedMachine machine = new BootedMachine()) {
      Random random = new Random(42);
      for (int i = 0; i < 10; i++) {
        try (BootedMachine.Session session = machine.connect()) {
          byte[] garbage = new byte[2000];
          random.nextBytes(garbage);
          session.send(garbage);
        }
      }
      try (BootedMachine.Session session = machine.connect()) {
        session.send("\003\003\r\n\r\necho still $((40+2)) here\r\n");
        session.expect("still 42 here");
      }
    }
  }

  @Test
  void aReaderThatStallsStopsOnlyItsWriter() throws IOException {
    try (BootedMachine machine = new BootedMachine("--console", "telnet:0")) {
      try (BootedMachine.Session session = machine.connect()) {
        session.expect(PROMPT);
        long before = machine.residentKib();
        // Some 20 MB, which nobody reads; when the count comes through afterwards nothing was lost.
        session.send("seq 1 3000000; echo all-$((1+1))-written\r\n");
        session.expect("\n5\r");
        TimeUnit.SECONDS.sleep(3);
        assertThat(machine.isAlive()).isTrue();
        assertThat(machine.residentKib() - before).as("KiB grown by").isLessThan(100_000);
        session.send("\003");
        session.expect(PROMPT);
        session.send("echo alive-$((1+1))\r\n");
        session.expect("alive-2");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void anIdleMachineUsesNoProcessorAndLittleMemory() throws IOException, InterruptedException {
    try (BootedMachine machine = new BootedMachine();
        BootedMachine.Session session = machine.connect()) {
      session.expect(PROMPT);
      TimeUnit.SECONDS.sleep(1);
      long before = machine.cpuNanos();
      TimeUnit.SECONDS.sleep(4);
      long used = machine.cpuNanos() - before;

      assertThat(used).as("ns of processor time in 4 s").isLessThan(80_000_000);
      assertThat(machine.residentKib()).as("KiB resident").isLessThan(256 * 1024);
    }
  }
}
