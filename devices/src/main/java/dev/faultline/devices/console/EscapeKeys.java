// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.console;

/** Tells the keys that are for the emulator from those that are for the machine. */
final class EscapeKeys {
  /** What a key means. */
  enum Action {
    /** It goes to the machine. */
    PASS,
    /** It has no effect. */
    NONE,
    /** The machine gets a break. */
    BREAK,
    /** The emulator ends. */
    EXIT,
    /** The user wants to know these keys. */
    HELP
  }

  /** What a user is told. */
  static final String HELP_TEXT =
      """
      \r
      Ctrl-A h       this help\r
      Ctrl-A x       leave the emulator\r
      Ctrl-A b       send a break\r
      Ctrl-A Ctrl-A  send Ctrl-A\r
      """;

  private static final byte CTRL_A = 1;

  private boolean escaped;

  /** Takes the next key. */
  Action accept(byte key) {
    if (!escaped) {
      escaped = key == CTRL_A;
      return escaped ? Action.NONE : Action.PASS;
    }
    escaped = false;
    return switch (key) {
      case CTRL_A -> Action.PASS;
      case 'x', 'X' -> Action.EXIT;
      case 'b', 'B' -> Action.BREAK;
      case 'h', 'H', '?' -> Action.HELP;
      default -> Action.NONE;
    };
  }
}
