// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import io.netty.buffer.ByteBuf;

/**
 * Makes telnet data of the machine's bytes (RFC 854): 255 is doubled; outside binary mode a
 * carriage return that no line feed follows gets a NUL. That NUL waits for the byte that decides,
 * so that nothing depends on how the output was cut into pieces.
 */
final class TelnetEncoder {
  private boolean binary;
  private boolean afterCarriageReturn;

  /** Whether binary transmission has been agreed on in our direction. */
  void setBinary(boolean on) {
    binary = on;
    afterCarriageReturn = false;
  }

  /** Appends the encoding of {@code length} bytes: at most twice as many. */
  void encode(byte[] bytes, int length, ByteBuf out) {
    for (int i = 0; i < length; i++) {
      byte b = bytes[i];
      if (afterCarriageReturn && b != '\n') {
        out.writeByte(0);
      }
      afterCarriageReturn = !binary && b == '\r';
      out.writeByte(b);
      if (b == (byte) Telnet.IAC) {
        out.writeByte(b);
      }
    }
  }
}
