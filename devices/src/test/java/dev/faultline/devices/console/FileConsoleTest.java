// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.faultline.devices.TestMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileConsoleTest {
  @TempDir private Path directory;

  private void run(FileConsole console, String text) throws IOException {
    try (TestMachine machine = new TestMachine()) {
      TestMachine.Port port = machine.add(console);
      machine.start();
      port.send(text);
      await().until(port::isSent);
    }
  }

  @Test
  void outputReplacesOrFollowsWhatWasThere() throws IOException {
    Path file = directory.resolve("console.log");
    run(new FileConsole(file, false), "one\r\n");
    run(new FileConsole(file, true), "two\377");
    assertThat(Files.readAllBytes(file))
        .isEqualTo(new byte[] {'o', 'n', 'e', 13, 10, 't', 'w', 'o', -1});

    run(new FileConsole(file, false), "three");

    assertThat(file).hasContent("three");
  }

  @Test
  void outputIsInTheFileWhileTheMachineRuns() throws IOException {
    Path file = directory.resolve("console.log");
    try (TestMachine machine = new TestMachine()) {
      TestMachine.Port port = machine.add(new FileConsole(file, false));
      machine.start();
      port.send("login: ");

      await().until(() -> Files.readString(file).equals("login: "));
    }
  }

  @Test
  void aFileThatCannotBeMadeIsOneClearMessage() {
    TestMachine machine = new TestMachine();
    Path nowhere = directory.resolve("no/such/place");
    machine.add(new FileConsole(nowhere, false));

    assertThatThrownBy(machine::start)
        .isInstanceOf(IOException.class)
        .hasMessage("console file " + nowhere + ": there is no such directory");
  }
}
