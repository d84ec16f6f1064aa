// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

/** The numbers of the telnet protocol: commands (RFC 854, RFC 1184) and options. */
final class Telnet {
  static final int EOF = 236;
  static final int SUSP = 237;
  static final int ABORT = 238;
  static final int SE = 240;
  static final int NOP = 241;
  static final int BREAK = 243;
  static final int INTERRUPT_PROCESS = 244;
  static final int ARE_YOU_THERE = 246;
  static final int ERASE_CHARACTER = 247;
  static final int ERASE_LINE = 248;
  static final int SB = 250;
  static final int WILL = 251;
  static final int WONT = 252;
  static final int DO = 253;
  static final int DONT = 254;
  static final int IAC = 255;

  /** Eight bits, nothing translated (RFC 856). */
  static final int OPTION_BINARY = 0;

  /** Who sends it echoes (RFC 857). */
  static final int OPTION_ECHO = 1;

  /** No "go ahead" after each turn (RFC 858). */
  static final int OPTION_SUPPRESS_GO_AHEAD = 3;

  /** The kind of terminal (RFC 1091). */
  static final int OPTION_TERMINAL_TYPE = 24;

  /** The size of the window (RFC 1073). */
  static final int OPTION_WINDOW_SIZE = 31;

  static final int TERMINAL_TYPE_IS = 0;
  static final int TERMINAL_TYPE_SEND = 1;

  private Telnet() {}
}
