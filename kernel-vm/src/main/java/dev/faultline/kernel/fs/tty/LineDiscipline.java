// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

import dev.faultline.kernel.io.SerialPort;
import java.util.BitSet;

/**
 * Input processing: line editing, echo, signal characters, flow control.
 *
 * <p>Typed bytes lie in one ring. In canonical mode those before {@code committed} form whole
 * lines, whose last bytes are marked, and those behind it the line that is still being edited; in
 * raw mode all are readable. Runs at interrupt time and never sleeps. A full ring loses bytes, but
 * always keeps room for the end of a line.
 */
final class LineDiscipline {
  /** Told of what is not data. */
  interface Events {
    /** A signal character was typed. */
    void signal(int signal);

    /** Something became readable. */
    void readable();

    /** Output was stopped, or goes on. */
    void flow(boolean stopped);

    /** Bytes waiting for the line are to be forgotten. */
    void discardOutput();
  }

  static final int CAPACITY = 4096;

  private static final int SIGINT = 2;
  private static final int SIGQUIT = 3;
  private static final int SIGTSTP = 20;
  private static final int BELL = 7;
  private static final int DELETE = 0x7F;

  private final Events events;
  private final LineOutput output;
  private final byte[] ring = new byte[CAPACITY];
  private final BitSet lineEnds = new BitSet(CAPACITY);
  private final BitSet endsOfFile = new BitSet(CAPACITY);
  private Termios settings;

  // Positions only grow; modulo the capacity they index the ring.
  private int tail;
  private int committed;
  private int head;

  private int lineColumn;
  private boolean literalNext;
  private boolean stopped;

  LineDiscipline(SerialPort port, Events events) {
    this.events = events;
    settings = Termios.defaults();
    output = new LineOutput(port, settings);
  }

  Termios settings() {
    return settings;
  }

  LineOutput output() {
    return output;
  }

  boolean stopped() {
    return stopped;
  }

  /** Changes the settings. What was typed before stays readable. */
  void setSettings(Termios newSettings) {
    boolean wasCanonical = settings.local(Termios.ICANON);
    settings = newSettings;
    output.setSettings(newSettings);
    literalNext = false;
    if (wasCanonical != settings.local(Termios.ICANON)) {
      lineEnds.clear();
      endsOfFile.clear();
      committed = head;
      if (!wasCanonical && head != tail) {
        lineEnds.set(index(head - 1));
      }
      events.readable();
    }
    if (stopped && !settings.input(Termios.IXON)) {
      setStopped(false);
    }
  }

  // ---- input ---------------------------------------------------------------------------------

  /** Takes a byte from the line. */
  void input(int raw) {
    int value = settings.input(Termios.ISTRIP) ? raw & 0x7F : raw & 0xFF;
    if (literalNext) {
      literalNext = false;
      append(value);
      return;
    }
    if (flowControl(value) || signalCharacter(value)) {
      return;
    }
    if (value == '\r') {
      if (settings.input(Termios.IGNCR)) {
        return;
      }
      value = settings.input(Termios.ICRNL) ? '\n' : '\r';
    } else if (value == '\n' && settings.input(Termios.INLCR)) {
      value = '\r';
    }
    if (settings.local(Termios.ICANON)) {
      canonical(value);
    } else {
      append(value);
    }
  }

  /** Takes a break. */
  void breakCondition() {
    if (settings.input(Termios.IGNBRK)) {
      return;
    }
    if (settings.input(Termios.BRKINT)) {
      interrupt(SIGINT);
    } else {
      append(0);
    }
  }

  private boolean flowControl(int value) {
    if (!settings.input(Termios.IXON)) {
      return false;
    }
    if (settings.is(value, Termios.VSTOP)) {
      // One character may be both: then it toggles.
      setStopped(!(stopped && settings.is(value, Termios.VSTART)));
      return true;
    }
    if (settings.is(value, Termios.VSTART)) {
      setStopped(false);
      return true;
    }
    if (stopped && settings.input(Termios.IXANY)) {
      setStopped(false);
    }
    return false;
  }

  void setStopped(boolean stop) {
    if (stopped != stop) {
      stopped = stop;
      events.flow(stop);
    }
  }

  private boolean signalCharacter(int value) {
    if (!settings.local(Termios.ISIG)) {
      return false;
    }
    int signal;
    if (settings.is(value, Termios.VINTR)) {
      signal = SIGINT;
    } else if (settings.is(value, Termios.VQUIT)) {
      signal = SIGQUIT;
    } else if (settings.is(value, Termios.VSUSP)) {
      signal = SIGTSTP;
    } else {
      return false;
    }
    interrupt(signal);
    if (settings.local(Termios.ECHO)) {
      echo(value);
    }
    return true;
  }

  private void interrupt(int signal) {
    if (!settings.local(Termios.NOFLSH)) {
      flush();
      events.discardOutput();
    }
    setStopped(false);
    events.signal(signal);
  }

