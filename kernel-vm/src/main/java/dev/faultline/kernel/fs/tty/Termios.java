// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.fs.tty;

/**
 * The settings of a terminal, in the 36-byte form of TCGETS: four flag words, a line number, 19
 * control characters.
 */
public final class Termios {
  /** Bytes of the structure. */
  public static final int SIZE = 36;

  static final int IGNBRK = 1;
  static final int BRKINT = 2;
  static final int ISTRIP = 0x20;
  static final int INLCR = 0x40;
  static final int IGNCR = 0x80;
  static final int ICRNL = 0x100;
  static final int IXON = 0x400;
  static final int IXANY = 0x800;
  static final int IMAXBEL = 0x2000;
  static final int IUTF8 = 0x4000;

  static final int OPOST = 1;
  static final int ONLCR = 4;
  static final int OCRNL = 8;
  static final int ONOCR = 0x10;
  static final int ONLRET = 0x20;
  static final int XTABS = 0x1800;

  static final int CLOCAL = 0x800;

  static final int ISIG = 1;
  static final int ICANON = 2;
  static final int ECHO = 8;
  static final int ECHOE = 0x10;
  static final int ECHOK = 0x20;
  static final int ECHONL = 0x40;
  static final int NOFLSH = 0x80;
  static final int TOSTOP = 0x100;
  static final int ECHOCTL = 0x200;
  static final int ECHOKE = 0x800;
  static final int IEXTEN = 0x8000;

  static final int VINTR = 0;
  static final int VQUIT = 1;
  static final int VERASE = 2;
  static final int VKILL = 3;
  static final int VEOF = 4;
  static final int VTIME = 5;
  static final int VMIN = 6;
  static final int VSTART = 8;
  static final int VSTOP = 9;
  static final int VSUSP = 10;
  static final int VEOL = 11;
  static final int VREPRINT = 12;
  static final int VWERASE = 14;
  static final int VLNEXT = 15;
  static final int VEOL2 = 16;

  private static final int CHARACTERS = 19;

  /** 38,400 baud, eight bits, receiver on, hang up on last close, no modem control. */
  private static final int DEFAULT_CFLAG = 0xF | 0x30 | 0x80 | 0x400 | CLOCAL;

  private final int iflag;
  private final int oflag;
  private final int cflag;
  private final int lflag;
  private final byte line;
  private final byte[] characters;

  private Termios(int iflag, int oflag, int cflag, int lflag, byte line, byte[] characters) {
    this.iflag = iflag;
    this.oflag = oflag;
    this.cflag = cflag;
    this.lflag = lflag;
    this.line = line;
    this.characters = characters;
  }

  /** What a terminal starts with: line editing, echo, signals. */
  public static Termios defaults() {
    byte[] cc = new byte[CHARACTERS];
    cc[VINTR] = 3;
    cc[VQUIT] = 0x1C;
    cc[VERASE] = 0x7F;
    cc[VKILL] = 0x15;
    cc[VEOF] = 4;
    cc[VMIN] = 1;
    cc[VSTART] = 0x11;
    cc[VSTOP] = 0x13;
    cc[VSUSP] = 0x1A;
    cc[VREPRINT] = 0x12;
    cc[VWERASE] = 0x17;
    cc[VLNEXT] = 0x16;
    return new Termios(
        ICRNL | IXON,
        OPOST | ONLCR,
        DEFAULT_CFLAG,
        ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
        (byte) 0,
        cc);
  }

  /** Reads the structure. */
  public static Termios decode(byte[] bytes) {
    byte[] cc = new byte[CHARACTERS];
    System.arraycopy(bytes, 17, cc, 0, CHARACTERS);
    return new Termios(
        word(bytes, 0), word(bytes, 4), word(bytes, 8), word(bytes, 12), bytes[16], cc);
  }

  /** Writes the structure. */
  public byte[] encode() {
    byte[] bytes = new byte[SIZE];
    store(bytes, 0, iflag);
    store(bytes, 4, oflag);
    store(bytes, 8, cflag);
    store(bytes, 12, lflag);
    bytes[16] = line;
    System.arraycopy(characters, 0, bytes, 17, CHARACTERS);
    return bytes;
  }

  boolean input(int flag) {
    return (iflag & flag) != 0;
  }

  boolean output(int flag) {
    return (oflag & flag) != 0;
  }

  boolean expandsTabs() {
    return (oflag & XTABS) == XTABS;
  }

  boolean control(int flag) {
    return (cflag & flag) != 0;
  }

  boolean local(int flag) {
    return (lflag & flag) != 0;
  }

  /** The control character, or a number, at an index. */
  int character(int index) {
    return characters[index] & 0xFF;
  }

  /** True if a byte is the control character at an index; a zero there switches it off. */
  boolean is(int value, int index) {
    return value != 0 && value == character(index);
  }

  private static int word(byte[] b, int at) {
    return b[at] & 0xFF | (b[at + 1] & 0xFF) << 8 | (b[at + 2] & 0xFF) << 16 | b[at + 3] << 24;
  }

  private static void store(byte[] b, int at, int value) {
    b[at] = (byte) value;
    b[at + 1] = (byte) (value >> 8);
    b[at + 2] = (byte) (value >> 16);
    b[at + 3] = (byte) (value >> 24);
  }
}
