// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.kernel.vm;

/** How a step of the fault handler's ladder ended. */
enum FaultStep {
  /** Go on with the next step. */
  NEXT,
  /** Go on with the next object of the chain. */
  DESCEND,
  /** Begin again with the lookup; all is released. */
  AGAIN,
  /** End with {@link FaultState#refusal}; all is released. */
  REFUSED
}
