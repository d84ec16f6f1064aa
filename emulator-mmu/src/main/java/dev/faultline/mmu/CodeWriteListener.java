// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.mmu;

/** Told when bytes of a frame that holds decoded or translated code change. */
@FunctionalInterface
public interface CodeWriteListener {
  /**
   * Called after the bytes changed, on the thread that changed them.
   *
   * @param address physical address of the first byte; all bytes lie in one frame
   * @param size number of bytes, 1 to 4096
   */
  void codeWritten(int address, int size);
}
