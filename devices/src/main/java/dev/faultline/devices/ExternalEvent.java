// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

/**
 * Something that the outside world did to the machine. Plain values: a recorded run is the list of
 * these, with their sources and times.
 */
public sealed interface ExternalEvent {
  /** A byte has come in on a line. */
  record Received(byte value) implements ExternalEvent {}

  /** The far end has sent a break. */
  record BreakReceived() implements ExternalEvent {}

  /** The far end has taken so many bytes of what the machine has sent: there is room for more. */
  record OutputDrained(int bytes) implements ExternalEvent {}

  /** Somebody is at the far end now, or nobody is any more. */
  record Carrier(boolean present) implements ExternalEvent {}

  /** The size of the far end's screen, in characters. */
  record WindowSize(int columns, int rows) implements ExternalEvent {}

  /** The kind of terminal that the far end is: printable ASCII, at most 40 characters. */
  record TerminalType(String name) implements ExternalEvent {}

  /** The host's clock has reached so many nanoseconds since the machine was switched on. */
  record HostTime(long nanoseconds) implements ExternalEvent {}
}
