// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.faultline.devices.TestMachine;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The terminal's end on streams, with and without the keys behind Ctrl-A. */
final class TerminalConsoleTest {
  private final TestMachine machine = new TestMachine();
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final AtomicInteger exits = new AtomicInteger();

  @AfterEach
  void stop() {
    machine.close();
  }

  private TestMachine.Port start(String typed, boolean interactive) throws IOException {
    TestMachine.Port port =
        machine.add(
            new TerminalConsole(
                new ByteArrayInputStream(typed.getBytes(StandardCharsets.ISO_8859_1)),
                screen,
                interactive,
                exits::incrementAndGet));
    machine.start();
    return port;
  }

  @Test
  void aPipePassesEveryByte() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      all.append((char) (i & 0xFF));
    }
    TestMachine.Port port = start(all.toString(), false);

    await().until(() -> port.received().length() == all.length());

    assertThat(port.received()).isEqualTo(all.toString());
    assertThat(exits).hasValue(0);
  }

  @Test
  void aPipeWaitsForAMachineThatDoesNotRead() throws IOException {
    PipedOutputStream pipe = new PipedOutputStream();
    TestMachine.Port port =
        machine.add(new TerminalConsole(new PipedInputStream(pipe, 100), screen, false, () -> {}));
    port.deaf = true;
    machine.start();
    String all = "0123456789".repeat(2_000);
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    pipe.write(all.getBytes(StandardCharsets.US_ASCII));
                    pipe.close();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });
    await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);

    port.listen();

    await().until(() -> port.received().length() == all.length());
    assertThat(port.received()).isEqualTo(all);
  }

  @Test
  void controlALeadsToTheEmulator() throws IOException {
    TestMachine.Port port = start("a\001\001b\001bc\001xd\001?e\001zf", true);

    await().until(() -> port.received().length() == 7);

    assertThat(port.received()).isEqualTo("a\001bcdef");
    assertThat(port.breaks).hasValue(1);
    assertThat(exits).hasValue(1);
    await().until(() -> screen.toString(StandardCharsets.US_ASCII).contains("Ctrl-A x"));
  }

  @Test
  void keysThatAMachineDoesNotTakeAreLostWithABeep() throws IOException {
    TestMachine.Port port =
        machine.add(
            new TerminalConsole(
                new ByteArrayInputStream(new byte[10_000]), screen, true, () -> {}));
    port.deaf = true;
    machine.start();

    await().until(() -> screen.toString(StandardCharsets.US_ASCII).contains("\007"));
    port.listen();

    await().until(() -> port.received().length() >= 4096);
    assertThat(port.received().length()).isLessThan(10_000);
  }

  @Test
  void outputArrivesInOrderAndAllOfItBeforeTheEnd() throws IOException {
    TestMachine.Port port = start("", false);
    String text = "the quick brown fox\r\n".repeat(20_000);
    port.send(text);
    await().until(port::isSent);

    machine.close();

    assertThat(screen.toString(StandardCharsets.US_ASCII)).isEqualTo(text);
  }

  @Test
  void aHostThatTakesNothingStopsTheMachineUntilItDoes() throws IOException {
    CountDownLatch unblock = new CountDownLatch(1);
    OutputStream stuck =
        new OutputStream() {
          @Override
          public void write(int value) {
            try {
              unblock.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            screen.write(value);
          }
        };
    TestMachine.Port port =
        machine.add(
            new TerminalConsole(new ByteArrayInputStream(new byte[0]), stuck, false, () -> {}));
    machine.start();
    port.send(new byte[200_000]);
    await().until(() -> port.sent.get() > 60_000);

    unblock.countDown();

    await().until(port::isSent);
    await().until(() -> screen.size() == 200_000);
  }

  @Test
  void outputThatFailsIsDroppedAndTheMachineGoesOn() throws IOException {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("broken pipe");
          }
        };
    TestMachine.Port port =
        machine.add(
            new TerminalConsole(
                new ByteArrayInputStream("typed".getBytes(StandardCharsets.US_ASCII)),
                broken,
                false,
                () -> {}));
    machine.start();
    port.send(new byte[200_000]);

    await().until(port::isSent);
    await().until(() -> port.received().equals("typed"));
  }
}
