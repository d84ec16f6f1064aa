// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import dev.faultline.kernel.io.SerialPort;

/** Output processing: turns what programs write into what the line gets, and knows the column. */
final class LineOutput {
  /** The most bytes that one byte becomes: a tab in spaces. */
  static final int EXPANSION = 8;

  private static final int TAB_STOP = 8;

  private final SerialPort port;
  private Termios settings;
  private int column;

  LineOutput(SerialPort port, Termios settings) {
    this.port = port;
    this.settings = settings;
  }

  void setSettings(Termios newSettings) {
    settings = newSettings;
  }

  int column() {
    return column;
  }

  /** True if any byte could be written now. */
  boolean hasRoom() {
    return port.room() >= EXPANSION;
  }

  /** Writes a byte; what does not fit is lost, as it is for an echo. */
  void write(int value) {
    if (!settings.output(Termios.OPOST)) {
      put(value);
      return;
    }
    switch (value) {
      case '\n' -> newline();
      case '\r' -> carriageReturn();
      case '\t' -> tab();
      case '\b' -> {
        column = Math.max(0, column - 1);
        put(value);
      }
      default -> {
        boolean continuation = settings.input(Termios.IUTF8) && (value & 0xC0) == 0x80;
        if (value >= ' ' && value != 0x7F && !continuation) {
          column++;
        }
        put(value);
      }
    }
  }

  private void newline() {
    if (settings.output(Termios.ONLCR)) {
      put('\r');
      column = 0;
    } else if (settings.output(Termios.ONLRET)) {
      column = 0;
    }
    put('\n');
  }

  private void carriageReturn() {
    if (settings.output(Termios.ONOCR) && column == 0) {
      return;
    }
    if (settings.output(Termios.OCRNL)) {
      put('\n');
      return;
    }
    column = 0;
    put('\r');
  }

  private void tab() {
    int spaces = TAB_STOP - column % TAB_STOP;
    column += spaces;
    if (!settings.expandsTabs()) {
      put('\t');
      return;
    }
    for (int i = 0; i < spaces; i++) {
      put(' ');
    }
  }

  private void put(int value) {
    port.transmit(value);
  }
}
