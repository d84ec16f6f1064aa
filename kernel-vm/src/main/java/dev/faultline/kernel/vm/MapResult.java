// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/**
 * What came of a request for address space.
 *
 * @param code {@link KernReturn#SUCCESS} or why not
 * @param address where the mapping is; 0 if there is none
 */
public record MapResult(KernReturn code, int address) {
  static MapResult refused(KernReturn code) {
    return new MapResult(code, 0);
  }

  static MapResult at(int address) {
    return new MapResult(KernReturn.SUCCESS, address);
  }
}
