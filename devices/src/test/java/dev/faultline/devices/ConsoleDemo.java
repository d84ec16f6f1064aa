// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import dev.faultline.devices.console.TerminalConsole;
import dev.faultline.devices.telnet.TelnetServer;
import dev.faultline.devices.telnet.TelnetSettings;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * Consoles to try by hand: a machine that echoes what it gets. {@code ConsoleDemo 5555} on a telnet
 * port, {@code ConsoleDemo} on this terminal, left by Ctrl-A x.
 */
final class ConsoleDemo {
  private ConsoleDemo() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    CountDownLatch exit = new CountDownLatch(1);
    try (TestMachine machine = new TestMachine()) {
      TestMachine.Port port =
          machine.add(
              args.length > 0
                  ? new TelnetServer(
                      TelnetSettings.onPort(Integer.parseInt(args[0])).withWatchers(1))
                  : TerminalConsole.ofProcess(exit::countDown));
      port.echo = true;
      machine.start();
      port.send("Type; it comes back.\r\n");
      exit.await();
      System.out.println(port.heard);
    }
  }
}
