// SPDX-License-Identifier: BSD-2-Clause
/**
 * The i686 processor: the state of a guest thread, the meaning of each integer instruction, and the
 * interpreter that runs them.
 *
 * <p>Start reading at {@link dev.faultline.cpu.Cpu}, the state, and {@link
 * dev.faultline.cpu.Engine}, what runs it; then {@code Alu}, where the operations are, and {@code
 * Interpreter}. The instruction set is the text {@code i686.ins}; the many small {@code Op} classes
 * are generated from it. The package knows the MMU, the x87 unit and the decoder, and of the kernel
 * only what it declares itself: {@link dev.faultline.cpu.SegmentTable} and {@link
 * dev.faultline.cpu.TimeStampCounter}. Sections in comments are those of Intel's Software
 * Developer's Manual (SDM).
 */
@NullMarked
package dev.faultline.cpu;

import org.jspecify.annotations.NullMarked;
