// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

import dev.faultline.devices.ConsoleEnd;
import dev.faultline.devices.ConsoleLine;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A console's end that is the process's own terminal: raw, with {@link EscapeKeys} behind Ctrl-A.
 * Where standard input and output are not a terminal they are plain pipes of bytes: nothing is
 * special in them, and the end of input is silence.
 *
 * <p>Output goes through an {@link OutputPump}: a terminal that takes nothing stops the machine.
 * Keys that the machine does not take are kept, up to a limit; at a terminal further ones are lost
 * with a beep, a pipe has to wait.
 */
public final class TerminalConsole implements ConsoleEnd {
  private static final int KEYS = 4096;
  private static final byte BEL = 7;

  private final InputStream in;
  private final OutputStream out;
  private final boolean interactive;
  private final Runnable onExit;
  private final EscapeKeys escapeKeys = new EscapeKeys();
  private @Nullable OutputPump pump;
  private @Nullable HostTerminal terminal;
  private ConsoleLine.@Nullable Door door;

  // What waits for the machine; under the lock of this object.
  private final ByteRing keys = new ByteRing(KEYS);
  private int columns;
  private int rows;
  private boolean sizeChanged;
  private boolean closed;

  TerminalConsole(InputStream in, OutputStream out, boolean interactive, Runnable onExit) {
    this.in = in;
    this.out = out;
    this.interactive = interactive;
    this.onExit = onExit;
  }

  /** True if standard input and output of this process are a terminal. */
  public static boolean isPossible() {
    return HostTerminal.isThere();
  }

  /**
   * The standard input and output of this process.
   *
   * @param onExit what Ctrl-A x does, on a thread of the console's
   */
  public static TerminalConsole ofProcess(Runnable onExit) {
    return new TerminalConsole(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        HostTerminal.isThere(),
        onExit);
  }

  /** True if there is a terminal, which means that the keys behind Ctrl-A work. */
  public boolean isInteractive() {
    return interactive;
  }

  @Override
  public int outputWindow() {
    return UNLIMITED;
  }

  @Override
  public void start(ConsoleLine.Door newDoor) throws IOException {
    synchronized (this) {
      door = newDoor;
    }
    pump = new OutputPump(newDoor.name(), out);
    if (interactive && in instanceof FileInputStream) {
      terminal = new HostTerminal(this::size);
    }
    Thread.ofPlatform().daemon().name(newDoor.name() + "-input").start(this::readInput);
    boolean _ = newDoor.connected();
  }

  @Override
  public void write(byte value) {
    if (pump != null) {
      pump.write(value);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    if (pump != null) {
      pump.close();
    }
    if (terminal != null) {
      terminal.close();
    }
  }

  // ---- input ---------------------------------------------------------------------------------

  private void readInput() {
    byte[] buffer = new byte[512];
    try {
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        for (int i = 0; i < n; i++) {
          take(buffer[i]);
        }
      }
    } catch (IOException e) {
      System.getLogger(TerminalConsole.class.getName())
          .log(System.Logger.Level.WARNING, "standard input cannot be read any more", e);
    }
  }

  private void take(byte key) {
    switch (interactive ? escapeKeys.accept(key) : EscapeKeys.Action.PASS) {
      case PASS -> pass(key);
      case BREAK -> sendBreak();
      case EXIT -> onExit.run();
      case HELP -> print(EscapeKeys.HELP_TEXT);
      case NONE -> {
        // The first key of two, or one without a meaning.
      }
    }
  }

  private synchronized void pass(byte key) {
    while (keys.room() == 0 && !interactive && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        return; // Nobody has this thread's handle.
      }
    }
    if (keys.room() > 0) {
      keys.add(key);
      forward();
    } else {
      write(BEL);
    }
  }

  private synchronized void sendBreak() {
    if (door != null && !closed && door.inputRoom() > 0) {
      door.breakReceived();
    }
  }

  private synchronized void size(int newColumns, int newRows) {
    columns = newColumns;
    rows = newRows;
    sizeChanged = true;
    forward();
  }

  @Override
  public synchronized void inputRoomAvailable() {
    forward();
    notifyAll();
  }

  /** Gives on what waits, as far as there is room. */
  private synchronized void forward() {
    ConsoleLine.Door d = door;
    if (d == null || closed) {
      return;
    }
    if (sizeChanged && d.inputRoom() > 0) {
      sizeChanged = false;
      d.windowSize(columns, rows);
    }
    byte[] one = new byte[1];
    while (keys.size() > 0 && d.inputRoom() > 0) {
      keys.take(one);
      d.received(one[0]);
    }
  }

  private void print(String text) {
    for (byte b : text.getBytes(StandardCharsets.US_ASCII)) {
      write(b);
    }
  }
}
