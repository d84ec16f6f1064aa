// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

import dev.faultline.kernel.pmap.Pmap;

/** An address map: the sorted entries of one address space. */
public final class VmMap {
  private VmMap() {}

  static VmMap kernel(VmSystem vm, Pmap pmap) {
    return new VmMap();
  }
}
