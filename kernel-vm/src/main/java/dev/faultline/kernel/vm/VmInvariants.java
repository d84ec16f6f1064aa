// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** What must hold of maps, objects, pages and queues between two operations. */
final class VmInvariants {
  private VmInvariants() {}

  static void check(VmSystem vm) {}
}
