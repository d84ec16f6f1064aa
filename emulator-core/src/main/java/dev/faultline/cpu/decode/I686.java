// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.decode;

/** The i686's instruction set. */
public final class I686 {
  private static final class Holder {
    static final InstructionTable TABLE = new InstructionTable(I686Text.LINES);
  }

  private I686() {}

  /** The table; made when first asked for. */
  public static InstructionTable table() {
    return Holder.TABLE;
  }
}
