// SPDX-License-Identifier: BSD-2-Clause
/**
 * From bytes to instructions: the instruction set as a table, the decoder and the disassembler.
 *
 * <p>Start reading at the text {@code i686.ins}; {@link dev.faultline.cpu.decode.InstructionTable}
 * reads it, {@link dev.faultline.cpu.decode.Decoder} looks encodings up in it, {@link
 * dev.faultline.cpu.decode.Disassembler} prints what was found. The package knows nothing else, so
 * that the generator of the interpreter's classes can use it at build time.
 */
@NullMarked
package dev.faultline.cpu.decode;

import org.jspecify.annotations.NullMarked;
