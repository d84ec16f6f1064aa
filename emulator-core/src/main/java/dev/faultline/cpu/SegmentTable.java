// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.cpu;

/**
 * The descriptor tables as the processor sees them. Loads of segment registers ask here; the
 * processor does the checks and raises #GP, #NP and #SS itself.
 */
public interface SegmentTable {
  /**
   * The descriptor that a selector names.
   *
   * @param selector 16 bits; never null (0 to 3). Its RPL bits are to be ignored.
   * @return the eight bytes of the descriptor (SDM volume 3, section 3.4.5; see {@link
   *     SegmentDescriptor}), or 0 if the selector lies outside of its table
   */
  long descriptor(int selector);

  /**
   * The DPL of an interrupt gate: INT n above it raises #GP(n * 8 + 2).
   *
   * @param vector 0 to 255
   * @return 0 to 3
   */
  int gateDpl(int vector);
}
