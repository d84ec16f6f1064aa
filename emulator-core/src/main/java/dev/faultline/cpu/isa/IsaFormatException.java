// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

import java.io.IOException;

/** A vector file that is not one; the message is one line that says what is wrong and where. */
public final class IsaFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  IsaFormatException(long offset, String problem) {
    super("not a usable vector file: " + problem + ", at byte " + offset + " of the unpacked data");
  }
}
