// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu.isa;

/**
 * A form of an instruction that a vector file covers.
 *
 * @param mnemonic name
 * @param operands in the letters of the opcode maps
 * @param encoding opcode bytes and what follows; empty for sequences
 * @param size operand size in bits where the form fixes it, else 0
 * @param group 0 integer, 1 x87, 2 MMX, 3 SSE, 4 SSE2
 * @param records how many records the file has of it
 */
public record IsaForm(
    String mnemonic, String operands, String encoding, int size, int group, int records) {
  @Override
  public String toString() {
    return mnemonic
        + (operands.isEmpty() ? "" : " " + operands)
        + (size == 0 ? "" : "/" + size)
        + (encoding.isEmpty() ? "" : " [" + encoding + "]");
  }
}
