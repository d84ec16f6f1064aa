// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.proc;

import dev.faultline.kernel.vm.VmSpace;

/** Where things go in an address space. */
public final class AddressLayout {
  /** Where mappings go for which no place was asked. */
  public static final int MMAP_BASE = 0x4000_0000;

  /** The lowest address that may be mapped. */
  public static final int LOWEST = VmSpace.LOWEST;

  /** One more than the highest address of user memory. */
  public static final int TOP = 0xC000_0000;

  private AddressLayout() {}
}
