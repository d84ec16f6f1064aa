// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

/**
 * Takes the bytes of a telnet connection apart (RFC 854, RFC 855). Takes any bytes whatever; each
 * byte causes at most one call of the sink.
 *
 * <p>Outside binary mode a carriage return is given on at once, and a line feed or NUL that follows
 * it is swallowed: CR LF and CR NUL are both CR.
 */
final class TelnetDecoder {
  /** Longest subnegotiation that is listened to, in bytes; a longer one is ignored. */
  static final int MAX_SUBNEGOTIATION = 64;

  /** Who gets the parts. */
  interface Sink {
    /** A byte for the machine, 0 to 255. */
    void data(int value);

    /** A command without operand. */
    void command(int command);

    /** WILL, WONT, DO or DONT, and its option. */
    void negotiate(int verb, int option);

    /** A subnegotiation; the array is only lent. */
    void subnegotiation(int option, byte[] parameters, int length);
  }

  private enum State {
    DATA,
    COMMAND,
    VERB,
    SUBNEGOTIATION_OPTION,
    SUBNEGOTIATION,
    SUBNEGOTIATION_COMMAND
  }

  private final Sink sink;
  private State state = State.DATA;
  private boolean binary;
  private boolean afterCarriageReturn;
  private int verb;
  private int option;
  private final byte[] parameters = new byte[MAX_SUBNEGOTIATION];

  /** Bytes of the subnegotiation so far, counted beyond the array too. */
  private int length;

  TelnetDecoder(Sink sink) {
    this.sink = sink;
  }

  /** Whether the peer sends binary data: nothing is swallowed. */
  void setBinary(boolean on) {
    binary = on;
    afterCarriageReturn = false;
  }

  /** Takes one byte, 0 to 255. */
  void decode(int value) {
    switch (state) {
      case DATA -> {
        if (value == Telnet.IAC) {
          state = State.COMMAND;
        } else {
          data(value);
        }
      }
      case COMMAND -> command(value);
      case VERB -> {
        state = State.DATA;
        sink.negotiate(verb, value);
      }
      case SUBNEGOTIATION_OPTION -> {
        option = value;
        length = 0;
        state = State.SUBNEGOTIATION;
      }
      case SUBNEGOTIATION -> {
        if (value == Telnet.IAC) {
          state = State.SUBNEGOTIATION_COMMAND;
        } else {
          parameter(value);
        }
      }
      case SUBNEGOTIATION_COMMAND -> {
        if (value == Telnet.IAC) {
          state = State.SUBNEGOTIATION;
          parameter(value);
        } else if (value == Telnet.SE) {
          state = State.DATA;
          if (length <= MAX_SUBNEGOTIATION) {
            sink.subnegotiation(option, parameters, length);
          }
        } else {
          // Not allowed there: the end must have got lost.
          command(value);
        }
      }
    }
  }

  private void data(int value) {
    boolean swallowed = afterCarriageReturn && (value == '\n' || value == 0);
    afterCarriageReturn = !binary && value == '\r';
    if (!swallowed) {
      sink.data(value);
    }
  }

  private void command(int value) {
    state = State.DATA;
    switch (value) {
      case Telnet.IAC -> data(value);
      case Telnet.WILL, Telnet.WONT, Telnet.DO, Telnet.DONT -> {
        verb = value;
        state = State.VERB;
      }
      case Telnet.SB -> state = State.SUBNEGOTIATION_OPTION;
      default -> sink.command(value);
    }
  }

  private void parameter(int value) {
    if (length < MAX_SUBNEGOTIATION) {
      parameters[length] = (byte) value;
    }
    if (length <= MAX_SUBNEGOTIATION) {
      length++;
    }
  }
}