  private void canonical(int value) {
    if (settings.is(value, Termios.VERASE)) {
      eraseCharacter();
    } else if (settings.is(value, Termios.VKILL)) {
      kill(value);
    } else if (settings.local(Termios.IEXTEN) && settings.is(value, Termios.VWERASE)) {
      eraseWord();
    } else if (settings.local(Termios.IEXTEN) && settings.is(value, Termios.VREPRINT)) {
      reprint(value);
    } else if (settings.local(Termios.IEXTEN) && settings.is(value, Termios.VLNEXT)) {
      literalNext = true;
      if (settings.local(Termios.ECHO) && settings.local(Termios.ECHOCTL)) {
        output.write('^');
        output.write('\b');
      }
    } else if (settings.is(value, Termios.VEOF)) {
      endLine(value, true);
    } else if (value == '\n') {
      if (settings.local(Termios.ECHO) || settings.local(Termios.ECHONL)) {
        output.write('\n');
      }
      endLine(value, false);
    } else if (settings.is(value, Termios.VEOL) || settings.is(value, Termios.VEOL2)) {
      if (settings.local(Termios.ECHO)) {
        echo(value);
      }
      endLine(value, false);
    } else {
      append(value);
    }
  }

  private void append(int value) {
    boolean canonical = settings.local(Termios.ICANON);
    int limit = canonical ? CAPACITY - 1 : CAPACITY;
    if (head - tail >= limit) {
      if (settings.input(Termios.IMAXBEL)) {
        output.write(BELL);
      }
      return;
    }
    if (head == committed) {
      lineColumn = output.column();
    }
    ring[index(head)] = (byte) value;
    head++;
    if (settings.local(Termios.ECHO)) {
      if (value == '\n') {
        output.write('\n');
      } else {
        echo(value);
      }
    }
    if (!canonical) {
      committed = head;
      events.readable();
    }
  }

  private void endLine(int value, boolean endOfFile) {
    if (head - tail >= CAPACITY) {
      return;
    }
    int at = index(head);
    ring[at] = (byte) value;
    lineEnds.set(at);
    endsOfFile.set(at, endOfFile);
    head++;
    committed = head;
    events.readable();
  }

  // ---- editing -------------------------------------------------------------------------------

  private void eraseCharacter() {
    if (head == committed) {
      return;
    }
    int from = head - 1;
    if (settings.input(Termios.IUTF8)) {
      while (from > committed && (ring[index(from)] & 0xC0) == 0x80) {
        from--;
      }
    }
    erase(from);
  }

  private void eraseWord() {
    int from = head;
    boolean inWord = false;
    while (from > committed) {
      int c = ring[index(from - 1)] & 0xFF;
      boolean wordCharacter = c == '_' || c >= 0x80 || Character.isLetterOrDigit(c);
      if (inWord && !wordCharacter) {
        break;
      }
      inWord |= wordCharacter;
      from--;
    }
    erase(from);
  }

  /** Takes the bytes from a position on out of the line, and off the screen. */
  private void erase(int from) {
    if (from == head) {
      return;
    }
    int before = columnAt(from);
    int after = columnAt(head);
    head = from;
    if (!settings.local(Termios.ECHO)) {
      return;
    }
    if (!settings.local(Termios.ECHOE)) {
      echo(settings.character(Termios.VERASE));
      return;
    }
    for (int i = before; i < after; i++) {
      output.write('\b');
      output.write(' ');
      output.write('\b');
    }
  }

  private void kill(int value) {
    if (settings.local(Termios.ECHO)
        && settings.local(Termios.ECHOK)
        && !(settings.local(Termios.ECHOKE) && settings.local(Termios.ECHOE))) {
      head = committed;
      echo(value);
      output.write('\n');
    } else {
      erase(committed);
    }
  }

  private void reprint(int value) {
    if (!settings.local(Termios.ECHO)) {
      return;
    }
    echo(value);
    output.write('\n');
    lineColumn = output.column();
    for (int i = committed; i < head; i++) {
      echo(ring[index(i)] & 0xFF);
    }
  }

  /** The screen column before the byte at a position of the line that is being edited. */
  private int columnAt(int position) {
    int column = lineColumn;
    for (int i = committed; i < position; i++) {
      int c = ring[index(i)] & 0xFF;
      if (c == '\t') {
        column = (column | 7) + 1;
      } else if (isControl(c)) {
        column += settings.local(Termios.ECHOCTL) ? 2 : 0;
      } else if (!settings.input(Termios.IUTF8) || (c & 0xC0) != 0x80) {
        column++;
      }
    }
    return column;
  }

  private static boolean isControl(int c) {
    return c < ' ' || c == DELETE;
  }

  private void echo(int c) {
    if (isControl(c) && c != '\t' && settings.local(Termios.ECHOCTL)) {
      output.write('^');
      output.write(c ^ 0x40);
    } else {
      output.write(c);
    }
  }

  // ---- reading -------------------------------------------------------------------------------

  /** Bytes that a read could get: in canonical mode those of whole lines. */
  int readable() {
    return committed - tail;
  }

  /**
   * Takes bytes: in canonical mode from one line only.
   *
   * @return bytes taken; 0 for an end of file that was typed
   */
  int read(byte[] to, int size) {
    boolean canonical = settings.local(Termios.ICANON);
    int n = 0;
    while (tail != committed) {
      int at = index(tail);
      boolean ends = canonical && lineEnds.get(at);
      if (ends && endsOfFile.get(at)) {
        consume(at);
        return n;
      }
      if (n == size) {
        return n;
      }
      to[n++] = ring[at];
      consume(at);
      if (ends) {
        return n;
      }
    }
    return n;
  }

  private void consume(int at) {
    lineEnds.clear(at);
    endsOfFile.clear(at);
    tail++;
  }

  /** Forgets all input. */
  void flush() {
    tail = head;
    committed = head;
    lineEnds.clear();
    endsOfFile.clear();
    literalNext = false;
  }

  private static int index(int position) {
    return Math.floorMod(position, CAPACITY);
  }
}
