// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

import java.io.Console;
import java.io.IOException;
import java.util.Optional;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * The terminal that the process was started from, in raw mode: every key comes through as it is,
 * nothing is echoed, output is not touched. Given back as it was by {@link #close}, which the
 * terminal library also sees to when the virtual machine shuts down.
 */
final class HostTerminal implements AutoCloseable {
  /** Hears of the size of the screen, in characters, on any thread. */
  interface SizeListener {
    void size(int columns, int rows);
  }

  private static final String WINDOW_CHANGED = "WINCH";
  private static final String CONTINUED = "CONT";

  private final Terminal terminal;
  private final @Nullable Object windowHandler;
  private final @Nullable Object continueHandler;
  private boolean closed;

  /**
   * Makes the terminal raw.
   *
   * @throws IOException if there is none, or it cannot be controlled
   */
  HostTerminal(SizeListener listener) throws IOException {
    terminal =
        TerminalBuilder.builder()
            .system(true)
            .dumb(false)
            .provider(TerminalBuilder.PROP_PROVIDER_FFM)
            .nativeSignals(false)
            // Asking the terminal what it can do takes 300 ms if it does not answer, and what it
            // answers would be the guest's input.
            .graphemeCluster(false)
            .build();
    enterRawMode();
    windowHandler = Signals.register(WINDOW_CHANGED, () -> tell(listener));
    // A shell gives the terminal back in its own mode after the process has been stopped.
    continueHandler = Signals.register(CONTINUED, this::enterRawMode);
    tell(listener);
  }

  /** True if standard input and output are both a terminal. */
  static boolean isThere() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private synchronized void enterRawMode() {
    if (!closed) {
      terminal.enterRawMode();
      Attributes raw = terminal.getAttributes();
      raw.setOutputFlag(Attributes.OutputFlag.OPOST, false);
      raw.setInputFlag(Attributes.InputFlag.IXOFF, false);
      raw.setInputFlag(Attributes.InputFlag.ISTRIP, false);
      raw.setInputFlag(Attributes.InputFlag.IGNCR, false);
      terminal.setAttributes(raw);
    }
  }

  private void tell(SizeListener listener) {
    Size size = terminal.getSize();
    if (size.getColumns() > 0 && size.getRows() > 0) {
      listener.size(size.getColumns(), size.getRows());
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    Signals.unregister(WINDOW_CHANGED, windowHandler);
    Signals.unregister(CONTINUED, continueHandler);
    try {
      terminal.close();
    } catch (IOException e) {
      System.getLogger(HostTerminal.class.getName())
          .log(System.Logger.Level.WARNING, "the terminal could not be given back", e);
    }
  }
}
