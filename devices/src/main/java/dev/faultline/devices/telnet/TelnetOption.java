// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

/**
 * One option on one side of a connection, by RFC 1143's "Q method": it answers what must be
 * answered and nothing else, so two peers never answer each other for ever.
 *
 * <p>For an option on our side the peer says DO and DONT and we say WILL and WONT; for one on the
 * peer's side it says WILL and WONT and we say DO and DONT. Here these are yes and no.
 */
final class TelnetOption {
  /** What is to be sent. */
  enum Answer {
    NOTHING,
    YES,
    NO
  }

  /** RFC 1143, section 7; OPPOSITE is its queue bit. */
  private enum State {
    NO,
    YES,
    WANT_NO,
    WANT_NO_OPPOSITE,
    WANT_YES,
    WANT_YES_OPPOSITE
  }

  private final boolean welcome;
  private State state = State.NO;

  /**
   * An option that is off.
   *
   * @param welcome whether we agree if the peer asks for it
   */
  TelnetOption(boolean welcome) {
    this.welcome = welcome;
  }

  /** True if both sides have agreed. */
  boolean isOn() {
    return state == State.YES;
  }

  /** The peer has said DO, or WILL. */
  Answer heardYes() {
    switch (state) {
      case NO -> {
        if (!welcome) {
          return Answer.NO;
        }
        state = State.YES;
        return Answer.YES;
      }
      case YES -> {
        return Answer.NOTHING;
      }
      case WANT_NO -> state = State.NO; // A refusal answered by consent: the peer is mistaken.
      case WANT_NO_OPPOSITE, WANT_YES -> state = State.YES;
      case WANT_YES_OPPOSITE -> {
        state = State.WANT_NO;
        return Answer.NO;
      }
    }
    return Answer.NOTHING;
  }

  /** The peer has said DONT, or WONT. */
  Answer heardNo() {
    switch (state) {
      case NO -> {
        return Answer.NOTHING;
      }
      case YES -> {
        state = State.NO;
        return Answer.NO;
      }
      case WANT_NO_OPPOSITE -> {
        state = State.WANT_YES;
        return Answer.YES;
      }
      case WANT_NO, WANT_YES, WANT_YES_OPPOSITE -> state = State.NO;
    }
    return Answer.NOTHING;
  }

  /** We want the option on. */
  Answer ask() {
    switch (state) {
      case NO -> {
        state = State.WANT_YES;
        return Answer.YES;
      }
      case WANT_NO -> state = State.WANT_NO_OPPOSITE;
      case WANT_YES_OPPOSITE -> state = State.WANT_YES;
      case YES, WANT_NO_OPPOSITE, WANT_YES -> {
        // It is, or it is under way.
      }
    }
    return Answer.NOTHING;
  }

  /** We want the option off. */
  Answer refuse() {
    switch (state) {
      case YES -> {
        state = State.WANT_NO;
        return Answer.NO;
      }
      case WANT_NO_OPPOSITE -> state = State.WANT_NO;
      case WANT_YES -> state = State.WANT_YES_OPPOSITE;
      case NO, WANT_NO, WANT_YES_OPPOSITE -> {
        // It is, or it is under way.
      }
    }
    return Answer.NOTHING;
  }
}
