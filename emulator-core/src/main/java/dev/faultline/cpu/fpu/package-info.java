// SPDX-License-Identifier: BSD-2-Clause
/**
 * The x87 floating-point unit, in true 80-bit extended precision and without a host double
 * anywhere: what libc's decimal conversions compute is what hardware computes.
 *
 * <p>Start reading at {@link dev.faultline.cpu.fpu.Fpu}, the registers and the two entries of the
 * instruction set. It knows the MMU, for memory operands, and {@link
 * dev.faultline.cpu.fpu.IntegerUnit}, for the few instructions that touch EFLAGS and AX. Sections
 * named in comments are those of Intel's Software Developer's Manual, volume 1.
 */
@NullMarked
package dev.faultline.cpu.fpu;

import org.jspecify.annotations.NullMarked;
