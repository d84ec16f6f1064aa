// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices;

import java.io.IOException;

/**
 * The host's half of a console: a telnet server, the process's own terminal, a file. Its threads
 * never touch the machine: they post into the {@link ConsoleLine.Door} they were given.
 */
public interface ConsoleEnd extends AutoCloseable {
  /** An {@link #outputWindow} without limit: the end takes every byte, if need be by blocking. */
  int UNLIMITED = Integer.MAX_VALUE;

  /**
   * Bytes the machine may send before any of them has been reported as {@link
   * ConsoleLine.Door#drained}. Constant.
   */
  int outputWindow();

  /**
   * Begins to work. Called once.
   *
   * @throws IOException if the host refuses what it needs, such as the port; the message is for the
   *     user
   */
  void start(ConsoleLine.Door door) throws IOException;

  /** Takes one byte that the machine has sent. Called on the machine's thread. */
  void write(byte value);

  /**
   * Called on the machine's thread when {@link ConsoleLine.Door#inputRoom} has grown to half of
   * what it can be: an end that had stopped for want of room goes on.
   */
  default void inputRoomAvailable() {}

  /** Ends it: what was written is out as far as the host takes it, the host is as it was before. */
  @Override
  void close();
}
