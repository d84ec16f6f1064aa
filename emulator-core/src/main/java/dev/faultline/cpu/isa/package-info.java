// SPDX-License-Identifier: BSD-2-Clause
/**
 * Instruction vectors captured on hardware: one experiment a record, a state before and the state
 * after.
 *
 * <p>{@link dev.faultline.cpu.isa.IsaVectors} reads a file of them, {@link
 * dev.faultline.cpu.isa.IsaReplay} runs each on an engine and compares. This is the processor's
 * foremost test, and also a command of the product.
 */
@NullMarked
package dev.faultline.cpu.isa;

import org.jspecify.annotations.NullMarked;
