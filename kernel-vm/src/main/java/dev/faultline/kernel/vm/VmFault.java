// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** The page-fault handler. */
final class VmFault {
  VmFault(VmSystem vm) {}
}
